// The updates of a run: makes their micro-batches, smaller ones where the GPU's memory runs out, and measures where the time goes.
import type { RunEventBody } from "../config/events.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { createBatchParts } from "../trainer/batch-parts.ts";
import type { TrainParts, TrainProgress } from "../trainer/train.ts";
import type { Updater } from "../trainer/updater.ts";
import { createPerformanceMeter } from "./performance-meter.ts";
import type { TrainedModel } from "./run-task.ts";

interface UpdateParts {
  readonly model: TrainedModel;
  readonly updater: Updater;
  readonly backend: RunningBackend;
  /** Rows of a micro-batch, as long as memory lets them be; the progress remembers what it lets. */
  readonly rows: number;
  readonly progress: TrainProgress;
  /** Closed while the run is paused. */
  readonly gate: { readonly isClosed: boolean; pass(): Promise<void> };
  report(event: RunEventBody): void;
}

type Batches = readonly (readonly number[])[];

/** Milliseconds between two words about programs that are compiled. */
const tellEvery = 250;

/** What the loop asks for an update, and what tells where the time of updates went so far. */
export function createRunUpdates(own: UpdateParts) {
  const { model, updater, backend, progress, gate, report } = own;
  const parts = createBatchParts(own.rows, progress.partRows);
  const meter = createPerformanceMeter(backend, updater, model, progress.seenTokens);
  /** A point in time, and what was prepared for captured steps until then. */
  const mark = () => ({ time: performance.now(), changes: model.steps?.changes });
  let lastEnd: ReturnType<typeof mark> | undefined;
  const tellPerformance = () => {
    const performance = meter.read();
    if (performance !== null) report({ type: "performanceMeasured", performance });
  };
  /** An update's micro-batches, and how to get smaller ones. */
  const batchesOf = (batches: Batches, step: number) => {
    let rows = parts.rows;
    let update = model.trainBatches(parts.cut(batches), step);
    return {
      get update() {
        return update;
      },
      makeSmaller() {
        // Another update may have made the parts smaller already.
        if (rows === parts.rows) {
          if (!parts.halve()) return null;
          const message = `The GPU has not enough memory for ${rows} rows at a time: from here each update goes through its rows ${parts.rows} at a time. The effective batch stays the same.`;
          progress.partRows = parts.rows;
          report({ type: "warned", message });
        }
        rows = parts.rows;
        update = model.trainBatches(parts.cut(batches), step);
        return update.microBatches;
      },
    };
  };
  const ofLoop: Pick<TrainParts, "depth" | "warmUp" | "trainStep"> = {
    depth: updater.depth,
    async warmUp(batches, step) {
      if (updater.prepare !== undefined) {
        const { update, makeSmaller } = batchesOf(batches, step);
        const tell = createTeller(own);
        await updater.prepare(update.microBatches, {
          makeSmaller,
          tell(done, total) {
            if (done === total) tell("Recording the first update");
            else tell(`Compiling GPU programs: ${done} of ${total}`, done > 0);
          },
        });
      }
      await gate.pass();
      report({ type: "phaseChanged", phase: "training" });
    },
    async trainStep(batches, learningRate, step) {
      const asked = mark();
      const made = batchesOf(batches, step);
      const beforeStep = performance.now();
      const result = await updater.step(made.update.microBatches, learningRate, made.makeSmaller);
      const { tokenBatches, flos, tokens } = made.update;
      const end = mark();
      // The one before may have been under way at the same time.
      const start = lastEnd !== undefined && lastEnd.time > asked.time ? lastEnd : asked;
      lastEnd = end;
      const time = end.time - start.time;
      meter.add({
        times: {
          update: time,
          batches: beforeStep - asked.time,
          issue: updater.takeIssueTime() ?? end.time - beforeStep,
        },
        batches: tokenBatches,
        rows: batches.reduce((sum, batch) => sum + batch.length, 0),
        // Also the next update's preparation takes time from this one.
        isSteady: start.changes === end.changes,
      });
      if (meter.isDue) tellPerformance();
      backend.throwIfFailed();
      await model.afterUpdate?.(made.update, result.hits);
      return { ...result, flos, tokens };
    },
  };
  return { ofLoop, meter, tellPerformance };
}

/** Tells what is being prepared; what may wait is left out where the last word is fresh. */
function createTeller({ gate, report }: UpdateParts) {
  let last = Number.NEGATIVE_INFINITY;
  return (note: string, mayWait = false) => {
    const now = performance.now();
    // What is paused stays told as paused.
    if (gate.isClosed || (mayWait && now - last < tellEvery)) return;
    last = now;
    report({ type: "phaseChanged", phase: "preparing", note });
  };
}
