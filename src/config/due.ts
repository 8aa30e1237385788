// What is due after an update, as the Trainer decides it. The training loop obeys it, the timeline of a coming run shows it.
import { epochAfter, isDue, type StepPlan } from "./step-arithmetic.ts";
import type { TrainingArguments } from "./training-arguments.ts";

/** After each update `steps` is asked, after the last update of an epoch `epoch` too. */
export type Occasion = "steps" | "epoch";

/** True where an epoch ends after this update. */
export const endsEpoch = (plan: StepPlan, step: number): boolean =>
  step % plan.updatesPerEpoch === 0 || step === plan.maxSteps;

/** True where the held-out rows are scored. */
export function isEvaluationDue(
  args: TrainingArguments,
  plan: StepPlan,
  occasion: Occasion,
  step: number,
): boolean {
  const bySteps = occasion === "steps";
  return (
    args.evaluation_strategy === occasion &&
    (!bySteps || isDue(plan.evalSteps, step, plan)) &&
    args.eval_delay <= (bySteps ? step : epochAfter(plan, args, step))
  );
}

/** True where a checkpoint is written. `isBest`: a score of this occasion was the best so far. */
export function isSaveDue(
  args: TrainingArguments,
  plan: StepPlan,
  occasion: Occasion,
  step: number,
  isBest: boolean,
): boolean {
  const bySteps = occasion === "steps";
  if (args.save_strategy === "best") return isBest;
  return args.save_strategy === occasion && (!bySteps || isDue(plan.saveSteps, step, plan));
}
