// What the studio recommends for a run, where it differs from the Trainer's defaults. The form starts with these.

import type { TrainingMode } from "./run-record.ts";
import { planSteps } from "./step-arithmetic.ts";
import { type TrainingArguments, trainingArgumentsSchema } from "./training-arguments.ts";

/** Points that a loss curve should have: enough to see its shape, few enough to read. */
const curvePoints = 80;

const byMode: Record<TrainingMode, Partial<TrainingArguments>> = {
  // Measured on the sentiment sample, see benchmark:learning. A head on frozen outputs is small and takes a high rate.
  head: { learning_rate: 0.03, num_train_epochs: 5, per_device_train_batch_size: 32 },
  last: { learning_rate: 5e-4, num_train_epochs: 3, per_device_train_batch_size: 16 },
  full: { learning_rate: 3e-4, num_train_epochs: 3, per_device_train_batch_size: 16 },
  scratch: { learning_rate: 3e-4, num_train_epochs: 3, per_device_train_batch_size: 16 },
};

/** Recommended arguments for a mode and a number of training rows. */
export function recommendedArguments(mode: TrainingMode, trainRows: number): TrainingArguments {
  const args = trainingArgumentsSchema.parse({
    ...byMode[mode],
    warmup_ratio: 0.1,
    per_device_eval_batch_size: 32,
    evaluation_strategy: "epoch",
    save_strategy: "epoch",
    save_total_limit: 2,
    load_best_model_at_end: true,
    metric_for_best_model: "accuracy",
  });
  const { maxSteps } = planSteps(args, Math.max(1, trainRows));
  return { ...args, logging_steps: Math.max(1, Math.round(maxSteps / curvePoints)) };
}
