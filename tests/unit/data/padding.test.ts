import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { bucketLength, collate } from "../../../src/data/collate.ts";
import { measureLengths } from "../../../src/data/padding.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { countWords, isServedBadly, newTokenCounts } from "../../../src/data/token-counts.ts";

test("lengths come in few buckets: fours on the processor, four an octave on a GPU", () => {
  const all = Array.from({ length: 512 }, (_, index) => index + 1);
  expect([1, 4, 5, 127].map((length) => bucketLength(length, "wasm"))).toEqual([4, 4, 8, 128]);
  expect([1, 8, 9, 64, 65, 81, 129, 512].map((length) => bucketLength(length, "webgpu"))).toEqual([
    8, 8, 16, 64, 80, 96, 160, 512,
  ]);
  expect(new Set(all.map((length) => bucketLength(length, "webgpu"))).size).toBe(20);
  expect(all.every((length) => bucketLength(length, "webgpu") >= length)).toBe(true);
});

test("a batch never grows beyond the model's longest input, and tells the texts of its pairs apart", () => {
  const padding = { backend: "webgpu", longest: 10 };
  const batch = collate([{ ids: new Array(10).fill(7), label: 0 }], 0, padding);
  expect([batch.length, batch.tokenTypeIds]).toEqual([10, undefined]);
  const pair = collate(
    [
      { ids: [5, 6, 7], typeIds: [0, 0, 1], label: 0 },
      { ids: [5], label: 1 },
    ],
    0,
  );
  expect([...(pair.tokenTypeIds ?? [])]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
});

test("padding is counted over the run's own batches, and grouping by length lowers it", () => {
  const rows = Array.from({ length: 400 }, (_, index) => [
    `text ${index}`,
    index % 2 === 0 ? "a" : "b",
  ]);
  const table = {
    columns: ["text", "label"],
    rows,
    lines: rows.map((_, index) => index + 2),
    unit: "line" as const,
  };
  const choice = datasetChoiceSchema.parse({
    id: "x",
    name: "x",
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 1,
  });
  const prepared = prepareDataset(table, choice);
  const tokens = newTokenCounts(400);
  tokens.tokens.forEach((_, row) => {
    tokens.tokens[row] = 1 + (row % 40);
  });
  const args = trainingArgumentsSchema.parse({ per_device_train_batch_size: 8, max_length: 32 });
  const figures = measureLengths(prepared, tokens, args, "wasm");
  // 8 of 40 lengths are above 32.
  expect(figures.overLongRows).toBe(80);
  expect(figures.enoughFor99).toBe(40);
  expect(figures.padding).toBeGreaterThan(0.3);
  expect(figures.paddingGrouped).toBeLessThan(figures.padding / 3);
  const shares = figures.padding + figures.paddingGrouped;
  expect(shares > 0 && shares < 2 && figures.shapes >= 1).toBe(true);
});

test("a row is served badly where a tenth is unknown or words fall to bits", () => {
  expect(countWords("It's 5 o'clock, 日本語!")).toBe(7);
  const counts = newTokenCounts(4);
  const set = (row: number, tokens: number, unknown: number, words: number) => {
    counts.tokens[row] = tokens;
    counts.unknown[row] = unknown;
    counts.words[row] = words;
  };
  set(0, 20, 1, 15);
  set(1, 20, 2, 15);
  set(2, 20, 0, 5);
  set(3, 8, 0, 2);
  expect([0, 1, 2, 3].map((row) => isServedBadly(counts, row))).toEqual([false, true, true, false]);
});
