// Multinomial logistic regression on sparse rows, fitted by L-BFGS (Nocedal and Wright, algorithm 7.5). Deterministic.

/** Non-zero features of one row. */
export type SparseRow = readonly { readonly index: number; readonly value: number }[];

const inverseRegularization = 1; // scikit-learn's C
const mostIterations = 100;
const memory = 10;
const tolerance = 1e-4;

/** Fits `sum of cross-entropies + |weights|² / (2 C)`, biases free, and gives the predictor of a row's class. */
export function fitLogisticRegression(
  rows: readonly SparseRow[],
  labels: readonly number[],
  classes: number,
): (row: SparseRow) => number {
  const features = rows.reduce(
    (most, row) => row.reduce((m, { index }) => Math.max(m, index + 1), most),
    0,
  );
  const model = minimize(new Float64Array(classes * (features + 1)), (point, gradient) =>
    lossAndGradient(point, gradient, rows, labels, classes, features),
  );
  return (row) => {
    const scores = score(model, row, classes, features);
    return scores.indexOf(Math.max(...scores));
  };
}

/** Weights lie class by class, each followed by its bias. Features that were not seen in training count nothing. */
function score(model: Float64Array, row: SparseRow, classes: number, features: number): number[] {
  return Array.from({ length: classes }, (_, k) => {
    const offset = k * (features + 1);
    let sum = model[offset + features] ?? 0;
    for (const { index, value } of row) {
      if (index < features) sum += value * (model[offset + index] ?? 0);
    }
    return sum;
  });
}

function lossAndGradient(
  model: Float64Array,
  gradient: Float64Array,
  rows: readonly SparseRow[],
  labels: readonly number[],
  classes: number,
  features: number,
): number {
  let loss = 0;
  for (let i = 0; i < model.length; i += 1) {
    const isBias = i % (features + 1) === features;
    const weight = isBias ? 0 : (model[i] ?? 0);
    gradient[i] = weight / inverseRegularization;
    loss += (weight * weight) / (2 * inverseRegularization);
  }
  rows.forEach((row, at) => {
    const scores = score(model, row, classes, features);
    const highest = Math.max(...scores);
    const exponentials = scores.map((value) => Math.exp(value - highest));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    const label = labels[at] ?? 0;
    loss += Math.log(total) + highest - (scores[label] ?? 0);
    exponentials.forEach((value, k) => {
      const error = value / total - (k === label ? 1 : 0);
      const offset = k * (features + 1);
      for (const { index, value: x } of row)
        gradient[offset + index] = (gradient[offset + index] ?? 0) + error * x;
      gradient[offset + features] = (gradient[offset + features] ?? 0) + error;
    });
  });
  return loss;
}

/** Minimises a smooth convex function from `start`. `evaluate` fills the gradient and returns the value. */
export function minimize(
  start: Float64Array,
  evaluate: (point: Float64Array, gradient: Float64Array) => number,
): Float64Array {
  let point = start;
  let gradient = new Float64Array(start.length);
  let value = evaluate(point, gradient);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < mostIterations; iteration += 1) {
    if (gradient.every((slope) => Math.abs(slope) < tolerance)) break;
    const direction = searchDirection(gradient, pairs);
    const slope = dot(direction, gradient);
    let step = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
    const nextGradient = new Float64Array(start.length);
    let next = along(point, direction, step);
    let nextValue = evaluate(next, nextGradient);
    // Armijo's rule: halve the step until the value falls enough.
    for (let tries = 0; nextValue > value + 1e-4 * step * slope && tries < 30; tries += 1) {
      step /= 2;
      next = along(point, direction, step);
      nextValue = evaluate(next, nextGradient);
    }
    if (nextValue >= value) break;
    const s = along(next, point, -1);
    const y = along(nextGradient, gradient, -1);
    const curvature = dot(s, y);
    if (curvature > 1e-12) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > memory) pairs.shift();
    point = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return point;
}

function searchDirection(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  let q = Float64Array.from(gradient);
  const alphas = [...pairs].reverse().map(({ s, y, rho }) => {
    const alpha = rho * dot(s, q);
    q = along(q, y, -alpha);
    return alpha;
  });
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y));
    q = q.map((component) => component * scale);
  }
  pairs.forEach(({ s, y, rho }, i) => {
    const beta = rho * dot(y, q);
    q = along(q, s, (alphas[pairs.length - 1 - i] ?? 0) - beta);
  });
  return q.map((component) => -component);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** `a + step * b`. */
const along = (a: Float64Array, b: Float64Array, step: number): Float64Array<ArrayBuffer> =>
  Float64Array.from(a, (value, i) => value + step * (b[i] ?? 0));
