import { expect, test } from "vitest";
import {
  type DatasetChoice,
  type DatasetInspection,
  datasetChoiceSchema,
} from "../../../src/config/dataset.ts";
import { inspectDataset, tableRows } from "../../../src/data/inspect-dataset.ts";
import { lintDataset } from "../../../src/data/lint.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { newTokenCounts } from "../../../src/data/token-counts.ts";
import type { StoredTable } from "../../../src/storage/datasets.ts";

const choice = datasetChoiceSchema.parse({
  id: "x",
  name: "rows.csv",
  text_column: "text",
  label_column: "label",
  skip_empty: true,
  eval_fraction: 0.25,
  split_seed: 42,
  max_train_rows: null,
});

const tableOf = (rows: readonly (readonly string[])[]) => ({
  columns: ["text", "label"],
  rows,
  lines: rows.map((_, index) => index + 2),
  unit: "line" as const,
});

const twelve = tableOf(
  Array.from({ length: 12 }, (_, index) => [`text ${index}`, index % 2 === 0 ? "a" : "b"]),
);

function inspect(
  table: StoredTable,
  change: Partial<DatasetChoice> = {},
  evaluation?: StoredTable,
) {
  const prepared = prepareDataset(table, { ...choice, ...change }, evaluation);
  const tokens = newTokenCounts(prepared.chosen.rows.length);
  const lint = lintDataset(prepared, tokens);
  return { prepared, lint, tokens, inspection: inspectDataset(prepared, tokens, lint) };
}

/** Every row read is used, left over, or left out for one named reason. */
function addUp(inspection: DatasetInspection): number {
  const { trainRows, evaluationRows, unusedRows, skipped } = inspection;
  return trainRows + evaluationRows + unusedRows + skipped.reduce((sum, { rows }) => sum + rows, 0);
}

test("rows without text or label are named by reason, and the counts add up", () => {
  const { inspection, lint } = inspect(tableOf([...twelve.rows, ["", "a"], ["x", " "], [" ", ""]]));
  expect(inspection.skipped).toEqual([
    { reason: "emptyText", rows: 1 },
    { reason: "emptyLabel", rows: 1 },
    { reason: "emptyBoth", rows: 1 },
  ]);
  expect(addUp(inspection)).toBe(15);
  expect(lint.rowsOf.get("empty")).toEqual([12, 13, 14]);
  expect(inspection.classes).toEqual([
    { label: "a", train: 4, evaluation: 2 },
    { label: "b", train: 5, evaluation: 1 },
  ]);
});

test("empty rows are an obstacle until the user skips them", () => {
  const table = tableOf([...twelve.rows, ["", "a"]]);
  const refused = prepareDataset(table, { ...choice, skip_empty: false });
  expect(refused.obstacle?.message).toBe("1 row has no text or no label (line 14).");
  expect(prepareDataset(table, choice).obstacle).toBeNull();
});

test.each([
  [{ label_column: "text" }, /is both text and label/u],
  [{ eval_fraction: 0.05 }, /too few to hold any out/u],
] as const)("%j is an obstacle", (change, message) => {
  const few = tableOf(twelve.rows.slice(0, 4));
  expect(prepareDataset(few, { ...choice, ...change }).obstacle?.message).toMatch(message);
});

test("one class is an obstacle that names it", () => {
  const table = tableOf([
    ["x", "a"],
    ["y", "a"],
  ]);
  expect(prepareDataset(table, choice).obstacle?.message).toMatch(/only one class, a/u);
});

test("classes of a single row each are told as such, not as too few rows", () => {
  const table = tableOf(Array.from({ length: 30 }, (_, i) => ["x", `class ${i}`]));
  expect(prepareDataset(table, choice).obstacle?.message).toMatch(/30 classes has a single row/u);
});

test("a column that is gone is named", () => {
  expect(() => prepareDataset(twelve, { ...choice, text_column: "body" })).toThrow(
    /no column named body/u,
  );
});

test("numeric labels are sorted by value", () => {
  const table = tableOf(
    ["10", "9", "2"].flatMap((label) => Array.from({ length: 4 }, () => ["x", label])),
  );
  expect(prepareDataset(table, choice).labels).toEqual(["2", "9", "10"]);
});

test("numbers come before words, in the order of their values", () => {
  const labels = ["b", "10", "1a", "9"].flatMap((label) =>
    Array.from({ length: 4 }, () => ["x", label]),
  );
  expect(prepareDataset(tableOf(labels), choice).labels).toEqual(["9", "10", "1a", "b"]);
});

test("every row of the table knows what becomes of it", () => {
  const { prepared, tokens, lint } = inspect(twelve, { max_train_rows: 4 });
  const rows = tableRows(
    prepared,
    tokens,
    lint.rowsOf,
  )({ start: 0, count: 12, finding: null, maxLength: 9 });
  const count = (use: string) => rows.filter((row) => row.use === use).length;
  expect([count("train"), count("evaluation"), count("unused")]).toEqual([4, 3, 5]);
});

test("several columns are joined by a space, and a second text makes a pair", () => {
  const table: StoredTable = {
    columns: ["subject", "body", "note", "label"],
    rows: [
      ["Hello ", " there", "", "a"],
      ["", "alone", "why", "b"],
    ],
    lines: [2, 3],
    unit: "line",
  };
  const asked = { ...choice, text_column: "subject", join_columns: ["body"], eval_fraction: 0.5 };
  const { chosen } = prepareDataset(table, asked);
  expect(chosen.rows.map(({ text }) => text)).toEqual(["Hello there", "alone"]);
  const pairs = prepareDataset(table, { ...asked, text_pair_column: "note" });
  expect(pairs.skipped).toEqual([{ row: 0, reason: "emptyText" }]);
  expect(pairs.train).toMatchObject([{ text: "alone", pair: "why" }]);
  expect(prepareDataset(table, { ...asked, join_columns: ["subject"] }).obstacle?.message).toMatch(
    /subject is used twice/u,
  );
});

const spelled = tableOf([...twelve.rows, ["x1", "A"], ["x2", " a "], ["x3", "b"]]);

test("labels that differ in case and spaces are one class, and the merge can be taken back", () => {
  const merged = inspect(spelled, { merge_labels: "case_and_spaces" });
  expect(merged.prepared.labels).toEqual(["a", "b"]);
  expect(merged.inspection.spellings).toEqual([
    {
      label: "a",
      spellings: [
        { text: "a", rows: 6 },
        { text: " a ", rows: 1 },
        { text: "A", rows: 1 },
      ],
    },
  ]);
  expect(merged.lint.rowsOf.get("spellings")).toEqual([12, 13]);
  const apart = inspect(spelled, { merge_labels: "none" });
  expect(apart.prepared.labels).toEqual([" a ", "A", "a", "b"]);
  expect(apart.inspection.spellings).toEqual(merged.inspection.spellings);
  // What records from before the merge mean: spaces around a label alone make no class.
  expect(inspect(spelled).prepared.labels).toEqual(["A", "a", "b"]);
});

test("repeats, contradictions, leaks and one-row classes are found, left out on request, and add up", () => {
  const table = tableOf([
    ...twelve.rows,
    ["text 0", "a"],
    [" text 0", "a"],
    ["text 0", "b"],
    ["odd", "c"],
  ]);
  const plain = inspect(table, { eval_fraction: 0.4 });
  expect(plain.lint.rowsOf.get("duplicates")).toEqual([12, 13]);
  expect(plain.lint.rowsOf.get("conflicts")).toEqual([0, 12, 13, 14]);
  expect(plain.lint.rowsOf.get("singleClasses")).toEqual([15]);
  expect(plain.inspection.findings.find(({ kind }) => kind === "singleClasses")?.examples).toEqual([
    "c",
  ]);
  const leaks = plain.lint.rowsOf.get("leaks") ?? [];
  expect(leaks.length).toBeGreaterThan(0);

  const strict = inspect(table, {
    eval_fraction: 0.4,
    skip_duplicates: true,
    skip_single_classes: true,
    skip_leaks: true,
  });
  expect(addUp(strict.inspection)).toBe(16);
  const reasons = Object.fromEntries(
    strict.inspection.skipped.map(({ reason, rows }) => [reason, rows]),
  );
  expect(reasons).toMatchObject({ duplicate: 2, singleClass: 1 });
  // The finding stays as long as its remedy is in force, so that it can be taken back.
  expect(strict.lint.rowsOf.get("duplicates")).toEqual([12, 13]);
  const heldOut = new Set(strict.prepared.evaluation.map(({ text }) => text.trim()));
  expect(strict.prepared.train.some(({ text }) => heldOut.has(text.trim()))).toBe(false);
});

test("an evaluation file is matched by column names, and labels that training lacks are told", () => {
  const evaluation: StoredTable = {
    columns: ["id", "label", "text"],
    rows: [
      ["1", "A", "new one"],
      ["2", "b", "text 3"],
      ["3", "z", "strange"],
    ],
    lines: [2, 3, 4],
    unit: "line",
  };
  const asked = {
    evaluation: { id: "e", name: "eval.csv" },
    merge_labels: "case_and_spaces",
  } as const;
  const refused = inspect(twelve, asked, evaluation);
  expect(refused.prepared.obstacle?.message).toBe(
    "1 row of eval.csv has a label that no training row has: z (line 4).",
  );
  const { inspection, lint, prepared } = inspect(
    twelve,
    { ...asked, skip_unknown_labels: true },
    evaluation,
  );
  expect(prepared.obstacle).toBeNull();
  expect(inspection).toMatchObject({
    rowCount: 15,
    evaluationFileRows: 3,
    trainRows: 12,
    evaluationRows: 2,
  });
  expect(addUp(inspection)).toBe(15);
  expect(prepared.evaluation.map(({ row, line, label }) => [row, line, label])).toEqual([
    [12, 2, 0],
    [13, 3, 1],
  ]);
  expect(lint.rowsOf.get("leaks")).toEqual([3]);
  expect(lint.rowsOf.get("unknownLabels")).toEqual([14]);
  const lacking = { ...evaluation, columns: ["id", "label", "body"] };
  expect(() => inspect(twelve, asked, lacking)).toThrow(/eval.csv has no column named text/u);
});
