// Scores of label sets and regressions, against numbers worked out with numpy from scikit-learn's definitions.
import { expect, test } from "vitest";
import { countLabels, labelSetScores, regressionScores } from "../../../src/lib/scores.ts";

test("label sets have F1 micro and macro, whole sets right and the Hamming loss as scikit-learn defines them", () => {
  // Rows: {a} said {a}; {a, b} said {b}; {} said {c}.
  const truth = [1, 0, 0, 1, 1, 0, 0, 0, 0];
  const said = [0.9, 0.1, 0.2, 0.3, 0.8, 0.1, 0.1, 0.2, 0.7];
  expect(countLabels(said, truth, 3, 0.5)).toEqual([
    { hits: 1, predicted: 1, support: 2 },
    { hits: 1, predicted: 1, support: 1 },
    { hits: 0, predicted: 1, support: 0 },
  ]);
  const scores = labelSetScores(said, truth, 3, 0.5);
  expect(scores.f1).toBeCloseTo((2 * 2) / (3 + 3), 12);
  expect(scores.f1_macro).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
  expect(scores.accuracy).toBeCloseTo(1 / 3, 12);
  expect(scores.hamming_loss).toBeCloseTo(2 / 9, 12);
});

test("a probability of exactly one half is not said, and no label at all scores F1 0", () => {
  expect(labelSetScores([0.5, 0.5], [0, 0], 2, 0.5)).toEqual({
    accuracy: 1,
    f1: 0,
    f1_macro: 0,
    hamming_loss: 0,
  });
});

test("a regression has its errors, R² and correlation, each the mean over its outputs", () => {
  // Two outputs: (1, 10), (2, 20), (4, 0) guessed (1, 8), (3, 20), (4, 2).
  const scores = regressionScores([1, 8, 3, 20, 4, 2], [1, 10, 2, 20, 4, 0], 2);
  expect(scores.mse).toBeCloseTo(9 / 6, 12);
  expect(scores.rmse).toBeCloseTo(Math.sqrt(9 / 6), 12);
  expect(scores.mae).toBeCloseTo(5 / 6, 12);
  // 1 - 1/4.6667 and 1 - 8/200.
  expect(scores.r2).toBeCloseTo((1 - 1 / (14 / 3) + (1 - 8 / 200)) / 2, 12);
  expect(scores.pearson).toBeGreaterThan(0.9);
});

test("a constant guess has no correlation, and constant targets no R²", () => {
  expect(regressionScores([1, 1], [1, 3], 1)).not.toHaveProperty("pearson");
  expect(regressionScores([1, 2], [3, 3], 1)).not.toHaveProperty("r2");
});
