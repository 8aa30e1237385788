import { expect, test } from "vitest";
import { coverageAt, coverageCurve } from "../../../src/lib/coverage.ts";

const answers = [
  { confidence: 0.6, isRight: false },
  { confidence: 0.9, isRight: true },
  { confidence: 0.8, isRight: true },
  { confidence: 0.8, isRight: false },
];

test("each confidence that occurs is a point; equal ones are answered together", () => {
  expect(coverageCurve(answers)).toEqual([
    { threshold: 0.9, coverage: 0.25, accuracy: 1, answered: 1 },
    { threshold: 0.8, coverage: 0.75, accuracy: 2 / 3, answered: 3 },
    { threshold: 0.6, coverage: 1, accuracy: 0.5, answered: 4 },
  ]);
});

test("at a threshold between them the rows at least as sure are answered", () => {
  expect(coverageAt(answers, 0.7)).toEqual({
    threshold: 0.7,
    coverage: 0.75,
    accuracy: 2 / 3,
    answered: 3,
  });
});

test("where nothing is answered there is no accuracy, and no rows give no curve", () => {
  expect(coverageAt(answers, 0.95).accuracy).toBeNull();
  expect(coverageAt([], 0.5)).toMatchObject({ coverage: 0, accuracy: null });
  expect(coverageCurve([])).toEqual([]);
});
