// Early stopping, as transformers' EarlyStoppingCallback counts.
import type { TrainingArguments } from "../config/training-arguments.ts";
import type { Best } from "./best-model.ts";

/**
 * Scores in a row without a gain, a new one counted. A gain is strictly better than the best score and differs from it by
 * more than the threshold. The first score never counts. The best score itself moves on without the threshold, so small
 * steady gains still end a run.
 */
export function scoresWithoutGain(
  { early_stopping_threshold }: Pick<TrainingArguments, "early_stopping_threshold">,
  { best, scoresWithoutGain }: { best: Best | null; scoresWithoutGain: number },
  metric: number,
  greaterIsBetter: boolean,
): number {
  if (best === null) return 0;
  const isBetter = greaterIsBetter ? metric > best.metric : metric < best.metric;
  const isGain = isBetter && Math.abs(metric - best.metric) > early_stopping_threshold;
  return isGain ? 0 : scoresWithoutGain + 1;
}
