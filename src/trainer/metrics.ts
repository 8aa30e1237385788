// Metrics from plain numbers: of classes, of label sets, of a regression; confusion matrix, precision, recall, F1.
import { labelThreshold, type ProblemType } from "../config/problem-type.ts";
import {
  type LabelSetScores,
  labelSetScores,
  type RegressionScores,
  regressionScores,
} from "../lib/scores.ts";
import type { Targets } from "./objective.ts";

/** What a score consists of besides the loss; each problem type has its own. */
export type Metrics = Partial<LabelSetScores & RegressionScores & { readonly perplexity: number }>;

/** The metrics of a problem type. `predictions` is `[rows, outputs]`, row by row; `predicted` the greatest output of each. */
export function measure(
  problemType: ProblemType,
  predictions: Float32Array,
  predicted: readonly number[],
  targets: readonly Targets[],
): Metrics {
  const values = targets.flatMap((batch) => [...(batch.values ?? [])]);
  const outputs = values.length / predicted.length;
  switch (problemType) {
    case "single_label_classification": {
      const labels = targets.flatMap((batch) => [...batch.labels]);
      const hits = predicted.filter((guess, row) => guess === labels[row]).length;
      return { accuracy: hits / labels.length };
    }
    case "multi_label_classification":
      return labelSetScores(predictions, values, outputs, labelThreshold);
    case "regression":
      return regressionScores(predictions, values, outputs);
    default:
      return problemType satisfies never;
  }
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
