// Counts over a predicted file.
import { labelThreshold } from "../../config/problem-type.ts";
import { regressionScores } from "../../lib/scores.ts";
import type { Predictions } from "../../state/prediction-store.ts";

export interface FileSummary {
  /** Rows of each predicted class. */
  readonly counts: readonly number[];
  /** Rows without a text. */
  readonly empty: number;
  /** Rows whose answer is at least as sure as the threshold. */
  readonly sure: number;
  /** Rows with a class that the model knows in the file itself. */
  readonly known: number;
  /** Those of them that the model agrees with. */
  readonly agreeing: number;
}

/** One pass over all rows. */
export function summarize(
  { predicted, confidence, actual }: Predictions,
  classes: number,
  threshold: number,
): FileSummary {
  const counts = new Array<number>(classes).fill(0);
  const summary = { empty: 0, sure: 0, known: 0, agreeing: 0 };
  predicted.forEach((label, row) => {
    if (label < 0) {
      summary.empty += 1;
      return;
    }
    counts[label] = (counts[label] ?? 0) + 1;
    if ((confidence[row] ?? 0) >= threshold) summary.sure += 1;
    if ((actual[row] ?? -1) < 0) return;
    summary.known += 1;
    if (actual[row] === label) summary.agreeing += 1;
  });
  return { counts, ...summary };
}

export interface LabelSetSummary {
  /** Rows that have each label. */
  readonly counts: readonly number[];
  readonly empty: number;
  /** Rows whose labels stand in the file itself, and those of them with the same set. */
  readonly known: number;
  readonly agreeing: number;
}

/** One pass over the rows of label sets. */
export function summarizeLabelSets(
  { predicted, values, truth }: Predictions,
  labels: number,
): LabelSetSummary {
  const counts = new Array<number>(labels).fill(0);
  const summary = { empty: 0, known: 0, agreeing: 0 };
  predicted.forEach((answer, row) => {
    if (answer < 0) {
      summary.empty += 1;
      return;
    }
    let isSame = true;
    let isKnown = true;
    for (let id = 0; id < labels; id += 1) {
      const isSaid = (values[row * labels + id] ?? 0) > labelThreshold;
      const own = truth[row * labels + id] ?? Number.NaN;
      counts[id] = (counts[id] ?? 0) + (isSaid ? 1 : 0);
      isKnown &&= !Number.isNaN(own);
      isSame &&= isSaid === (own === 1);
    }
    summary.known += isKnown ? 1 : 0;
    summary.agreeing += isKnown && isSame ? 1 : 0;
  });
  return { counts, ...summary };
}

export interface NumberSummary {
  /** Of the predictions of each target. */
  readonly targets: readonly { least: number; mean: number; most: number }[];
  readonly empty: number;
  /** Rows whose numbers stand in the file itself, and the error over them; null without any. */
  readonly known: number;
  readonly rmse: number | null;
}

/** One pass over the rows of a regression. */
export function summarizeNumbers(
  { predicted, values, truth }: Predictions,
  labels: number,
): NumberSummary {
  const targets = Array.from({ length: labels }, () => ({
    least: Number.POSITIVE_INFINITY,
    most: Number.NEGATIVE_INFINITY,
    sum: 0,
  }));
  const known: { guess: number[]; own: number[] } = { guess: [], own: [] };
  let empty = 0;
  predicted.forEach((answer, row) => {
    if (answer < 0) {
      empty += 1;
      return;
    }
    const guess = [...values.subarray(row * labels, (row + 1) * labels)];
    const own = [...truth.subarray(row * labels, (row + 1) * labels)];
    targets.forEach((target, id) => {
      const value = guess[id] ?? 0;
      target.least = Math.min(target.least, value);
      target.most = Math.max(target.most, value);
      target.sum += value;
    });
    if (own.some(Number.isNaN)) return;
    known.guess.push(...guess);
    known.own.push(...own);
  });
  const answered = predicted.length - empty;
  return {
    targets: targets.map(({ least, most, sum }) => ({ least, most, mean: sum / answered })),
    empty,
    known: known.own.length / labels,
    rmse: known.own.length === 0 ? null : regressionScores(known.guess, known.own, labels).rmse,
  };
}
