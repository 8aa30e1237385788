// Metrics from plain numbers: of classes, of label sets, of a regression; confusion matrix, precision, recall, F1.
import type { ProblemType } from "../config/problem-type.ts";
import type { Targets } from "./objective.ts";

/** What a score consists of besides the loss; each problem type has its own. */
export interface Metrics {
  /** Share of the rows whose class, or whose whole set of labels, is right. */
  readonly accuracy?: number;
  /** Of label sets: F1 over all labels of all rows (micro). */
  readonly f1?: number;
  /** Mean squared error. */
  readonly mse?: number;
  /** Mean absolute error. */
  readonly mae?: number;
  /** Pearson's correlation of predictions and targets; absent where either does not vary. */
  readonly pearson?: number;
}

/** The metrics of a problem type. `predictions` is `[rows, outputs]`, row by row; `predicted` the greatest output of each. */
export function measure(
  problemType: ProblemType,
  predictions: Float32Array,
  predicted: readonly number[],
  targets: readonly Targets[],
): Metrics {
  const values = targets.flatMap((batch) => [...(batch.values ?? [])]);
  switch (problemType) {
    case "single_label_classification": {
      const labels = targets.flatMap((batch) => [...batch.labels]);
      const hits = predicted.filter((guess, row) => guess === labels[row]).length;
      return { accuracy: hits / labels.length };
    }
    case "multi_label_classification":
      return labelSetMetrics(predictions, values, predicted.length);
    case "regression":
      return regressionMetrics(predictions, values);
    default:
      return problemType satisfies never;
  }
}

/** A label counts as predicted above a probability of one half. */
function labelSetMetrics(
  probabilities: Float32Array,
  values: readonly number[],
  rows: number,
): Metrics {
  const outputs = values.length / rows;
  const isHit = (index: number) => (probabilities[index] ?? 0) > 0.5;
  const isTrue = (index: number) => (values[index] ?? 0) > 0.5;
  let exact = 0;
  let both = 0;
  let either = 0;
  for (let row = 0; row < rows; row += 1) {
    let isExact = true;
    for (let index = row * outputs; index < (row + 1) * outputs; index += 1) {
      if (isHit(index) !== isTrue(index)) isExact = false;
      both += isHit(index) && isTrue(index) ? 1 : 0;
      either += (isHit(index) ? 1 : 0) + (isTrue(index) ? 1 : 0);
    }
    exact += isExact ? 1 : 0;
  }
  return { accuracy: exact / rows, f1: either === 0 ? 0 : (2 * both) / either };
}

function regressionMetrics(predictions: Float32Array, values: readonly number[]): Metrics {
  const errors = values.map((value, index) => (predictions[index] ?? 0) - value);
  const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
  const meanGuess = mean([...predictions]);
  const meanValue = mean(values);
  const guesses = [...predictions].map((guess) => guess - meanGuess);
  const centred = values.map((value) => value - meanValue);
  const spread = Math.sqrt(sum(guesses.map((x) => x * x)) * sum(centred.map((x) => x * x)));
  const pearson = sum(guesses.map((x, index) => x * (centred[index] ?? 0))) / spread;
  return {
    mse: mean(errors.map((error) => error * error)),
    mae: mean(errors.map(Math.abs)),
    ...(Number.isFinite(pearson) ? { pearson } : {}),
  };
}

/** Figures of one class; null where the denominator is zero. */
export interface ClassMetrics {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Rows of this class. */
  readonly support: number;
}

/** Index of the largest value of each row; the first of equals. `values` is `[rows, classes]`, row by row. */
export function argMaxRows(values: Float32Array, classes: number): number[] {
  return Array.from({ length: values.length / classes }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classes; k += 1) {
      if ((values[row * classes + k] ?? 0) > (values[row * classes + best] ?? 0)) best = k;
    }
    return best;
  });
}

/** `matrix[actual][predicted]`, rows counted. */
export function confusionMatrix(
  actual: readonly number[],
  predicted: readonly number[],
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  actual.forEach((label, row) => {
    const counts = matrix[label];
    const guess = predicted[row];
    if (counts !== undefined && guess !== undefined) counts[guess] = (counts[guess] ?? 0) + 1;
  });
  return matrix;
}

/** Precision, recall and F1 of every class. */
export function classMetrics(matrix: readonly (readonly number[])[]): ClassMetrics[] {
  return matrix.map((row, label) => {
    const hits = row[label] ?? 0;
    const support = sum(row);
    const predicted = sum(matrix.map((other) => other[label] ?? 0));
    const precision = predicted === 0 ? null : hits / predicted;
    const recall = support === 0 ? null : hits / support;
    const f1 = support + predicted === 0 ? null : (2 * hits) / (support + predicted);
    return { precision, recall, f1, support };
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
