import { expect, test } from "vitest";
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
function partsOf(
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
      return { loss: progress.globalStep + 1, gradNorm: 0.5, flos: 10 };
    },
    async evaluate() {
      const accuracy = accuracies[scored] ?? 0.5;
      scored += 1;
      return { loss: 1 - accuracy, accuracy, rows: 4, batches: 2 };
    },
    now: () => 0,
    nextTask: async () => {},
  };
  return { parts, control, seen };
}

async function collect(parts: TrainParts): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(parts)) events.push(event);
  return events;
}

const logsOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === "log" ? [event.row] : []));

test("10 rows, batches of 2, accumulation 3, 2.5 epochs log the epochs 1, 2 and 2.6", async () => {
  const { parts, seen } = partsOf(
    {
      num_train_epochs: 2.5,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 3,
      logging_steps: 2,
    },
    10,
  );
  const events = await collect(parts);
  expect(seen.map(({ batches }) => batches)).toEqual([
    [0, 1, 2],
    [3, 4],
    [100, 101, 102],
    [103, 104],
    [200, 201, 202],
  ]);
  expect(logsOf(events).map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(events.at(-1)).toMatchObject({ type: "end", row: { epoch: 2.6, step: 5 } });
});

test("the logged loss is the mean since the last log, and train_loss the mean of all", async () => {
  const { parts } = partsOf(
    { num_train_epochs: 1, per_device_train_batch_size: 1, logging_steps: 2 },
    5,
  );
  const events = await collect(parts);
  expect(logsOf(events).map(({ loss }) => loss)).toEqual([1.5, 3.5]);
  expect(events.at(-1)).toMatchObject({ row: { train_loss: 3, total_flos: 50 } });
});

test("a linear schedule with two warm-up steps uses the Trainer's rates", async () => {
  const { parts, seen } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      learning_rate: 0.01,
      warmup_ratio: 1 / 3,
    },
    6,
  );
  await collect(parts);
  // The reference's own figures for T 6, W 2 (notes on the Trainer).
  expect(seen.map(({ learningRate }) => Number(learningRate.toFixed(6)))).toEqual([
    0, 0.005, 0.01, 0.0075, 0.005, 0.0025,
  ]);
});

test("the order of one step is step, log, evaluation, save, deletions", async () => {
  const { parts } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      evaluation_strategy: "steps",
      eval_steps: 1,
      save_strategy: "steps",
      save_steps: 1,
      save_total_limit: 1,
      metric_for_best_model: "accuracy",
    },
    3,
    [0.5, 0.6, 0.7],
  );
  const events = await collect(parts);
  const atTwo = events.slice(
    events.findIndex((event) => event.type === "step" && event.step === 2),
  );
  expect(atTwo.slice(0, 6).map(({ type }) => type)).toEqual([
    "step",
    "log",
    "evaluating",
    "evaluation",
    "save",
    "delete",
  ]);
});

test("the last step is scored and saved even where the steps do not divide", async () => {
  const { parts } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      evaluation_strategy: "steps",
      eval_steps: 2,
      save_strategy: "steps",
      save_steps: 2,
    },
    5,
  );
  const events = await collect(parts);
  const steps = (type: "save" | "evaluating") =>
    events.flatMap((event) => (event.type === type ? [event.step] : []));
  expect(steps("save")).toEqual([2, 4, 5]);
  expect(steps("evaluating")).toEqual([2, 4, 5]);
});

// Accuracies .5 .9 .7 .6 .5 .4, scored and saved at each step: which checkpoints remain, by save_total_limit.
test.each([
  [null, [1, 2, 3, 4, 5, 6]],
  [1, [2, 6]],
  [2, [2, 6]],
  [3, [2, 5, 6]],
])("with save_total_limit %s the checkpoints %j remain", async (save_total_limit, remaining) => {
  const { parts } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      evaluation_strategy: "steps",
      eval_steps: 1,
      save_strategy: "steps",
      save_steps: 1,
      save_total_limit,
      metric_for_best_model: "accuracy",
    },
    6,
    [0.5, 0.9, 0.7, 0.6, 0.5, 0.4],
  );
  await collect(parts);
  expect(parts.progress.savedSteps).toEqual(remaining);
  expect(parts.progress.best).toEqual({ metric: 0.9, step: 2 });
  expect(parts.progress.bestSavedStep).toBe(2);
});

test("a best evaluation at an unsaved step leaves the pointer at the older checkpoint", async () => {
  const { parts } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      evaluation_strategy: "steps",
      eval_steps: 1,
      save_strategy: "steps",
      save_steps: 2,
      metric_for_best_model: "accuracy",
    },
    4,
    [0.1, 0.6, 0.9, 0.5],
  );
  await collect(parts);
  expect(parts.progress.best).toEqual({ metric: 0.9, step: 3 });
  expect(parts.progress.bestSavedStep).toBe(2);
});

test("stop ends after the update, with a save", async () => {
  const { parts, control } = partsOf({ num_train_epochs: 5, per_device_train_batch_size: 1 }, 4);
  const types: string[] = [];
  for await (const event of train(parts)) {
    types.push(event.type);
    if (event.type === "step" && event.step === 3) control.stop = true;
  }
  expect(parts.progress.globalStep).toBe(3);
  expect(types.slice(-3)).toEqual(["log", "save", "end"]);
});

test("a run that continues from a saved progress logs what an uninterrupted one logs", async () => {
  const args = {
    num_train_epochs: 3,
    per_device_train_batch_size: 1,
    logging_steps: 3,
    evaluation_strategy: "epoch",
    save_strategy: "steps",
    save_steps: 4,
    metric_for_best_model: "accuracy",
  } as const;
  const accuracies = [0.5, 0.7, 0.6];
  const whole = partsOf(args, 5, accuracies);
  const uninterrupted = logsOf(await collect(whole.parts));

  const first = partsOf(args, 5, accuracies);
  let saved: TrainProgress | undefined;
  for await (const event of train(first.parts)) {
    if (event.type === "save" && event.step === 8) saved = structuredClone(first.parts.progress);
    if (event.type === "step" && event.step === 10) break;
  }
  expect(saved?.globalStep).toBe(8);
  const second = partsOf(args, 5, accuracies, saved);
  const resumed = logsOf(await collect(second.parts));
  expect(resumed).toEqual(uninterrupted.filter(({ step }) => step > 8));
  expect(second.parts.progress.logHistory).toEqual(whole.parts.progress.logHistory);
  expect(second.parts.progress.bestSavedStep).toBe(whole.parts.progress.bestSavedStep);
});

test("a loss that is not a number ends the run with the step, the rate and a way out", async () => {
  const { parts } = partsOf(
    { num_train_epochs: 1, per_device_train_batch_size: 1, learning_rate: 0.5 },
    4,
  );
  const broken = { ...parts, trainStep: async () => ({ loss: Number.NaN, gradNorm: 1, flos: 0 }) };
  const types: string[] = [];
  const run = async () => {
    for await (const event of train(broken)) types.push(event.type);
  };
  await expect(run()).rejects.toThrow("The loss is NaN at step 1, with learning rate 0.5");
  expect(types).toEqual(["step"]);
});
