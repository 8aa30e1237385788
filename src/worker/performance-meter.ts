// Adds up where the time of updates goes, and says it after a few, after many, and at the end of the run.
import type { Performance } from "../config/events.ts";
import type { RunningBackend } from "../engine/backend.ts";
import type { CapturedSteps } from "../engine/capture/captured-steps.ts";
import type { Updater } from "../trainer/updater.ts";
import { countTokens, newTokenCount, paddingShare, type TokenBatches } from "./token-count.ts";

/** One update, in milliseconds. */
interface UpdateTimes {
  readonly update: number;
  readonly batches: number;
  readonly issue: number;
}

/** Updates that the speed of the moment is the mean of. */
const recentUpdates = 20;

export interface PerformanceMeter {
  add(times: UpdateTimes, batches: TokenBatches): void;
  /** Over the newest updates: tokens a second without padding, and the share of padding. */
  recent(): { tokensPerSecond: number; paddingShare: number };
  /** The means so far; null before the first update that counts. */
  read(): Performance | null;
  /** True where so many updates are worth a report. */
  readonly isDue: boolean;
}

/** Updates at the start that do not count: kernels are compiled and memory is asked for in them. */
const warmUp = 2;

export function createPerformanceMeter(
  { backend, adapter, pins }: RunningBackend,
  updater: Pick<Updater, "reason">,
  steps: CapturedSteps | undefined,
): PerformanceMeter {
  let seen = 0;
  const sums = { update: 0, batches: 0, issue: 0 };
  const timed = newTokenCount();
  const all = newTokenCount();
  const recent: { readonly time: number; readonly batches: TokenBatches }[] = [];
  const counted = () => Math.max(0, seen - warmUp);
  return {
    add(times, batches) {
      seen += 1;
      countTokens(all, batches);
      recent.push({ time: times.update, batches });
      if (recent.length > recentUpdates) recent.shift();
      if (seen <= warmUp) return;
      for (const name of Object.keys(sums) as (keyof UpdateTimes)[]) sums[name] += times[name];
      countTokens(timed, batches);
    },
    recent() {
      const count = newTokenCount();
      for (const { batches } of recent) countTokens(count, batches);
      return {
        tokensPerSecond: perSecond(
          count,
          recent.reduce((sum, { time }) => sum + time, 0),
        ),
        paddingShare: paddingShare(count) ?? 0,
      };
    },
    get isDue() {
      return counted() > 0 && Number.isInteger(Math.log10(counted()));
    },
    read() {
      const updates = counted();
      if (updates === 0) return null;
      const report = steps?.report ?? [];
      const training = report.filter(({ key }) => !key.startsWith("evaluate"));
      return {
        updates,
        update: sums.update / updates,
        batches: sums.batches / updates,
        issue: sums.issue / updates,
        tokensPerSecond: perSecond(timed, sums.update),
        paddingShare: paddingShare(all) ?? 0,
        ...{ backend, adapter, kernels: pins.kernels, threads: pins.threads },
        reason: updater.reason,
        gpu:
          steps === undefined
            ? null
            : {
                // Kinds of micro-batches differ in their length alone: the largest stands for all.
                dispatches:
                  Math.max(0, ...training.filter(isMicroBatch).map(dispatchesOf)) +
                  Math.max(0, ...training.filter((each) => !isMicroBatch(each)).map(dispatchesOf)),
                planBytes: steps.bytes,
                steps: [...report],
              },
      };
    },
  };
}

const perSecond = ({ tokens }: { readonly tokens: number }, milliseconds: number) =>
  milliseconds === 0 ? 0 : (1000 * tokens) / milliseconds;

const isMicroBatch = ({ key }: { readonly key: string }) => key.startsWith("train");
const dispatchesOf = ({ dispatches }: { readonly dispatches: number }) => dispatches;
