import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { inspectDataset, prepareDataset, tableRows } from "../../../src/data/prepare-dataset.ts";

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

test("rows without text or label are told by line, and the counts add up", () => {
  const table = tableOf([...twelve.rows, ["", "a"], ["x", " "], [" ", ""]]);
  const prepared = prepareDataset(table, choice);
  expect(prepared.problems).toEqual([
    { row: 12, line: 14, reason: "emptyText" },
    { row: 13, line: 15, reason: "emptyLabel" },
    { row: 14, line: 16, reason: "emptyBoth" },
  ]);
  expect(prepared.train.length + prepared.evaluation.length + prepared.problems.length).toBe(15);
  const inspection = inspectDataset(prepared, new Uint32Array(15).fill(3));
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

test("every row of the table knows what becomes of it", () => {
  const prepared = prepareDataset(twelve, { ...choice, max_train_rows: 4 });
  const rows = tableRows(twelve, prepared, new Uint32Array(12))(0, 12);
  const count = (use: string) => rows.filter((row) => row.use === use).length;
  expect([count("train"), count("evaluation"), count("unused")]).toEqual([4, 3, 5]);
});
