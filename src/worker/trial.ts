// A short trial of a run on this device: a few real updates and one real scoring, whose results are thrown away.
import type { RunRecord } from "../config/run-record.ts";
import type { SpeedFigures } from "../config/time-estimate.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { epochBatches } from "../data/sampler.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { StudioError } from "../lib/errors.ts";
import { createOptimizer } from "../trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer } from "../trainer/optimizers/optimizer.ts";
import { createUpdater, type Updater } from "../trainer/updater.ts";
import type { BaseModel } from "./base-model.ts";
import { createFeatureStore } from "./feature-cache.ts";
import { createGate } from "./macrotask.ts";
import { createRunModel, type RunModel } from "./run-model.ts";

interface TrialParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly prepared: PreparedDataset;
  readonly backend: RunningBackend;
  /** True once nobody wants the trial any more: it ends within one update. */
  isCancelled(): boolean;
}

const mostUpdates = 6;
const timeLimit = 1500; // milliseconds of timed updates

/** Measures. Throws a StudioError where it was cancelled. */
export async function runTrial(parts: TrialParts): Promise<SpeedFigures> {
  const { record, base, prepared } = parts;
  const args = record.arguments;
  const own = createGate();
  const gate = {
    async pass() {
      await own.pass();
      if (parts.isCancelled()) throw new StudioError("The trial was cancelled.");
    },
  };
  const size = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  const train = prepared.train.slice(0, size * (mostUpdates + 1));
  const evaluation = prepared.evaluation.slice(0, args.per_device_eval_batch_size * 2);
  const rows = prepared.train.length + prepared.evaluation.length;
  const sampled = train.length + evaluation.length;
  const few = { ...prepared, train, evaluation };
  const start = performance.now();
  const model = await createRunModel(
    { record, base, backend: parts.backend, prepared: few, features: createFeatureStore(), gate },
    () => {},
  );
  const preparation = ((performance.now() - start) * rows) / Math.max(1, sampled);
  const rule = createOptimizer(args);
  const state = initOptimizer(rule, model.trainable);
  const updater = createUpdater({
    trainable: model.trainable,
    rule,
    state,
    steps: model.steps,
    settings: {
      objective: model.objective,
      weightDecay: args.weight_decay,
      maxGradNorm: args.max_grad_norm,
    },
  });
  try {
    const update = await timeUpdates(record, model, updater, gate);
    const before = performance.now();
    if (evaluation.length > 0) await model.evaluate(() => gate.pass());
    const each = (performance.now() - before) / Math.max(1, evaluation.length);
    return {
      update,
      evaluation: each * prepared.evaluation.length,
      preparation,
      save: null,
      run: null,
    };
  } finally {
    updater.dispose();
    disposeOptimizer(state);
    model.dispose();
  }
}

/** Milliseconds of an update. The first one is left out: kernels are compiled and memory is asked for in it. */
async function timeUpdates(
  { arguments: args }: RunRecord,
  model: RunModel,
  updater: Updater,
  gate: { pass(): Promise<void> },
): Promise<number> {
  const batches = epochBatches(args, model.trainLengths, 0);
  const accumulation = args.gradient_accumulation_steps;
  let timed = 0;
  let spent = 0;
  for (let update = 0; update <= mostUpdates && spent < timeLimit; update += 1) {
    const own = batches.slice(update * accumulation, (update + 1) * accumulation);
    if (own.length === 0) break;
    const before = performance.now();
    await updater.step(model.trainBatches(own).microBatches, args.learning_rate);
    const duration = performance.now() - before;
    await gate.pass();
    // One update is better than none where there is no second one.
    if (update === 0 && batches.length > accumulation && duration < timeLimit) continue;
    spent += duration;
    timed += 1;
  }
  return timed === 0 ? 0 : spent / timed;
}
