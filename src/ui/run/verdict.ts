// One sentence above the curves: what they mean, in words and with the figures that give it meaning. Rules, no guesses.
import { type EvaluationLogRow, isSmallerBetter, mainScore } from "../../config/events.ts";
import { createFold } from "../../lib/fold.ts";
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
  const explosion = findExplosion(run);
  if (explosion !== null && run.phase !== "completed") {
    const { low, now } = explosion;
    return {
      lead: words.diverging,
      figures: words.exploded(formatFixed(low, 3), formatFixed(now, 3)),
    };
  }
  const last = run.evaluationRows.at(-1);
  if (last === undefined) return beforeScoring(run);
  return run.phase === "completed" || run.phase === "stopped" ? atEnd(run) : onTheWay(run, last);
}

function beforeScoring(run: Run): Verdict {
  if (run.phase === "preparing") return { lead: words.preparing, figures: run.note ?? "" };
  const isOver = run.phase === "completed" || run.phase === "stopped";
  return { lead: isOver ? words.unscored : words.early, figures: words.earlyWords(run.step) };
}

function atEnd(run: Run): Verdict {
  const best = bestEvaluation(run);
  const rows = run.evaluationRows;
  if (best === null) return { lead: words.unscored, figures: words.earlyWords(run.step) };
  const figures = worth(run, best);
  if (overfitSince(run) !== null) return { lead: words.finishedOver(best.step), figures };
  // The best scoring is the last one of several, and clearly better than the one before: the run ended early.
  const before = rows.at(-2);
  const isRising =
    before !== undefined &&
    best === rows.at(-1) &&
    scoreOf(best) - scoreOf(before) > 0.002 &&
    isLower(best.eval_loss, before.eval_loss);
  return isRising
    ? { lead: words.finishedRising(best.step), figures: `${figures} ${words.moreEpochs}` }
    : { lead: words.finished(best.step), figures };
}

function onTheWay(run: Run, last: EvaluationLogRow): Verdict {
  const figures = worth(run, last);
  const rows = run.evaluationRows;
  const since = overfitSince(run);
  if (since !== null) {
    const { eval_loss: low, step } = since;
    const rise = words.overfit(formatFixed(low, 3), formatFixed(last.eval_loss, 3), step);
    const isKept = run.checkpoints.some((checkpoint) => checkpoint.step === run.bestSavedStep);
    const kept = isKept ? `${words.bestKept(run.bestSavedStep ?? 0)} ` : "";
    return { lead: words.overfitting, figures: `${rise} ${kept}${figures}` };
  }
  if (rows.length < 2) return { lead: words.early, figures };
  const rises = countRises(rows);
  if (rises > 0) return { lead: words.improving, figures: `${words.rose(rises)} ${figures}` };
  // A loss that still falls is progress that the score does not show yet.
  if (isLower(last.eval_loss, rows.at(-2)?.eval_loss)) {
    return { lead: words.improving, figures: `${words.lossFell} ${figures}` };
  }
  const best = bestEvaluation(run);
  const sinceBest = best === null ? 0 : rows.length - 1 - rows.indexOf(best);
  return sinceBest >= 2
    ? { lead: words.flat, figures: `${words.noGain(sinceBest)} ${figures}` }
    : { lead: words.improving, figures };
}

/** The score as a number of which more is better. */
const scoreOf = (row: EvaluationLogRow): number => {
  const { name, value } = mainScore(row);
  return (value ?? 0) * (isSmallerBetter(name) ? -1 : 1);
};

/** The score beside what it must beat. */
function worth(run: Run, row: EvaluationLogRow): string {
  const { name, value: score } = mainScore(row);
  const { baselines } = run;
  // What other metric the baselines have says nothing about this one.
  const known = baselines?.metric === name ? baselines : null;
  const floor =
    known === null
      ? null
      : {
          value: formatFixed(known.chance ?? known.majority, 2),
          how: words.floors[known.metric],
        };
  const counted = known?.wordCounts ?? null;
  return words.now(
    en.run.scoreNames[name],
    formatFixed(score ?? undefined, 3),
    floor,
    counted === null ? null : formatFixed(counted, 2),
  );
}

/** At how many scorings in a row, up to the last, the score rose. */
function countRises(rows: readonly EvaluationLogRow[]): number {
  let rises = 0;
  for (let index = rows.length - 1; index > 0; index -= 1) {
    const [before, after] = [rows[index - 1], rows[index]];
    if (before === undefined || after === undefined) break;
    if (scoreOf(after) <= scoreOf(before)) break;
    rises += 1;
  }
  return rises;
}

const isLower = (now: number | null | undefined, before: number | null | undefined) =>
  now != null && before != null && now < before;

/** The scoring since which the evaluation loss rose, twice in a row at least, while the training loss fell; or null. */
export function overfitSince(run: Run): EvaluationLogRow | null {
  const rows = run.evaluationRows;
  let first = rows.length - 1;
  while (first > 0 && isLower(rows[first - 1]?.eval_loss, rows[first]?.eval_loss)) first -= 1;
  const low = rows[first];
  if (low === undefined || rows.length - 1 - first < 2) return null;
  const until = run.trainRows.findLastIndex(({ step }) => step <= low.step) + 1;
  const before = mean(run.trainRows.slice(Math.max(0, until - ends), until));
  const after = mean(run.trainRows.slice(-ends));
  return before !== null && after !== null && after < before ? low : null;
}

/** Log rows that a judgement on the training loss needs at each of its ends. */
const ends = 5;

/**
 * A training loss that left where it was: its last values are half as high again as its lowest ones, and above those of the
 * start. Null while it did not.
 */
export function findExplosion(run: Run): { readonly low: number; readonly now: number } | null {
  const rows = run.trainRows;
  if (rows.length < 3 * ends) return null;
  const now = mean(rows.slice(-ends));
  const { start, low } = lowest(rows);
  if (now === null || start === null) return null;
  return now > low * 1.5 && now > start * 1.05 ? { low, now } : null;
}

interface Lowest {
  /** The mean of the first losses. */
  start: number | null;
  sum: number;
  /** The lowest mean of so many losses in a row. */
  low: number;
}

/** A running sum: a long run has 100,000 rows and is judged at each update. */
const lowest = createFold<Run["trainRows"][number], Lowest>(
  () => ({ start: null, sum: 0, low: Number.POSITIVE_INFINITY }),
  (state, { loss }, index, rows) => {
    if (index === 0) state.start = mean(rows.slice(0, ends));
    const start = state.start ?? 0;
    state.sum += (loss ?? start) - (index < ends ? 0 : (rows[index - ends]?.loss ?? start));
    if (index >= ends - 1) state.low = Math.min(state.low, state.sum / ends);
  },
);

function mean(rows: readonly { readonly loss: number | null }[]): number | null {
  const losses = rows.flatMap(({ loss }) => loss ?? []);
  return losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
