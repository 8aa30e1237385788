// Ridge regression on sparse rows, fitted by L-BFGS: the numbers of a regression from word counts.
import { minimize, type SparseRow } from "./logistic-regression.ts";

/**
 * Fits `sum of squared errors + |weights|²` (scikit-learn's Ridge with alpha 1), the bias free, and gives the predictor of a
 * row's number. Targets are scaled for the fit, which changes nothing but how far the minimiser has to go.
 */
export function fitRidge(
  rows: readonly SparseRow[],
  targets: readonly number[],
): (row: SparseRow) => number {
  const mean = targets.reduce((sum, value) => sum + value, 0) / (targets.length || 1);
  const squares = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const scale = Math.sqrt(squares / (targets.length || 1)) || 1;
  const scaled = targets.map((value) => (value - mean) / scale);
  const features = rows.reduce(
    (most, row) => row.reduce((m, { index }) => Math.max(m, index + 1), most),
    0,
  );
  const answer = (model: Float64Array, row: SparseRow) =>
    row.reduce(
      (sum, { index, value }) => sum + (index < features ? value * (model[index] ?? 0) : 0),
      model[features] ?? 0,
    );
  const model = minimize(new Float64Array(features + 1), (point, gradient) => {
    let loss = 0;
    for (let index = 0; index < features; index += 1) {
      const weight = point[index] ?? 0;
      gradient[index] = 2 * weight;
      loss += weight * weight;
    }
    gradient[features] = 0;
    rows.forEach((row, at) => {
      const error = answer(point, row) - (scaled[at] ?? 0);
      loss += error * error;
      for (const { index, value } of row) {
        gradient[index] = (gradient[index] ?? 0) + 2 * error * value;
      }
      gradient[features] = (gradient[features] ?? 0) + 2 * error;
    });
    return loss;
  });
  return (row) => answer(model, row) * scale + mean;
}
