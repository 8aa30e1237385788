// Adds up where the time of updates goes, and says it after a few, after many, and at the end of the run.
import type { Performance } from "../config/events.ts";
import type { RunningBackend } from "../engine/backend.ts";
import type { CapturedSteps } from "../engine/capture/captured-steps.ts";
import type { Updater } from "../trainer/updater.ts";

/** One update, in milliseconds. */
interface UpdateTimes {
  readonly update: number;
  readonly batches: number;
  readonly issue: number;
  readonly tokens: number;
}

export interface PerformanceMeter {
  add(times: UpdateTimes): void;
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
  const sums = { update: 0, batches: 0, issue: 0, tokens: 0 };
  const counted = () => Math.max(0, seen - warmUp);
  return {
    add(times) {
      seen += 1;
      if (seen <= warmUp) return;
      for (const name of Object.keys(sums) as (keyof UpdateTimes)[]) sums[name] += times[name];
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
        tokensPerSecond: sums.update === 0 ? 0 : (1000 * sums.tokens) / sums.update,
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

const isMicroBatch = ({ key }: { readonly key: string }) => key.startsWith("train");
const dispatchesOf = ({ dispatches }: { readonly dispatches: number }) => dispatches;
