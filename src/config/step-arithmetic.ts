// How many batches, updates, evaluations and saves a run has: the Trainer's counting (transformers 5.18).
// The form shows it before a run, the training loop obeys it.
import type { TrainingArguments } from "./training-arguments.ts";

/** The counted shape of one run. */
export interface StepPlan {
  readonly trainRows: number;
  /** Batches that each device sees in one epoch. */
  readonly batchesPerEpoch: number;
  /** Updates in one epoch: ceil(batches / accumulation); the epoch's edge flushes a short group. */
  readonly updatesPerEpoch: number;
  /** All updates of the run: `max_steps`, or ceil(epochs * updatesPerEpoch). */
  readonly maxSteps: number;
  /** Epochs that the run enters: `num_train_epochs` of trainer_state.json. */
  readonly epochs: number;
  readonly warmupSteps: number;
  /** Updates between evaluations with the steps strategy; `logging_steps` where `eval_steps` is empty. */
  readonly evalSteps: number;
  /** Updates between log rows with the steps strategy. */
  readonly loggingSteps: number;
  /** Updates between saves with the steps strategy; 0 saves at the end only. */
  readonly saveSteps: number;
  /** Rows of the whole run, as `train_samples_per_second` counts them. */
  readonly trainSamples: number;
}

/** Counts a run on so many devices. `trainRows` must be at least 1 for a run of any length. */
export function planSteps(args: TrainingArguments, trainRows: number, devices = 1): StepPlan {
  const batchesPerEpoch = countBatches(args, trainRows, devices);
  const updatesPerEpoch = Math.ceil(batchesPerEpoch / args.gradient_accumulation_steps);
  const hasLimit = args.max_steps > 0;
  const maxSteps = hasLimit ? args.max_steps : Math.ceil(args.num_train_epochs * updatesPerEpoch);
  const wholeInterval = (steps: number) => (steps < 1 ? Math.ceil(maxSteps * steps) : steps);
  return {
    trainRows,
    batchesPerEpoch,
    updatesPerEpoch,
    maxSteps,
    epochs: hasLimit
      ? Math.ceil(maxSteps / Math.max(1, updatesPerEpoch))
      : Math.ceil(args.num_train_epochs),
    warmupSteps: countWarmup(args, maxSteps),
    evalSteps: wholeInterval(args.eval_steps ?? args.logging_steps),
    loggingSteps: wholeInterval(args.logging_steps),
    saveSteps: wholeInterval(args.save_steps),
    trainSamples: hasLimit
      ? maxSteps * totalBatchSize(args, devices)
      : trainRows * args.num_train_epochs,
  };
}

/** Rows of one full update, over accumulation and devices. */
export const totalBatchSize = (args: TrainingArguments, devices = 1): number =>
  args.per_device_train_batch_size * args.gradient_accumulation_steps * devices;

/** Rows of an update, on average: an epoch's last one may have fewer than {@link totalBatchSize}. On one device. */
export function rowsPerUpdate(args: TrainingArguments, plan: StepPlan): number {
  if (plan.maxSteps < plan.updatesPerEpoch) return totalBatchSize(args);
  const rows = Math.min(plan.trainRows, plan.batchesPerEpoch * args.per_device_train_batch_size);
  return rows / plan.updatesPerEpoch;
}

function countBatches(args: TrainingArguments, trainRows: number, devices: number): number {
  const round = args.dataloader_drop_last ? Math.floor : Math.ceil;
  return round(round(trainRows / args.per_device_train_batch_size) / devices);
}

/** `warmup_steps` wins over `warmup_ratio`; below 1 it is a ratio too (transformers 5). */
function countWarmup({ warmup_steps, warmup_ratio }: TrainingArguments, maxSteps: number): number {
  if (warmup_steps >= 1) return Math.floor(warmup_steps);
  return Math.ceil(maxSteps * (warmup_steps > 0 ? warmup_steps : warmup_ratio));
}

/** How often the strategy makes something happen after `from`, up to the run's end; see {@link isDue}. */
export function countDue(
  strategy: TrainingArguments["save_strategy"],
  every: number,
  plan: StepPlan,
  from = 0,
): number {
  // How often a new best is found, nobody knows before.
  if (strategy === "no" || strategy === "best" || from >= plan.maxSteps) return 0;
  const wanted = strategy === "steps" ? every : plan.updatesPerEpoch;
  const interval = wanted > 0 ? wanted : plan.maxSteps;
  // The last step always counts, also between two intervals.
  return Math.ceil(plan.maxSteps / interval) - Math.floor(from / interval);
}

/** How many scorings are to come after `from`, the one before the first update too. */
export function countEvaluations(args: TrainingArguments, plan: StepPlan, from = 0): number {
  const { evaluation_strategy: strategy, eval_delay: delay } = args;
  const unit = strategy === "epoch" ? plan.updatesPerEpoch : 1;
  const waited = delay > 0 ? (Math.ceil(delay) - 1) * unit : 0;
  const first = args.eval_on_start && from === 0 ? 1 : 0;
  return first + countDue(strategy, plan.evalSteps, plan, Math.max(from, waited));
}

/** `epoch` as the Trainer logs it after `step` updates: whole epochs plus the share of batches done. */
export function epochAfter(plan: StepPlan, args: TrainingArguments, step: number): number {
  if (plan.updatesPerEpoch === 0) return 0;
  const wholeEpochs = Math.floor(step / plan.updatesPerEpoch);
  const updatesInEpoch = step - wholeEpochs * plan.updatesPerEpoch;
  const batches = Math.min(updatesInEpoch * args.gradient_accumulation_steps, plan.batchesPerEpoch);
  return wholeEpochs + batches / plan.batchesPerEpoch;
}

/** True where the steps strategy makes something happen after `step`. The last step always counts: transformers 5.18 forces a last evaluation and a last save. */
export const isDue = (every: number, step: number, plan: StepPlan): boolean =>
  (every > 0 && step % every === 0) || step === plan.maxSteps;
