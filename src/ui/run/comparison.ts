// What the three runs of a comparison say about pretraining.
import { isSmallerBetter, mainScore } from "../../config/events.ts";
import type { RunRecord, TrainingMode } from "../../config/run-record.ts";
import { formatFixed } from "../../lib/format.ts";
import { bestEvaluation, isLive, type Run } from "../../state/run-state.ts";
import { en } from "../text/en.ts";

const words = en.comparison;

/** Runs of one comparison in their order: random weights first. One whose events are not read yet is only a record. */
export interface Compared {
  readonly record: RunRecord;
  readonly run: Run | null;
  readonly isQueued: boolean;
}

const order: readonly TrainingMode[] = ["scratch", "head", "full"];

/** The runs of a comparison among the stored, the loaded and the queued ones. */
export function comparedRuns(
  comparison: string,
  stored: readonly { readonly record: RunRecord }[],
  queue: readonly { readonly record: RunRecord }[],
  loaded: ReadonlyMap<string, Run>,
): Compared[] {
  const records = new Map(
    [...loaded.values(), ...stored, ...queue]
      .filter(({ record }) => record.comparison === comparison)
      .map(({ record }) => [record.id, record]),
  );
  const waiting = new Set(queue.map(({ record }) => record.id));
  return [...records.values()]
    .sort((a, b) => order.indexOf(a.mode) - order.indexOf(b.mode))
    .map((record) => ({
      record,
      run: loaded.get(record.id) ?? null,
      isQueued: waiting.has(record.id),
    }));
}

/** Best main score of a run; null before the first scoring. */
export const bestScore = (run: Run | null): number | null => {
  if (run === null) return null;
  const best = bestEvaluation(run);
  if (best !== null) return mainScore(best).value;
  const scores = run.evaluationRows.flatMap((row) => mainScore(row).value ?? []);
  if (scores.length === 0) return null;
  return hasError(run) ? Math.min(...scores) : Math.max(...scores);
};

/** Whether the run's main score is better where it is smaller. */
function hasError({ evaluationRows: [first] }: Run): boolean {
  return first !== undefined && isSmallerBetter(mainScore(first).name);
}

/** The difference that pretraining makes, in one sentence. */
export function judgeComparison(runs: readonly Compared[]): string {
  const scratch = runs.find(({ record }) => record.mode === "scratch");
  const base = bestScore(scratch?.run ?? null);
  const others = runs.flatMap(({ record, run }) => {
    const score = record.mode === "scratch" ? null : bestScore(run);
    return score === null ? [] : [{ name: words.names[record.mode], score }];
  });
  const isSmaller = runs.some(({ run }) => run !== null && hasError(run));
  const sign = isSmaller ? -1 : 1;
  const [first] = others.sort((a, b) => sign * (b.score - a.score));
  if (base === null || first === undefined) return words.early;
  const shown = [formatFixed(base, 3), formatFixed(first.score, 3)] as const;
  const gain = isSmaller
    ? words.nats(formatFixed(Math.log(base / first.score), 2))
    : words.points(formatFixed((first.score - base) * 100, 1));
  const sentence =
    sign * (first.score - base) > 0
      ? words.more(first.name, gain, ...shown)
      : words.less(first.name, ...shown);
  const isOver = runs.every(({ run, isQueued }) => !isQueued && run !== null && !isLive(run));
  return isOver ? sentence : `${words.unfinished} ${sentence}`;
}
