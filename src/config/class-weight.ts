// What a row of a class counts in the loss when every class shall count the same.

/** scikit-learn's `class_weight="balanced"`: `trainRows / (classes * rows)`; 1 for a class without training rows. */
export function balancedWeight(rows: number, classes: number, trainRows: number): number {
  return rows === 0 ? 1 : trainRows / (classes * rows);
}
