// The real training loop with parts that compute nothing: what the loop decides is what is tested.
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import {
  newProgress,
  type TrainEvent,
  type TrainParts,
  type TrainProgress,
  train,
} from "../../../src/trainer/train.ts";

/** Losses 1, 2, 3, … and accuracies as given: what the loop makes of them is what is tested. */
export function partsOf(
  args: Partial<TrainingArguments>,
  rows: number,
  accuracies: readonly number[] = [],
  progress: TrainProgress = newProgress(),
) {
  const full = trainingArgumentsSchema.parse({ logging_steps: 1, save_strategy: "no", ...args });
  const plan = planSteps(full, rows);
  const control = { stop: false };
  const seen: { batches: number[]; learningRate: number }[] = [];
  let scored = progress.logHistory.filter((row) => "eval_loss" in row).length;
  const parts: TrainParts = {
    args: full,
    plan,
    progress,
    control,
    batchesOfEpoch: (epoch) =>
      Array.from({ length: plan.batchesPerEpoch }, (_, batch) => [epoch * 100 + batch]),
    async trainStep(batches, learningRate) {
      seen.push({ batches: batches.map((batch) => batch[0] ?? -1), learningRate });
      return { loss: progress.globalStep + 1, gradNorm: 0.5, flos: 10, tokens: 7 };
    },
    async evaluate() {
      const accuracy = accuracies[scored] ?? 0.5;
      scored += 1;
      return { loss: 1 - accuracy, metrics: { accuracy }, rows: 4, batches: 2 };
    },
    now: () => 0,
    nextTask: async () => {},
  };
  return { parts, control, seen };
}

export async function collect(parts: TrainParts): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(parts)) events.push(event);
  return events;
}
