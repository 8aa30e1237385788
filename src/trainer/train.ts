// The training loop. It owns no clock, no worker and no storage: it yields what happened and the caller decides.
import { endsEpoch, isEvaluationDue, isSaveDue } from "../config/due.ts";
import type { EvaluationLogRow, LogRow, SummaryLogRow, TrainLogRow } from "../config/events.ts";
import { checkpointsToDelete } from "../config/rotation.ts";
import { learningRateAt } from "../config/schedule.ts";
import { epochAfter, type StepPlan } from "../config/step-arithmetic.ts";
import {
  bestMetric,
  isGreaterBetter,
  type TrainingArguments,
} from "../config/training-arguments.ts";
import { StudioError } from "../lib/errors.ts";
import { type Best, betterOf } from "./best-model.ts";
import { scoresWithoutGain } from "./early-stopping.ts";
import { afterScore, type MetricSchedule, newMetricSchedule } from "./metric-schedule.ts";
import type { Metrics } from "./metrics.ts";

/** All that the loop carries from step to step. Saved with each checkpoint, so that a resumed run logs the same rows. */
export interface TrainProgress {
  globalStep: number;
  best: Best | null;
  /** Step of the best saved checkpoint: `best_model_checkpoint`. */
  bestSavedStep: number | null;
  /** Steps of the checkpoints that exist. */
  savedSteps: readonly number[];
  logHistory: readonly LogRow[];
  /** Sum of all update losses. */
  lossSum: number;
  /** Sum of update losses since the last log row. */
  windowLossSum: number;
  /** Step of the last log row. */
  windowStart: number;
  totalFlos: number;
  /** Figures of the newest update, for the next log row: not an average, as in the Trainer. */
  gradNorm: number;
  learningRate: number;
  /** Seconds of training so far, over all sessions, pauses left out. */
  elapsed: number;
  /** Tokens seen, counted as `include_num_input_tokens_seen` says. */
  inputTokensSeen: number;
  /** Scores in a row that were no gain, for early stopping. */
  scoresWithoutGain: number;
  /** Early stopping has ended the run. */
  stoppedEarly: boolean;
  /** State of a schedule that listens to the scores; null for every other one, and before the first update. */
  metricSchedule: MetricSchedule | null;
  /** The newest update ended an epoch, and what happens at its end has not happened yet. */
  epochEndPending: boolean;
  /** Step of a checkpoint that only a stop made. It counts for nothing, and the next save takes its place: a run that was stopped ends as one that was not. */
  stopSave: number | null;
  /** Save at each new best, also where no save is due: the studio's own extension. */
  savesNewBest: boolean;
  /** Rows that go through the model at a time where the GPU's memory lets no whole micro-batch through; null where it does. */
  partRows: number | null;
  /** Over all updates, also those of earlier sessions: tokens that are not padding, and the batches' places for them. */
  seenTokens: { tokens: number; places: number };
}

/** A run before its first step. */
export const newProgress = (): TrainProgress => ({
  globalStep: 0,
  best: null,
  bestSavedStep: null,
  savedSteps: [],
  logHistory: [],
  lossSum: 0,
  windowLossSum: 0,
  windowStart: 0,
  totalFlos: 0,
  gradNorm: 0,
  learningRate: 0,
  elapsed: 0,
  inputTokensSeen: 0,
  scoresWithoutGain: 0,
  stoppedEarly: false,
  metricSchedule: null,
  epochEndPending: false,
  stopSave: null,
  savesNewBest: false,
  partRows: null,
  seenTokens: { tokens: 0, places: 0 },
});

/** Step of the checkpoint to take as the best: a stop may have saved a better one than the schedule did. */
export const bestCheckpointStep = ({ best, stopSave, bestSavedStep }: TrainProgress) =>
  stopSave !== null && best?.step === stopSave ? stopSave : bestSavedStep;

/** What the loop is made of. Every part can be replaced: a test hands in three one-line fakes. */
export interface TrainParts {
  readonly args: TrainingArguments;
  readonly plan: StepPlan;
  readonly progress: TrainProgress;
  /** Rows of each batch of an epoch (from 0), in order. */
  batchesOfEpoch(epoch: number): readonly (readonly number[])[];
  /** Whatever must be done once before the first update, of which these are the batches. No figure of speed counts its time. */
  warmUp?(batches: readonly (readonly number[])[], step: number): Promise<void>;
  /**
   * One update over its batches. `flos` is the update's floating-point operations, `tokens` those of its input, as the arguments count
   * them.
   */
  trainStep(
    batches: readonly (readonly number[])[],
    learningRate: number,
    /** Updates done before it. */
    step: number,
  ): Promise<{ loss: number; gradNorm: number; flos: number; tokens: number }>;
  /** Updates that may be under way at once; 1 where it is not given. With 2 a GPU need not wait for the loss of the one before. */
  readonly depth?: number;
  /** What a log row says besides the loss, over the updates since the last one. */
  logFigures?(): Partial<TrainLogRow>;
  /** Scores the held-out rows. */
  evaluate(): Promise<{ loss: number; metrics: Metrics; rows: number; batches: number }>;
  /** `stop` ends the run after the update, with a save. */
  readonly control: { readonly stop: boolean };
  /** Seconds, from any start. */
  now(): number;
  /** A macrotask: messages get through meanwhile. It may wait as long as it likes: that is pause. */
  nextTask(): Promise<void>;
}

export type TrainEvent =
  | {
      type: "step";
      step: number;
      epoch: number;
      loss: number;
      gradNorm: number;
      learningRate: number;
    }
  | { type: "log"; row: TrainLogRow }
  | { type: "evaluating"; step: number }
  | { type: "evaluation"; row: EvaluationLogRow; isBest: boolean }
  /** The best score so far is of a step at which no save is due: its weights are not kept. */
  | { type: "bestNotSaved"; step: number; metric: number }
  /** The caller writes a checkpoint of this step before it asks for the next event. */
  | { type: "save"; step: number; epoch: number }
  /** The caller deletes this checkpoint: the new one is durable. */
  | { type: "delete"; step: number }
  | { type: "epochEnd"; epoch: number; step: number }
  /** Early stopping ends the run: so many scores in a row were no gain. */
  | { type: "stopEarly"; step: number; scores: number }
  | { type: "end"; row: SummaryLogRow; stopped: boolean };

/**
 * Runs from `progress.globalStep` to the end and yields in the Trainer's order: step, log, evaluation, save, deletions.
 * Throws a StudioError after a loss or gradient that is not finite; nothing saved before is touched.
 */
export async function* train(parts: TrainParts): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress, control } = parts;
  const clock = startClock(parts);
  progress.metricSchedule ??= newMetricSchedule(args);
  if (args.eval_on_start && progress.logHistory.length === 0) yield* score(parts, "start");
  // What a kill cut off after the checkpoint that the run goes on from.
  yield* rotate(parts);
  if (progress.epochEndPending) yield* endEpoch(parts, clock);
  let isWarm = false;
  while (progress.globalStep < plan.maxSteps && !hasEnded(parts)) {
    const epoch = Math.floor(progress.globalStep / plan.updatesPerEpoch);
    const batches = parts.batchesOfEpoch(epoch);
    if (!isWarm) {
      isWarm = true;
      clock.tick();
      await parts.warmUp?.(nextBatches(parts, epoch, batches), progress.globalStep);
      clock.skip();
    }
    yield* trainEpoch(parts, epoch, batches, clock);
  }
  if (control.stop) yield* saveOnStop(parts);
  clock.tick();
  const runtime = progress.elapsed;
  const row: SummaryLogRow = {
    epoch: epochAfter(plan, args, progress.globalStep),
    step: progress.globalStep,
    total_flos: progress.totalFlos,
    train_loss: progress.globalStep === 0 ? 0 : progress.lossSum / progress.globalStep,
    train_runtime: seconds(runtime),
    train_samples_per_second: perSecond(plan.trainSamples, runtime),
    train_steps_per_second: perSecond(plan.maxSteps, runtime),
    ...tokenCount(parts),
  };
  progress.logHistory = [...progress.logHistory, row];
  const stopped = progress.globalStep < plan.maxSteps && !progress.stoppedEarly;
  yield { type: "end", row, stopped };
}

/** The user or early stopping has ended the run. */
const hasEnded = ({ control, progress }: TrainParts) => control.stop || progress.stoppedEarly;

/** `num_input_tokens_seen`, where the arguments ask for it. */
const tokenCount = ({ args, progress }: TrainParts) =>
  args.include_num_input_tokens_seen === "no"
    ? {}
    : { num_input_tokens_seen: progress.inputTokensSeen };

/** As the Trainer adds to its log rows where tokens are counted: how long it trains, and how fast. */
const tokenSpeed = ({ args, progress }: TrainParts) =>
  args.include_num_input_tokens_seen === "no"
    ? {}
    : {
        train_runtime: seconds(progress.elapsed),
        train_tokens_per_second: perSecond(progress.inputTokensSeen, progress.elapsed),
      };

async function* trainEpoch(
  parts: TrainParts,
  epoch: number,
  batches: readonly (readonly number[])[],
  clock: Clock,
): AsyncGenerator<TrainEvent, void, void> {
  const { plan, progress } = parts;
  const firstUpdate = progress.globalStep - epoch * plan.updatesPerEpoch;
  const underWay: Update[] = [];
  for (let update = firstUpdate; update < plan.updatesPerEpoch; update += 1) {
    const next = progress.globalStep + underWay.length;
    if (next >= plan.maxSteps || hasEnded(parts)) break;
    underWay.push(begin(parts, nextBatches(parts, epoch, batches, next), next));
    // What reads weights or ends the epoch waits for the update before it.
    const most = isBarrier(parts, next + 1) ? 0 : (parts.depth ?? 1) - 1;
    while (underWay.length > most) yield* settle(parts, underWay, clock);
    clock.tick();
    await parts.nextTask();
    clock.skip();
  }
  while (underWay.length > 0) yield* settle(parts, underWay, clock);
}

/** Those of an epoch that the update after `done` updates takes. */
function nextBatches(
  { args, plan, progress }: TrainParts,
  epoch: number,
  batches: readonly (readonly number[])[],
  done = progress.globalStep,
) {
  const size = args.gradient_accumulation_steps;
  const update = done - epoch * plan.updatesPerEpoch;
  return batches.slice(update * size, (update + 1) * size);
}

/** An update that was asked for and whose loss is not known yet. */
interface Update {
  readonly result: ReturnType<TrainParts["trainStep"]>;
  readonly learningRate: number;
}

function begin(parts: TrainParts, batches: readonly (readonly number[])[], step: number): Update {
  const { args, plan, progress } = parts;
  const learningRate = progress.metricSchedule?.learningRate ?? learningRateAt(args, plan, step);
  const result = parts.trainStep(batches, learningRate, step);
  // Whoever settles it hears of a failure; until then nobody has missed it.
  result.catch(() => {});
  return { result, learningRate };
}

/** Whether something that reads the weights, or the end of the epoch, follows this step. */
function isBarrier({ args, plan }: TrainParts, step: number): boolean {
  return (
    step >= plan.maxSteps ||
    endsEpoch(plan, step) ||
    isEvaluationDue(args, plan, "steps", step) ||
    isSaveDue(args, plan, "steps", step, false)
  );
}

/** Waits for the oldest update and does all that follows it. */
async function* settle(
  parts: TrainParts,
  underWay: Update[],
  clock: Clock,
): AsyncGenerator<TrainEvent, void, void> {
  const { plan, progress } = parts;
  const update = underWay.shift();
  if (update === undefined) return;
  yield* finishUpdate(parts, update);
  progress.epochEndPending = endsEpoch(plan, progress.globalStep);
  yield* logScoreAndSave(parts, "steps", clock);
  if (progress.epochEndPending || progress.stoppedEarly) yield* endEpoch(parts, clock);
}

async function* endEpoch(parts: TrainParts, clock: Clock): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress } = parts;
  const step = progress.globalStep;
  // Before the save: a run that goes on from it is past the epoch's end.
  progress.epochEndPending = false;
  yield { type: "epochEnd", epoch: epochAfter(plan, args, step), step };
  yield* logScoreAndSave(parts, "epoch", clock);
}

/** Adds the time since the last call to the run's own, or leaves it out. */
interface Clock {
  tick(): void;
  skip(): void;
}

function startClock({ now, progress }: TrainParts): Clock {
  let last = now();
  return {
    tick() {
      const time = now();
      progress.elapsed += time - last;
      last = time;
    },
    skip() {
      last = now();
    },
  };
}

async function* finishUpdate(
  parts: TrainParts,
  { result, learningRate }: Update,
): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress } = parts;
  const { loss, gradNorm, flos, tokens } = await result;
  progress.globalStep += 1;
  progress.lossSum += loss;
  progress.windowLossSum += loss;
  progress.totalFlos += flos;
  progress.inputTokensSeen += tokens;
  progress.gradNorm = gradNorm;
  progress.learningRate = learningRate;
  const step = progress.globalStep;
  const epoch = epochAfter(plan, args, step);
  yield { type: "step", step, epoch, loss, gradNorm, learningRate };
  refuseNotFinite(step, loss, gradNorm, learningRate);
}

function refuseNotFinite(step: number, loss: number, gradNorm: number, learningRate: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  const what = Number.isFinite(loss) ? `The gradient norm is ${gradNorm}` : `The loss is ${loss}`;
  throw new StudioError(
    `${what} at step ${step}, with learning rate ${Number(learningRate.toPrecision(3))}: training cannot go on.`,
    {
      hint: "Saved checkpoints are untouched. Go on with a learning rate about ten times smaller, more warm-up, or gradient clipping at 1.",
      code: "not-finite",
    },
  );
}

function log(parts: TrainParts): TrainEvent {
  const { args, plan, progress } = parts;
  const step = progress.globalStep;
  const row: TrainLogRow = {
    epoch: epochAfter(plan, args, step),
    grad_norm: progress.gradNorm,
    learning_rate: progress.learningRate,
    loss: progress.windowLossSum / (step - progress.windowStart),
    step,
    ...parts.logFigures?.(),
    ...tokenCount(parts),
    ...tokenSpeed(parts),
  };
  progress.windowLossSum = 0;
  progress.windowStart = step;
  progress.logHistory = [...progress.logHistory, row];
  return { type: "log", row };
}

/** What a strategy makes happen after an update or an epoch, in the Trainer's order. */
async function* logScoreAndSave(
  parts: TrainParts,
  strategy: "steps" | "epoch",
  clock: Clock,
): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress } = parts;
  const step = progress.globalStep;
  if (isLogDue(parts, strategy) && step > progress.windowStart) {
    clock.tick();
    yield log(parts);
  }
  let isBest = false;
  if (isEvaluationDue(args, plan, strategy, step)) {
    isBest = yield* score(parts, "training");
  }
  const isKept = isBest && progress.savesNewBest;
  if (isKept || isSaveDue(args, plan, strategy, step, isBest)) {
    clock.tick();
    yield* save(parts);
    return;
  }
  const isSavedLater = progress.epochEndPending && args.save_strategy === "epoch";
  if (isBest && args.save_strategy !== "no" && !isSavedLater) {
    yield { type: "bestNotSaved", step, metric: progress.best?.metric ?? 0 };
  }
}

function isLogDue({ args, plan, progress }: TrainParts, strategy: "steps" | "epoch"): boolean {
  const step = progress.globalStep;
  if (strategy === "steps" && step === 1 && args.logging_first_step) return true;
  if (args.logging_strategy !== strategy) return false;
  return strategy === "epoch" || step % plan.loggingSteps === 0;
}

/** Scores the held-out rows. True where the score is the best so far; one before the first update never is. */
async function* score(
  parts: TrainParts,
  when: "start" | "training",
): AsyncGenerator<TrainEvent, boolean, void> {
  const { args, plan, progress } = parts;
  const step = progress.globalStep;
  yield { type: "evaluating", step };
  const before = parts.now();
  const { loss, metrics, rows, batches } = await parts.evaluate();
  const runtime = parts.now() - before;
  const row: EvaluationLogRow = {
    epoch: epochAfter(plan, args, step),
    ...prefixed(metrics),
    eval_loss: Number.isFinite(loss) ? loss : null,
    eval_runtime: seconds(runtime),
    eval_samples_per_second: perSecond(rows, runtime),
    eval_steps_per_second: perSecond(batches, runtime),
    step,
    ...tokenCount(parts),
  };
  const name = when === "start" ? null : bestMetric(args);
  const isBest =
    name !== null && judge(parts, name === "loss" ? loss : (metrics[name] ?? Number.NaN));
  progress.logHistory = [...progress.logHistory, row];
  yield { type: "evaluation", row, isBest };
  if (progress.stoppedEarly) {
    yield { type: "stopEarly", step, scores: progress.scoresWithoutGain };
  }
  return isBest;
}

const prefixed = (metrics: Metrics): Partial<EvaluationLogRow> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));

/** What a score means for early stopping, the schedule and the best model. True where it is the best so far. */
function judge({ args, progress }: TrainParts, metric: number): boolean {
  const greater = isGreaterBetter(args);
  // Before the best one moves on, as the Trainer's callback runs.
  progress.scoresWithoutGain = scoresWithoutGain(args, progress, metric, greater);
  const { early_stopping_patience: patience } = args;
  progress.stoppedEarly = patience !== null && progress.scoresWithoutGain >= patience;
  if (progress.metricSchedule !== null) {
    progress.metricSchedule = afterScore(args, progress.metricSchedule, metric);
  }
  const best = betterOf(progress.best, { metric, step: progress.globalStep }, greater);
  const isBest = best !== progress.best;
  progress.best = best;
  return isBest;
}

async function* save(parts: TrainParts): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress } = parts;
  const step = progress.globalStep;
  progress.savedSteps = [...progress.savedSteps.filter((saved) => saved !== step), step];
  // As the Trainer does: the best evaluation counts only where its step has a checkpoint.
  const bestStep = progress.best?.step ?? null;
  if (bestStep !== null && progress.savedSteps.includes(bestStep))
    progress.bestSavedStep = bestStep;
  yield { type: "save", step, epoch: epochAfter(plan, args, step) };
  yield* rotate(parts);
}

async function* saveOnStop(parts: TrainParts): AsyncGenerator<TrainEvent, void, void> {
  const { args, plan, progress } = parts;
  const { globalStep: step, stopSave: previous } = progress;
  if (progress.savedSteps.includes(step) || previous === step) return;
  progress.stopSave = step;
  yield { type: "save", step, epoch: epochAfter(plan, args, step) };
  if (previous !== null) yield { type: "delete", step: previous };
}

async function* rotate({ args, progress }: TrainParts): AsyncGenerator<TrainEvent, void, void> {
  const { savedSteps, bestSavedStep, stopSave, globalStep } = progress;
  if (stopSave !== null && stopSave !== globalStep) {
    progress.stopSave = null;
    yield { type: "delete", step: stopSave };
  }
  for (const old of checkpointsToDelete(savedSteps, args.save_total_limit, bestSavedStep)) {
    progress.savedSteps = progress.savedSteps.filter((saved) => saved !== old);
    yield { type: "delete", step: old };
  }
}

/** The Trainer's decimals: four of seconds, three of speeds. */
const seconds = (time: number): number => Number(time.toFixed(4));
const perSecond = (count: number, time: number): number =>
  time > 0 ? Number((count / time).toFixed(3)) : 0;
