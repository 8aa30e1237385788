// Scores of label sets and of regressions from plain numbers. Predictions and targets are `[rows, outputs]`, row by row.

type Numbers = ArrayLike<number>;

/** Hits of one label over all rows. */
export interface LabelCounts {
  /** Rows that have the label, predicted so. */
  readonly hits: number;
  /** Rows predicted to have it. */
  readonly predicted: number;
  /** Rows that have it. */
  readonly support: number;
}

/** Counts every label; one is predicted above `threshold`. */
export function countLabels(
  probabilities: Numbers,
  truth: Numbers,
  outputs: number,
  threshold: number,
): LabelCounts[] {
  return Array.from({ length: outputs }, (_, output) => {
    const counts = { hits: 0, predicted: 0, support: 0 };
    for (let index = output; index < truth.length; index += outputs) {
      const isPredicted = (probabilities[index] ?? 0) > threshold;
      const isTrue = (truth[index] ?? 0) > 0.5;
      counts.hits += isPredicted && isTrue ? 1 : 0;
      counts.predicted += isPredicted ? 1 : 0;
      counts.support += isTrue ? 1 : 0;
    }
    return counts;
  });
}

/** F1 of counts; 0 where nothing was predicted and nothing was there, as scikit-learn has it. */
export const f1Of = ({ hits, predicted, support }: LabelCounts): number =>
  predicted + support === 0 ? 0 : (2 * hits) / (predicted + support);

/** Under the names of scikit-learn. */
export interface LabelSetScores {
  /** Share of the rows whose whole set is right. */
  readonly accuracy: number;
  /** F1 over all labels of all rows (micro). */
  readonly f1: number;
  /** Mean of the labels' own F1. */
  readonly f1_macro: number;
  /** Share of all labels of all rows that are wrong. */
  readonly hamming_loss: number;
}

/** Scores of label sets. */
export function labelSetScores(
  probabilities: Numbers,
  truth: Numbers,
  outputs: number,
  threshold: number,
): LabelSetScores {
  const labels = countLabels(probabilities, truth, outputs, threshold);
  const total = labels.reduce((sum, each) => ({
    hits: sum.hits + each.hits,
    predicted: sum.predicted + each.predicted,
    support: sum.support + each.support,
  }));
  const rows = truth.length / outputs;
  let exact = 0;
  let wrong = 0;
  for (let row = 0; row < rows; row += 1) {
    let misses = 0;
    for (let index = row * outputs; index < (row + 1) * outputs; index += 1) {
      const isPredicted = (probabilities[index] ?? 0) > threshold;
      misses += isPredicted === (truth[index] ?? 0) > 0.5 ? 0 : 1;
    }
    exact += misses === 0 ? 1 : 0;
    wrong += misses;
  }
  return {
    accuracy: exact / rows,
    f1: f1Of(total),
    f1_macro: labels.reduce((sum, each) => sum + f1Of(each), 0) / outputs,
    hamming_loss: wrong / truth.length,
  };
}

/** Under the names of scikit-learn. */
export interface RegressionScores {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  /** Share of the variance that is explained, mean over the outputs; absent where targets do not vary. */
  readonly r2?: number;
  /** Pearson's correlation, mean over the outputs; absent where predictions or targets do not vary. */
  readonly pearson?: number;
}

/** Scores of a regression. */
export function regressionScores(
  predictions: Numbers,
  truth: Numbers,
  outputs: number,
): RegressionScores {
  let squares = 0;
  let absolutes = 0;
  for (let index = 0; index < truth.length; index += 1) {
    const error = (predictions[index] ?? 0) - (truth[index] ?? 0);
    squares += error * error;
    absolutes += Math.abs(error);
  }
  const each = Array.from({ length: outputs }, (_, output) =>
    relate(predictions, truth, outputs, output),
  );
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [r2, pearson] = [mean(each.map((one) => one.r2)), mean(each.map((one) => one.pearson))];
  const mse = squares / truth.length;
  return {
    mse,
    rmse: Math.sqrt(mse),
    mae: absolutes / truth.length,
    ...(Number.isFinite(r2) ? { r2 } : {}),
    ...(Number.isFinite(pearson) ? { pearson } : {}),
  };
}

/** One output's R² and correlation; not finite where something does not vary. */
function relate(predictions: Numbers, truth: Numbers, outputs: number, output: number) {
  const rows = truth.length / outputs;
  let [guessSum, valueSum] = [0, 0];
  for (let index = output; index < truth.length; index += outputs) {
    guessSum += predictions[index] ?? 0;
    valueSum += truth[index] ?? 0;
  }
  const [meanGuess, meanValue] = [guessSum / rows, valueSum / rows];
  let [guesses, values, both, errors] = [0, 0, 0, 0];
  for (let index = output; index < truth.length; index += outputs) {
    const [guess, value] = [predictions[index] ?? 0, truth[index] ?? 0];
    guesses += (guess - meanGuess) ** 2;
    values += (value - meanValue) ** 2;
    both += (guess - meanGuess) * (value - meanValue);
    errors += (guess - value) ** 2;
  }
  return { r2: 1 - errors / values, pearson: both / Math.sqrt(guesses * values) };
}
