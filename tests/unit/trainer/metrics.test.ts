import { expect, test } from "vitest";
import { checkpointsToDelete } from "../../../src/config/rotation.ts";
import { betterOf } from "../../../src/trainer/best-model.ts";
import { argMaxRows, classMetrics, confusionMatrix } from "../../../src/trainer/metrics.ts";

test("precision, recall and F1 follow from the confusion matrix, and are null where undefined", () => {
  const matrix = confusionMatrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 0], 3);
  expect(matrix).toEqual([
    [2, 1, 0],
    [1, 1, 0],
    [0, 0, 0],
  ]);
  expect(classMetrics(matrix)).toEqual([
    { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3 },
    { precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
    { precision: null, recall: null, f1: null, support: 0 },
  ]);
});

test("the first of equal values wins a row", () => {
  expect(argMaxRows(new Float32Array([1, 1, 0, 0, 2, 3]), 3)).toEqual([0, 2]);
});

test.each([
  ["a tie keeps the earlier", 0.6, 0.6, true, 1],
  ["strictly better wins", 0.6, 0.7, true, 2],
  ["less is better where asked", 0.6, 0.5, false, 2],
  ["NaN never wins", 0.6, Number.NaN, true, 1],
])("%s", (_, first, second, greater, winner) => {
  const best = betterOf({ metric: first, step: 1 }, { metric: second, step: 2 }, greater);
  expect(best?.step).toBe(winner);
});

test("NaN is no best even where there is none yet", () => {
  expect(betterOf(null, { metric: Number.NaN, step: 1 }, true)).toBeNull();
});

test.each([
  [[1, 2, 3], null, null, []],
  [[1, 2, 3], 0, null, []],
  [[1, 2, 3], 2, null, [1]],
  [[1, 2, 3], 1, 1, [2]],
  [[1, 2, 3], 1, 3, [1, 2]],
  [[3], 1, 1, []],
])("of checkpoints %j with limit %s and best %s, %j go", (steps, limit, best, gone) => {
  expect(checkpointsToDelete(steps, limit, best)).toEqual(gone);
});
