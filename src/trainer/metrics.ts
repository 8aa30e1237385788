// Classification metrics from plain numbers: accuracy, confusion matrix, precision, recall, F1.

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
