// Learning rate schedules: the rate of each update, as transformers.get_scheduler gives it (5.18).
// The two that listen to the scores keep a state and stand in trainer/metric-schedule.ts.
import { readSchedulerOptions, type SchedulerOptions } from "./scheduler-options.ts";
import type { StepPlan } from "./step-arithmetic.ts";
import type { TrainingArguments } from "./training-arguments.ts";

/**
 * Learning rate of the update after `finishedSteps` updates. It rises from 0 during warm-up, so the first update of a run
 * with warm-up changes nothing. `constant` knows no warm-up, as in the Trainer.
 */
export function learningRateAt(
  args: TrainingArguments,
  plan: StepPlan,
  finishedSteps: number,
): number {
  return args.learning_rate * multiplier(args, plan, finishedSteps);
}

function multiplier(args: TrainingArguments, plan: StepPlan, step: number): number {
  const { warmupSteps, maxSteps } = plan;
  const { lr_scheduler_type: type, lr_scheduler_kwargs: kwargs, learning_rate: rate } = args;
  const rising = step < warmupSteps;
  const warmup = step / Math.max(1, warmupSteps);
  // Share of the updates after warm-up that are done.
  const progress = (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps);
  switch (type) {
    case "constant":
    case "reduce_lr_on_plateau":
    case "greedy":
      return 1;
    case "constant_with_warmup":
      return rising ? warmup : 1;
    case "linear":
      if (rising) return warmup;
      return Math.max(0, (maxSteps - step) / Math.max(1, maxSteps - warmupSteps));
    case "cosine":
      return rising ? warmup : wave(progress, readSchedulerOptions(type, kwargs).num_cycles);
    case "cosine_with_restarts": {
      if (rising) return warmup;
      const { num_cycles } = readSchedulerOptions(type, kwargs);
      return progress >= 1 ? 0 : wave((num_cycles * progress) % 1, 0.5);
    }
    case "polynomial":
      return rising ? warmup : polynomial(readSchedulerOptions(type, kwargs), rate, plan, step);
    case "inverse_sqrt": {
      if (rising) return warmup;
      const timescale = readSchedulerOptions(type, kwargs).timescale ?? (warmupSteps || 10_000);
      return 1 / Math.sqrt((step + timescale - warmupSteps) / timescale);
    }
    case "cosine_with_min_lr": {
      const options = readSchedulerOptions(type, kwargs);
      return rising ? warmup : above(leastShare(options, rate), wave(progress, options.num_cycles));
    }
    case "cosine_warmup_with_min_lr":
      return cosineFromAboveZero(readSchedulerOptions(type, kwargs), rate, plan, step);
    case "warmup_stable_decay":
      return warmupStableDecay(readSchedulerOptions(type, kwargs), plan, step);
    default:
      return type satisfies never;
  }
}

/** Half a cosine down for `cycles` 0.5: 1 at the start, 0 at the end. */
const wave = (progress: number, cycles: number): number =>
  Math.max(0, 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress)));

/** A factor from 0 to 1, squeezed into the part above `least`. */
const above = (least: number, factor: number): number => Math.max(0, factor * (1 - least) + least);

const leastShare = (
  { min_lr, min_lr_rate }: { min_lr?: number | undefined; min_lr_rate?: number | undefined },
  rate: number,
): number => (min_lr === undefined ? (min_lr_rate ?? 0) : min_lr / rate);

function polynomial(
  { lr_end, power }: SchedulerOptions<"polynomial">,
  rate: number,
  { warmupSteps, maxSteps }: StepPlan,
  step: number,
): number {
  if (step > maxSteps || maxSteps === warmupSteps) return lr_end / rate;
  const remaining = 1 - (step - warmupSteps) / (maxSteps - warmupSteps);
  return ((rate - lr_end) * remaining ** power + lr_end) / rate;
}

/** The first update already has a rate above zero, and the last one the minimum. */
function cosineFromAboveZero(
  options: SchedulerOptions<"cosine_warmup_with_min_lr">,
  rate: number,
  { warmupSteps, maxSteps }: StepPlan,
  step: number,
): number {
  if (step < warmupSteps) {
    const { warmup_lr_rate: start } = options;
    if (start === undefined) return (step + 1) / Math.max(1, warmupSteps);
    return start + ((1 - start) * step) / Math.max(1, warmupSteps - 1);
  }
  const progress = (step - warmupSteps + 1) / Math.max(1, maxSteps - warmupSteps);
  const factor = 0.5 * (1 + Math.cos(Math.PI * options.num_cycles * 2 * progress));
  return above(leastShare(options, rate), factor);
}

function warmupStableDecay(
  options: SchedulerOptions<"warmup_stable_decay">,
  { warmupSteps, maxSteps }: StepPlan,
  step: number,
): number {
  const { num_decay_steps, min_lr_ratio, num_cycles } = options;
  if (step < warmupSteps) {
    return above(min_lr_ratio, riseAs(options.warmup_type, step / Math.max(1, warmupSteps)));
  }
  const stable = options.num_stable_steps ?? maxSteps - warmupSteps - num_decay_steps;
  const done = step - warmupSteps - stable;
  if (done < 0) return 1;
  if (done >= num_decay_steps) return min_lr_ratio;
  const progress = done / Math.max(1, num_decay_steps);
  return above(min_lr_ratio, fallAs(options.decay_type, progress, num_cycles));
}

type Shape = SchedulerOptions<"warmup_stable_decay">["decay_type"];

function riseAs(shape: Shape, progress: number): number {
  if (shape === "linear") return progress;
  if (shape === "cosine") return 0.5 * (1 - Math.cos(Math.PI * progress));
  return 1 - Math.sqrt(1 - progress);
}

function fallAs(shape: Shape, progress: number, cycles: number): number {
  if (shape === "linear") return 1 - progress;
  if (shape === "cosine") return 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress));
  return 1 - Math.sqrt(progress);
}
