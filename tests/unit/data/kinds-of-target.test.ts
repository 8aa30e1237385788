// Numbers and sets of labels as targets: reading, guessing, splitting, counting, and what stands in the way.
import { describe, expect, test } from "vitest";
import { type DatasetChoice, datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { guessProblem } from "../../../src/config/guess-problem.ts";
import { measureBaselines } from "../../../src/data/baselines.ts";
import { collate } from "../../../src/data/collate.ts";
import { describeColumns, guessColumns } from "../../../src/data/guess-columns.ts";
import { inspectDataset, tableRows } from "../../../src/data/inspect-dataset.ts";
import { lintDataset } from "../../../src/data/lint.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { readNumber, splitLabels } from "../../../src/data/targets.ts";
import { newTokenCounts } from "../../../src/data/token-counts.ts";
import type { StoredTable } from "../../../src/storage/datasets.ts";

const tableOf = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): StoredTable => ({
  columns: [...columns],
  rows: rows.map((cells) => [...cells]),
  lines: rows.map((_, at) => at + 2),
  unit: "line",
});

const choiceOf = (change: Partial<DatasetChoice>) =>
  datasetChoiceSchema.parse({
    id: "1",
    name: "file.csv",
    text_column: "text",
    label_column: "y",
    skip_empty: false,
    eval_fraction: 0.25,
    split_seed: 42,
    ...change,
  });

const guessOf = (table: StoredTable) => guessColumns(describeColumns(table));

describe("numbers", () => {
  const numbers = tableOf(
    ["text", "price", "stars"],
    Array.from({ length: 40 }, (_, i) => [`text ${i}`, (i * 1.5).toFixed(1), String(i % 7)]),
  );
  const choice = choiceOf({
    problem_type: "regression",
    label_column: "price",
    more_label_columns: ["stars"],
  });

  test("a column of decimals is guessed as a regression, one of few whole numbers as classes", () => {
    const columns = describeColumns(numbers);
    expect(columns.map(({ values }) => values)).toEqual(["classes", "numbers", "classes"]);
    expect(guessProblem(columns, "price", ["text"]).problem_type).toBe("regression");
    expect(guessProblem(columns, "stars", ["text"]).problem_type).toBe(
      "single_label_classification",
    );
  });

  test("whole numbers from 0 on without a gap are ids of classes, and others measure", () => {
    const of = (cells: readonly string[]) =>
      describeColumns(
        tableOf(
          ["y"],
          cells.map((cell) => [cell]),
        ),
      )[0]?.values;
    expect(of(Array.from({ length: 60 }, (_, i) => String(i % 20)))).toBe("classes");
    expect(of(Array.from({ length: 60 }, (_, i) => String((i % 20) * 7)))).toBe("numbers");
  });

  test("several columns become the outputs in their order, split at random and counted whole", () => {
    const { labels, train, evaluation, obstacle } = prepareDataset(numbers, choice);
    expect(obstacle).toBeNull();
    expect(labels).toEqual(["price", "stars"]);
    expect([train.length, evaluation.length]).toEqual([30, 10]);
    const [first] = train;
    expect(first?.values).toEqual([(first?.row ?? 0) * 1.5, (first?.row ?? 0) % 7]);
    const again = prepareDataset(numbers, choice).train.map(({ row }) => row);
    expect(again).toEqual(train.map(({ row }) => row));
  });

  test("the batch carries them row by row", () => {
    const examples = [
      { ids: [1, 2], label: 0, values: [1.5, 2] },
      { ids: [3], label: 0, values: [-1, 0] },
    ];
    expect([...(collate(examples, 0).values ?? [])]).toEqual([1.5, 2, -1, 0]);
    expect(collate([{ ids: [1], label: 2 }], 0)).not.toHaveProperty("values");
  });

  test("a cell that is no number stops the run by line until it is skipped, and is counted", () => {
    const table = tableOf(
      ["text", "y"],
      [
        ["a", "1.5"],
        ["b", "n/a"],
        ["c", "2"],
        ["d", "1,5"],
      ],
    );
    const asked = choiceOf({ problem_type: "regression" });
    const { obstacle, skipped } = prepareDataset(table, asked);
    expect(obstacle?.message).toContain("2 rows have targets that are no number (line 3, 5)");
    expect(skipped.map(({ reason }) => reason)).toEqual(["badLabel", "badLabel"]);
    expect(prepareDataset(table, { ...asked, skip_bad_labels: true }).obstacle).toBeNull();
    expect([
      readNumber(" 1e3 "),
      readNumber("-.5"),
      readNumber(""),
      readNumber("Infinity"),
    ]).toEqual([1000, -0.5, Number.NaN, Number.NaN]);
  });

  test("numbers that do not vary are refused by their column", () => {
    const table = tableOf(
      ["text", "y"],
      Array.from({ length: 8 }, (_, i) => [`t${i}`, "3"]),
    );
    const { obstacle } = prepareDataset(table, choiceOf({ problem_type: "regression" }));
    expect(obstacle?.message).toContain("The column y holds the same number, 3,");
  });

  test("the inspection gives each column's range, mean and histogram, and finds numbers far away", () => {
    const rows = Array.from({ length: 40 }, (_, i) => [`t${i}`, i === 7 ? "900" : String(i / 10)]);
    const prepared = prepareDataset(
      tableOf(["text", "y"], rows),
      choiceOf({ problem_type: "regression" }),
    );
    const tokens = newTokenCounts(40);
    const lint = lintDataset(prepared, tokens);
    const { targets, classes, labelSets } = inspectDataset(prepared, tokens, lint);
    expect([classes, labelSets]).toEqual([[], null]);
    expect(targets[0]).toMatchObject({ name: "y", least: 0, most: 900 });
    const sum = (counts: readonly number[] = []) => counts.reduce((all, count) => all + count, 0);
    expect([sum(targets[0]?.train), sum(targets[0]?.evaluation)]).toEqual([30, 10]);
    expect(lint.findings).toContainEqual({
      kind: "outliers",
      rows: 1,
      groups: 1,
      examples: ["900"],
    });
  });

  test("the mean explains nothing, and word counts explain what words decide", () => {
    const rows = Array.from({ length: 80 }, (_, i) => [
      i % 2 === 0 ? `good thing ${i % 5}` : `poor thing ${i % 5}`,
      i % 2 === 0 ? "10.5" : "2.5",
    ]);
    const prepared = prepareDataset(
      tableOf(["text", "y"], rows),
      choiceOf({ problem_type: "regression" }),
    );
    const { metric, chance, majority, wordCounts } = measureBaselines(prepared);
    expect([metric, chance]).toEqual(["r2", null]);
    expect(majority).toBeLessThanOrEqual(0);
    expect(majority).toBeGreaterThan(-0.5);
    expect(wordCounts).toBeGreaterThan(0.9);
  });
});

describe("sets of labels", () => {
  test("a cell's labels stand between separators, or in brackets as JSON or Python write them", () => {
    expect(splitLabels(" red,  blue ,", ",")).toEqual(["red", "blue"]);
    expect(splitLabels('["a, b", "c"]', ",")).toEqual(["a, b", "c"]);
    expect(splitLabels("['it\\'s', 'c']", ";")).toEqual(["it's", "c"]);
    expect(splitLabels("[3, 4]", ";")).toEqual(["3", "4"]);
    expect(splitLabels("[]", ",")).toEqual([]);
  });

  const rows = Array.from({ length: 24 }, (_, i) => [
    `text ${i}`,
    i === 0 ? "Red; blue" : (["red; blue", "blue", "green;red", ""][i % 4] ?? ""),
  ]);
  const table = tableOf(["text", "y"], rows);
  const choice = choiceOf({
    problem_type: "multi_label_classification",
    label_separator: ";",
    merge_labels: "case_and_spaces",
  });

  test("a column of separated labels is guessed with its separator, and prose with commas is not", () => {
    expect(guessOf(table)).toMatchObject({
      problem_type: "multi_label_classification",
      label_column: "y",
      label_separator: ";",
    });
    const prose = Array.from({ length: 9 }, (_, i) => [
      `Well, this is number ${i}, and it goes on for a while.`,
      i % 2 === 0 ? "yes" : "no",
    ]);
    const columns = describeColumns(tableOf(["text", "y"], prose));
    expect(columns.map(({ values }) => values)).toEqual(["classes", "flags"]);
  });

  test("spellings merge, an empty cell is a set without labels, and the outputs are sorted", () => {
    const { labels, train, evaluation, skipped, chosen } = prepareDataset(table, choice);
    expect(labels).toEqual(["blue", "green", "red"]);
    expect(skipped).toEqual([]);
    expect([train.length, evaluation.length]).toEqual([18, 6]);
    for (const { row, values } of [...train, ...evaluation]) {
      const cell = chosen.rows[row]?.label.toLowerCase() ?? "";
      expect(values).toEqual(labels.map((label) => (cell.includes(label) ? 1 : 0)));
    }
  });

  test("the inspection counts rows of each label and those without any", () => {
    const prepared = prepareDataset(table, choice);
    const tokens = newTokenCounts(24);
    const lint = lintDataset(prepared, tokens);
    const { classes, labelSets } = inspectDataset(prepared, tokens, lint);
    expect(classes.map(({ label, train, evaluation }) => [label, train + evaluation])).toEqual([
      ["blue", 12],
      ["green", 6],
      ["red", 12],
    ]);
    expect(labelSets).toEqual({ labelsPerRow: 1.25, rowsWithout: 6 });
    const shown = tableRows(
      prepared,
      tokens,
      lint.rowsOf,
    )({ start: 0, count: 4, finding: null, maxLength: 9 });
    expect(shown.map(({ className }) => className)).toEqual([
      "blue, red",
      "blue",
      "green, red",
      "",
    ]);
    expect(lint.spellings[0]?.spellings.map(({ text }) => text)).toEqual(["red", "Red"]);
  });

  test("several columns of 0 and 1 are one label each, in their order", () => {
    const flags = tableOf(
      ["text", "rude", "spam", "note"],
      Array.from({ length: 12 }, (_, i) => [
        `a longer text number ${i}`,
        String(i % 2),
        i % 3 === 0 ? "1" : "0",
        `note ${i}`,
      ]),
    );
    const guess = guessOf(flags);
    expect(guess).toMatchObject({
      problem_type: "multi_label_classification",
      label_column: "rude",
      more_label_columns: ["spam"],
    });
    const { labels, train } = prepareDataset(flags, choiceOf({ ...guess }));
    expect(labels).toEqual(["rude", "spam"]);
    for (const { row, values } of train) {
      expect(values).toEqual([row % 2, row % 3 === 0 ? 1 : 0]);
    }
    const bad = tableOf(
      ["text", "rude", "spam"],
      [
        ["a", "1", "2"],
        ["b", "0", "1"],
        ["c", "1", ""],
      ],
    );
    const refused = prepareDataset(bad, choiceOf({ ...guess }));
    expect(refused.obstacle?.message).toContain(
      "2 rows have labels that are neither 0 nor 1 (line 2, 4)",
    );
  });

  test("lists of 0 and 1 are one entry a label, under transformers' own names", () => {
    const lists = tableOf(
      ["text", "y"],
      Array.from({ length: 8 }, (_, i) => [`t${i}`, `[${i % 2}.0, 1, 0]`]),
    );
    const { labels, train } = prepareDataset(
      lists,
      choiceOf({ problem_type: "multi_label_classification" }),
    );
    expect(labels).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
    for (const { row, values } of train) expect(values).toEqual([row % 2, 1, 0]);
  });

  test("a label that only the evaluation file has is told and not trained", () => {
    const evaluation = tableOf(
      ["text", "y"],
      [
        ["x", "red"],
        ["z", "blue;mauve"],
      ],
    );
    const asked = { ...choice, evaluation: { id: "2", name: "more.csv" } };
    const prepared = prepareDataset(table, asked, evaluation);
    expect(prepared.skipped).toEqual([{ row: 25, reason: "unknownLabel" }]);
    expect(prepared.evaluation).toHaveLength(1);
    expect(prepared.obstacle?.message).toContain("blue;mauve");
  });
});
