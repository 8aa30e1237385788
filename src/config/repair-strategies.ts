// What the Trainer refuses when the best is to be loaded at the end: scoring and saving at different times. Two ways out.
import type { StepPlan } from "./step-arithmetic.ts";
import type { TrainingArguments } from "./training-arguments.ts";

/** Arguments to set, all at once. */
export interface Repair {
  readonly kind: "saveAsScored" | "scoreAsSaved";
  readonly change: Partial<TrainingArguments>;
}

/** The ways out, or none where nothing is wrong with the two strategies. */
export function repairStrategies(args: TrainingArguments, plan: StepPlan): Repair[] {
  const { load_best_model_at_end, evaluation_strategy, save_strategy } = args;
  const isRefused =
    load_best_model_at_end && save_strategy !== "best" && evaluation_strategy !== save_strategy;
  if (!isRefused) return [];
  return [
    ...(evaluation_strategy === "no" ? [] : [saveAsScored(args, plan)]),
    ...(save_strategy === "no" ? [] : [scoreAsSaved(args, plan)]),
  ];
}

function saveAsScored(args: TrainingArguments, plan: StepPlan): Repair {
  if (args.evaluation_strategy === "epoch") {
    return { kind: "saveAsScored", change: { save_strategy: "epoch" } };
  }
  const change = { save_strategy: "steps", save_steps: plan.evalSteps } as const;
  return { kind: "saveAsScored", change };
}

function scoreAsSaved(args: TrainingArguments, plan: StepPlan): Repair {
  if (args.save_strategy === "epoch") {
    return { kind: "scoreAsSaved", change: { evaluation_strategy: "epoch" } };
  }
  const change = { evaluation_strategy: "steps", eval_steps: evalSteps(args, plan) } as const;
  return { kind: "scoreAsSaved", change };
}

/** The part of `save_steps` nearest to one epoch, so that every save falls on a scoring and scores stay about as many. */
function evalSteps({ save_steps }: TrainingArguments, plan: StepPlan): number {
  // A share of all updates has no divisors: it is scored as it is saved.
  if (save_steps < 1) return save_steps === 0 ? plan.updatesPerEpoch : save_steps;
  const wanted = Math.max(1, plan.updatesPerEpoch);
  let best = save_steps;
  for (let divisor = 1; divisor <= Math.min(save_steps, 1000); divisor += 1) {
    if (save_steps % divisor !== 0) continue;
    const part = save_steps / divisor;
    if (Math.abs(Math.log(part / wanted)) < Math.abs(Math.log(best / wanted))) best = part;
  }
  return best;
}
