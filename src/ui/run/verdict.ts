// One sentence above the curves: what they mean, in words and with the figures that give it meaning.
import { type EvaluationLogRow, mainScore } from "../../config/events.ts";
import { formatFixed } from "../../lib/format.ts";
import { bestEvaluation, type Run } from "../../state/run-state.ts";
import { en } from "../text/en.ts";

const words = en.run.verdict;

export interface Verdict {
  /** The judgement. */
  readonly lead: string;
  /** The figures behind it. */
  readonly figures: string;
}

/** What the curves say so far. */
export function judge(run: Run): Verdict {
  if (run.phase === "failed") return { lead: words.failed, figures: run.error?.message ?? "" };
  const best = bestEvaluation(run);
  const last = run.evaluationRows.at(-1);
  if (last === undefined) return beforeScoring(run);
  const isOver = run.phase === "completed" || run.phase === "stopped";
  if (isOver && best !== null) {
    return { lead: words.finished(best.step), figures: figuresOf(run, best) };
  }
  return { lead: trend(run), figures: figuresOf(run, last) };
}

function beforeScoring(run: Run): Verdict {
  if (run.phase === "preparing") return { lead: words.preparing, figures: run.note ?? "" };
  const isOver = run.phase === "completed" || run.phase === "stopped";
  return { lead: isOver ? words.unscored : words.early, figures: words.earlyWords(run.step) };
}

function figuresOf(run: Run, row: EvaluationLogRow): string {
  const { name, value } = mainScore(row);
  const shown = (value: number | undefined) => (value === undefined ? null : formatFixed(value, 2));
  const { baselines } = run;
  const sentence = words.now(
    en.run.scoreNames[name],
    formatFixed(value ?? undefined, 3),
    shown(baselines?.chance),
    shown(baselines?.wordCounts),
  );
  if (!isOverfitting(run) || run.phase === "completed") return sentence;
  return run.checkpoints.length === 0
    ? `${words.overfittingWords} ${sentence}`
    : `${words.overfittingWords} ${words.bestKept} ${sentence}`;
}

function trend(run: Run): string {
  const rows = run.evaluationRows;
  if (isOverfitting(run)) return words.overfitting;
  if (rows.length < 2) return words.early;
  const best = bestEvaluation(run);
  const sinceBest = best === null ? 0 : rows.length - 1 - rows.indexOf(best);
  const [before, last] = rows.slice(-2).map((row) => row.eval_loss);
  // A loss that still falls is progress that accuracy does not show yet.
  const isLossFalling = before != null && last != null && last < before;
  return sinceBest >= 2 && !isLossFalling ? words.flat : words.improving;
}

/** The evaluation loss has risen at each of the last two scorings while the training loss fell. */
export function isOverfitting(run: Run): boolean {
  const [third, second, first] = run.evaluationRows.slice(-3).map((row) => row.eval_loss);
  if (third == null || second == null || first == null) return false;
  const since = run.evaluationRows.at(-3)?.step ?? 0;
  const before = mean(run.trainRows.filter(({ step }) => step <= since).slice(-5));
  const after = mean(run.trainRows.slice(-5));
  return second > third && first > second && before !== null && after !== null && after < before;
}

function mean(rows: readonly { readonly loss: number | null }[]): number | null {
  const losses = rows.flatMap(({ loss }) => loss ?? []);
  return losses.length === 0 ? null : losses.reduce((a, b) => a + b, 0) / losses.length;
}
