// Adds up where the time of updates goes, and says it after a few, after many, and at the end of the run.
import type { Performance } from "../config/events.ts";
import type { RunningBackend } from "../engine/backend.ts";
import type { CapturedSteps } from "../engine/capture/captured-steps.ts";
import { countOperations, type ModelProducts } from "../trainer/operations.ts";
import type { Updater } from "../trainer/updater.ts";
import {
  countTokens,
  newTokenCount,
  paddingShare,
  type TokenBatches,
  type TokenCount,
} from "./token-count.ts";

/** Parts of an update, in milliseconds. */
interface UpdateTimes {
  readonly update: number;
  readonly batches: number;
  readonly issue: number;
}

interface MeasuredUpdate {
  readonly times: UpdateTimes;
  readonly batches: TokenBatches;
  /** Rows of the data set in them, or packed ones. */
  readonly rows: number;
  /** Nothing was compiled, recorded or checked meanwhile. */
  readonly isSteady: boolean;
}

type Steps = Pick<CapturedSteps, "report" | "preparation" | "bytes">;

/** Updates that the speed of the moment is the mean of. */
const recentUpdates = 20;

export interface PerformanceMeter {
  add(update: MeasuredUpdate): void;
  /** Over the newest updates, of them the steady ones where there is one: rows, and tokens without padding, a second; share of padding. */
  recent(): { rowsPerSecond: number; tokensPerSecond: number; paddingShare: number };
  /** The means so far, of steady updates where there was one; null before the first update that counts. */
  read(): Performance | null;
  /** True where so many updates are worth a report. */
  readonly isDue: boolean;
}

/** Updates at the start that do not count: caches are cold and memory is asked for in them. */
const warmUp = 2;

interface Sums {
  updates: number;
  readonly times: Record<keyof UpdateTimes, number>;
  readonly tokens: TokenCount;
  operations: number;
}

/** `all` counts the tokens of all updates, also those of earlier sessions, and is added to. */
export function createPerformanceMeter(
  { backend, adapter, reason: chosen, pins }: RunningBackend,
  updater: Pick<Updater, "reason">,
  { steps, products }: { readonly steps: Steps | undefined; readonly products: ModelProducts },
  all: TokenCount,
): PerformanceMeter {
  let seen = 0;
  const [steady, others] = [newSums(), newSums()];
  const newest: MeasuredUpdate[] = [];
  const counted = () => (steady.updates > 0 ? steady : others);
  return {
    add(update) {
      const { times, batches, isSteady } = update;
      seen += 1;
      countTokens(all, batches);
      newest.push(update);
      if (newest.length > recentUpdates) newest.shift();
      if (seen <= warmUp) return;
      const sums = isSteady ? steady : others;
      sums.updates += 1;
      for (const name of Object.keys(times) as (keyof UpdateTimes)[]) {
        sums.times[name] += times[name];
      }
      countTokens(sums.tokens, batches);
      sums.operations += countOperations(products, batches);
    },
    recent() {
      const isAny = newest.some(({ isSteady }) => isSteady);
      const own = newest.filter(({ isSteady }) => isSteady === isAny);
      const count = newTokenCount();
      for (const { batches } of own) countTokens(count, batches);
      const time = own.reduce((sum, each) => sum + each.times.update, 0);
      const rows = own.reduce((sum, each) => sum + each.rows, 0);
      return {
        rowsPerSecond: perSecond(rows, time),
        tokensPerSecond: perSecond(count.tokens, time),
        paddingShare: paddingShare(count) ?? 0,
      };
    },
    get isDue() {
      const { updates } = counted();
      return updates > 0 && Number.isInteger(Math.log10(updates));
    },
    read() {
      const { updates, times, tokens, operations } = counted();
      if (updates === 0) return null;
      return {
        updates,
        isSteady: counted() === steady,
        update: times.update / updates,
        batches: times.batches / updates,
        issue: times.issue / updates,
        tokensPerSecond: perSecond(tokens.tokens, times.update),
        operationsPerSecond: perSecond(operations, times.update),
        paddingShare: paddingShare(all) ?? 0,
        ...{ backend, adapter, chosen, kernels: pins.kernels, threads: pins.threads },
        reason: updater.reason,
        gpu: steps === undefined ? null : gpuFigures(steps),
      };
    },
  };
}

const newSums = (): Sums => ({
  updates: 0,
  times: { update: 0, batches: 0, issue: 0 },
  tokens: newTokenCount(),
  operations: 0,
});

const perSecond = (count: number, milliseconds: number) =>
  milliseconds === 0 ? 0 : (1000 * count) / milliseconds;

/** What an update asks of the GPU. Kinds of micro-batches differ in their length alone: the largest stands for all. */
function gpuFigures({ report, preparation, bytes }: Steps): NonNullable<Performance["gpu"]> {
  const training = report.filter(({ key }) => !key.startsWith("evaluate"));
  const largest = (isMicroBatch: boolean) =>
    training
      .filter(({ key }) => key.startsWith("train") === isMicroBatch)
      .reduce<(typeof training)[number] | null>(
        (most, each) => (each.dispatches > (most?.dispatches ?? 0) ? each : most),
        null,
      );
  const parts = [largest(true), largest(false)];
  const foreign: Record<string, number> = {};
  for (const [name, count] of parts.flatMap((part) => Object.entries(part?.foreign ?? {}))) {
    foreign[name] = (foreign[name] ?? 0) + count;
  }
  return {
    dispatches: parts.reduce((sum, part) => sum + (part?.dispatches ?? 0), 0),
    foreign,
    preparation: { ...preparation },
    planBytes: bytes,
    steps: report.map(({ key, dispatches, reason }) => ({ key, dispatches, reason })),
  };
}
