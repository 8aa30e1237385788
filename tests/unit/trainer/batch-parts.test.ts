import { expect, test } from "vitest";
import { createBatchParts } from "../../../src/trainer/batch-parts.ts";

test("micro-batches are cut into ever smaller parts that keep every row in its order, down to single rows", () => {
  const parts = createBatchParts(5);
  const batches = [
    [3, 1, 4, 1, 5],
    [9, 2],
  ];
  expect(parts.cut(batches)).toEqual(batches);
  const sizes: number[] = [];
  while (parts.halve()) {
    sizes.push(parts.rows);
    const cut = parts.cut(batches);
    expect(cut.flat()).toEqual(batches.flat());
    expect(Math.max(...cut.map(({ length }) => length))).toBe(parts.rows);
  }
  expect(sizes).toEqual([3, 2, 1]);
  // A run that goes on begins with the parts that it had.
  expect(createBatchParts(5, 2).rows).toBe(2);
  expect(createBatchParts(5, 8).rows).toBe(5);
});
