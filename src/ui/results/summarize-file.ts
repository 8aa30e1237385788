// Counts over a predicted file.
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
