// A short trial of a run on this device: a few real updates and one real scoring, whose results are thrown away.
import { spreadOf } from "../config/device-benchmark.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { SpeedFigures } from "../config/time-estimate.ts";
import type { RenderChats } from "../data/chat-template.ts";
import { epochBatches } from "../data/sampler.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { StudioError } from "../lib/errors.ts";
import { createOptimizer } from "../trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer } from "../trainer/optimizers/optimizer.ts";
import { createUpdater, type Updater } from "../trainer/updater.ts";
import type { BaseModel } from "./base-model.ts";
import { classificationTaskOf } from "./classification-task.ts";
import { createFeatureStore, type FeatureStore } from "./feature-cache.ts";
import { encodeRecords, fitLanguage } from "./language-data.ts";
import { languageTask } from "./language-task.ts";
import { createGate } from "./macrotask.ts";
import { readChosen, readLanguage } from "./read-chosen.ts";
import type { TrainedModel } from "./run-task.ts";

interface TrialParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly backend: RunningBackend;
  readonly features: FeatureStore;
  readonly render: RenderChats;
  /** True once nobody wants the trial any more: it ends within one update. */
  isCancelled(): boolean;
}

const mostUpdates = 6;
const timeLimit = 1500; // milliseconds of timed updates

/**
 * Measures. Throws a StudioError where it was cancelled.
 * @param most milliseconds of timed updates, where nothing but updates is to be tried.
 */
export async function runTrial(
  parts: TrialParts,
  most: number | null = null,
): Promise<SpeedFigures> {
  const { record } = parts;
  const own = createGate();
  const gate = {
    async pass() {
      await own.pass();
      if (parts.isCancelled()) throw new StudioError("The trial was cancelled.");
    },
  };
  const start = performance.now();
  const { task, share, evaluationRows } = await sampleTask(parts, gate);
  const model = await task.createModel(() => {}, gate);
  const preparation = (performance.now() - start) / share;
  const args = record.arguments;
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
    const limit = most ?? timeLimit;
    const update = await timeUpdates(record, model, updater, { gate, limit });
    const before = performance.now();
    if (task.evaluationRows > 0 && most === null) await model.evaluate(() => gate.pass());
    const each = (performance.now() - before) / Math.max(1, task.evaluationRows);
    return { update, evaluation: each * evaluationRows, preparation, save: null, run: null };
  } finally {
    updater.dispose();
    disposeOptimizer(state);
    model.dispose();
  }
}

/** The run's task with some of its rows, and which share of all they are. */
async function sampleTask(parts: TrialParts, gate: { pass(): Promise<void> }) {
  const { record, base, render } = parts;
  const args = record.arguments;
  const size = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  const sample = <Row>({
    train,
    evaluation,
  }: {
    train: readonly Row[];
    evaluation: readonly Row[];
  }) => ({
    train: train.slice(0, size * (mostUpdates + 1)),
    evaluation: evaluation.slice(0, args.per_device_eval_batch_size * 2),
  });
  const { dataset } = record;
  if (dataset.language === null) {
    const prepared = await readChosen(dataset);
    const few = sample(prepared);
    const task = classificationTaskOf(
      { ...parts, features: createFeatureStore() },
      { ...prepared, ...few },
    );
    return { task, ...shareOf(prepared, few) };
  }
  const { language } = dataset;
  const prepared = await readLanguage(dataset, language);
  const few = sample(prepared);
  const encoded = await encodeRecords(
    { choice: dataset, language, base, render, gate },
    { ...prepared, ...few },
  );
  const data = fitLanguage(encoded, args.max_length);
  return { task: languageTask({ ...parts, data }), ...shareOf(prepared, few) };
}

interface Parts {
  readonly train: readonly unknown[];
  readonly evaluation: readonly unknown[];
}

const shareOf = (all: Parts, few: Parts) => ({
  share:
    Math.max(1, few.train.length + few.evaluation.length) /
    Math.max(1, all.train.length + all.evaluation.length),
  evaluationRows: all.evaluation.length,
});

/**
 * Milliseconds of an update: the median, as other work of the device may hold one of these few up for long. The first one is left out,
 * and the preparation of steps: a longer run has few of them.
 */
async function timeUpdates(
  { arguments: args }: RunRecord,
  model: TrainedModel,
  updater: Updater,
  { gate, limit }: { readonly gate: { pass(): Promise<void> }; readonly limit: number },
): Promise<number> {
  const batches = epochBatches(args, model.trainLengths, 0);
  const accumulation = args.gradient_accumulation_steps;
  const times: number[] = [];
  let spent = 0;
  for (let update = 0; update <= mostUpdates && spent < limit; update += 1) {
    const own = batches.slice(update * accumulation, (update + 1) * accumulation);
    if (own.length === 0) break;
    const prepared = model.steps?.preparation.time ?? 0;
    const before = performance.now();
    await updater.step(model.trainBatches(own).microBatches, args.learning_rate);
    const preparation = (model.steps?.preparation.time ?? 0) - prepared;
    const duration = performance.now() - before - preparation;
    await gate.pass();
    // One update is better than none where there is no second one.
    if (update === 0 && batches.length > accumulation && duration < limit) continue;
    spent += duration;
    times.push(duration);
  }
  return times.length === 0 ? 0 : spreadOf(times).median;
}
