import fc from "fast-check";
import { expect, test } from "vitest";
import { stratifiedSplit } from "../../../src/data/split.ts";

const labels = (counts: readonly number[]) =>
  counts.flatMap((count, k) => new Array(count).fill(k));

test("each class gives the same share to the evaluation", () => {
  const all = labels([100, 50, 10]);
  const { train, evaluation } = stratifiedSplit(all, 3, 0.2, 42, null);
  const held = [0, 1, 2].map((k) => evaluation.filter((row) => all[row] === k).length);
  expect(held).toEqual([20, 10, 2]);
  expect(train).toHaveLength(128);
});

test("the same seed gives the same split and another seed another", () => {
  const all = labels([30, 30]);
  expect(stratifiedSplit(all, 2, 0.3, 7, null)).toEqual(stratifiedSplit(all, 2, 0.3, 7, null));
  expect(stratifiedSplit(all, 2, 0.3, 7, null)).not.toEqual(stratifiedSplit(all, 2, 0.3, 8, null));
});

test("a class with one row keeps it for training", () => {
  const all = labels([20, 1]);
  const { evaluation } = stratifiedSplit(all, 2, 0.5, 1, null);
  expect(evaluation.some((row) => all[row] === 1)).toBe(false);
});

test("a limit thins the training rows and leaves the evaluation alone", () => {
  const all = labels([100, 100]);
  const whole = stratifiedSplit(all, 2, 0.2, 3, null);
  const thin = stratifiedSplit(all, 2, 0.2, 3, 31);
  expect(thin.evaluation).toEqual(whole.evaluation);
  expect(thin.train).toHaveLength(31);
  expect(thin.train.every((row) => whole.train.includes(row))).toBe(true);
});

test("no row is in both parts, none is lost, and totals are as asked", () => {
  const counts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(
      counts,
      fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      fc.nat(1000),
      (sizes, fraction, seed) => {
        const all = labels(sizes);
        const { train, evaluation } = stratifiedSplit(all, sizes.length, fraction, seed, null);
        expect([...train, ...evaluation].sort((a, b) => a - b)).toEqual(all.map((_, row) => row));
        const room = sizes.reduce((sum, size) => sum + size - 1, 0);
        expect(evaluation).toHaveLength(Math.min(Math.round(all.length * fraction), room));
        for (const [k] of sizes.entries()) expect(train.some((row) => all[row] === k)).toBe(true);
      },
    ),
  );
});
