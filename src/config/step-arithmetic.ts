// How many batches, updates, evaluations and saves a run has: the Trainer's counting (transformers 5.18).
// The form shows it before a run, the training loop obeys it.
import type { TrainingArguments } from "./training-arguments.ts";

/** The counted shape of one run on one device. */
export interface StepPlan {
  readonly trainRows: number;
  /** Batches in one epoch: ceil(rows / batch size). */
  readonly batchesPerEpoch: number;
  /** Updates in one epoch: ceil(batches / accumulation); the epoch's edge flushes a short group. */
  readonly updatesPerEpoch: number;
  /** All updates of the run: ceil(epochs * updatesPerEpoch). */
  readonly maxSteps: number;
  readonly warmupSteps: number;
  /** Updates between evaluations with the steps strategy; `logging_steps` where `eval_steps` is empty. */
  readonly evalSteps: number;
}

/** Counts a run. `trainRows` must be at least 1 for a run of any length. */
export function planSteps(args: TrainingArguments, trainRows: number): StepPlan {
  const batchesPerEpoch = Math.ceil(trainRows / args.per_device_train_batch_size);
  const updatesPerEpoch = Math.ceil(batchesPerEpoch / args.gradient_accumulation_steps);
  const maxSteps = Math.ceil(args.num_train_epochs * updatesPerEpoch);
  return {
    trainRows,
    batchesPerEpoch,
    updatesPerEpoch,
    maxSteps,
    warmupSteps: Math.ceil(maxSteps * args.warmup_ratio),
    evalSteps: args.eval_steps ?? args.logging_steps,
  };
}

/** How often the strategy makes something happen after `from`, up to the run's end; see {@link isDue}. */
export function countDue(
  strategy: "no" | "steps" | "epoch",
  every: number,
  plan: StepPlan,
  from = 0,
): number {
  if (strategy === "no" || from >= plan.maxSteps) return 0;
  const interval = Math.max(1, strategy === "steps" ? every : plan.updatesPerEpoch);
  // The last step always counts, also between two intervals.
  return Math.ceil(plan.maxSteps / interval) - Math.floor(from / interval);
}

/** `epoch` as the Trainer logs it after `step` updates: whole epochs plus the share of batches done. */
export function epochAfter(plan: StepPlan, args: TrainingArguments, step: number): number {
  if (plan.updatesPerEpoch === 0) return 0;
  const wholeEpochs = Math.floor(step / plan.updatesPerEpoch);
  const updatesInEpoch = step - wholeEpochs * plan.updatesPerEpoch;
  const batches = Math.min(updatesInEpoch * args.gradient_accumulation_steps, plan.batchesPerEpoch);
  return wholeEpochs + batches / plan.batchesPerEpoch;
}

/** True where the strategy makes something happen after `step`. */
export function isDue(
  strategy: "no" | "steps" | "epoch",
  every: number,
  step: number,
  plan: StepPlan,
): boolean {
  switch (strategy) {
    case "no":
      return false;
    case "steps":
      // The last step always counts: transformers 5.18 forces a last evaluation and a last save.
      return step % every === 0 || step === plan.maxSteps;
    case "epoch":
      return step % plan.updatesPerEpoch === 0 || step === plan.maxSteps;
    default:
      return strategy satisfies never;
  }
}
