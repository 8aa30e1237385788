// Learning rate schedules: the multiplier of each update, as transformers.get_scheduler gives it.
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
  return args.learning_rate * multiplier(args.lr_scheduler_type, plan, finishedSteps);
}

function multiplier(
  type: TrainingArguments["lr_scheduler_type"],
  { warmupSteps, maxSteps }: StepPlan,
  step: number,
): number {
  switch (type) {
    case "constant":
      return 1;
    case "linear":
      if (step < warmupSteps) return step / Math.max(1, warmupSteps);
      return Math.max(0, (maxSteps - step) / Math.max(1, maxSteps - warmupSteps));
    default:
      return type satisfies never;
  }
}
