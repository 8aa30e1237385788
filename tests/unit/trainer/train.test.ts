import { expect, test } from "vitest";
import type { TrainingArguments } from "../../../src/config/training-arguments.ts";
import { type TrainEvent, type TrainProgress, train } from "../../../src/trainer/train.ts";
import { collect, partsOf } from "./fake-run.ts";

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

test("what warms up the first update knows its batches and takes no time of the run's own, also where the run goes on", async () => {
  const { parts } = partsOf(
    { num_train_epochs: 2, per_device_train_batch_size: 1, gradient_accumulation_steps: 2 },
    8,
  );
  let time = 0;
  const warmed: [number, number[]][] = [];
  parts.progress.globalStep = 5;
  const timed = {
    ...parts,
    now: () => time,
    async warmUp(batches: readonly (readonly number[])[], step: number) {
      warmed.push([step, batches.map(([row]) => row ?? -1)]);
      time += 100;
    },
    async trainStep(...given: Parameters<typeof parts.trainStep>) {
      time += 1;
      return parts.trainStep(...given);
    },
  };
  const events = await collect(timed);
  expect(warmed).toEqual([[5, [102, 103]]]);
  expect(events.at(-1)).toMatchObject({ type: "end", row: { step: 8, train_runtime: 3 } });
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
  const broken = {
    ...parts,
    trainStep: async () => ({ loss: Number.NaN, gradNorm: 1, flos: 0, tokens: 0 }),
  };
  const types: string[] = [];
  const run = async () => {
    for await (const event of train(broken)) types.push(event.type);
  };
  await expect(run()).rejects.toThrow("The loss is NaN at step 1, with learning rate 0.5");
  expect(types).toEqual(["step"]);
});

const typesAt = (events: readonly TrainEvent[], wanted: readonly TrainEvent["type"][]) =>
  events.flatMap((event) => {
    if (!wanted.includes(event.type)) return [];
    const step = "step" in event ? event.step : "row" in event ? event.row.step : 0;
    return [`${event.type} ${step}`];
  });

test("max_steps ends a run in the middle of an epoch, with a forced score and save", async () => {
  const { parts } = partsOf(
    {
      max_steps: 5,
      per_device_train_batch_size: 1,
      evaluation_strategy: "steps",
      eval_steps: 2,
      save_strategy: "steps",
      save_steps: 4,
    },
    3,
  );
  const events = await collect(parts);
  expect(typesAt(events, ["evaluation", "save", "epochEnd"])).toEqual([
    "evaluation 2",
    "epochEnd 3",
    "evaluation 4",
    "save 4",
    "evaluation 5",
    "save 5",
    "epochEnd 5",
  ]);
});

test("save_steps 0 saves at the end only, and shares count from all updates", async () => {
  const { parts } = partsOf(
    { max_steps: 8, save_strategy: "steps", save_steps: 0, logging_steps: 0.25 },
    8,
  );
  const events = await collect(parts);
  expect(typesAt(events, ["log", "save"])).toEqual(["log 2", "log 4", "log 6", "log 8", "save 8"]);
});

test("the first update is logged on demand, and then the window starts anew", async () => {
  const { parts } = partsOf(
    {
      num_train_epochs: 1,
      per_device_train_batch_size: 1,
      logging_steps: 2,
      logging_first_step: true,
    },
    5,
  );
  const rows = logsOf(await collect(parts));
  expect(rows.map(({ step, loss }) => [step, loss])).toEqual([
    [1, 1],
    [2, 2],
    [4, 3.5],
  ]);
});

test("logs by epoch come at the end of each one, the last partial one too", async () => {
  const { parts } = partsOf(
    { num_train_epochs: 1.5, per_device_train_batch_size: 2, logging_strategy: "epoch" },
    10,
  );
  const rows = logsOf(await collect(parts));
  expect(rows.map(({ step, epoch }) => [step, epoch])).toEqual([
    [5, 1],
    [8, 1.6],
  ]);
});

test("scores wait for eval_delay, and the one before the first update counts for nothing", async () => {
  const { parts } = partsOf(
    {
      max_steps: 6,
      evaluation_strategy: "steps",
      eval_steps: 2,
      eval_delay: 3,
      eval_on_start: true,
      metric_for_best_model: "accuracy",
    },
    48,
    [0.99, 0.5, 0.6],
  );
  const events = await collect(parts);
  expect(typesAt(events, ["evaluation"])).toEqual(["evaluation 0", "evaluation 4", "evaluation 6"]);
  expect(parts.progress.best).toEqual({ metric: 0.6, step: 6 });
});

// A6 of the notes, measured with transformers 5.18.
test.each([
  ["patience 2: the tie at the 4th score is no gain", 2, 0, [0.5, 0.6, 0.55, 0.6], 4, 0.6],
  [
    "patience 1 and threshold 0.2: a small gain is none, but it is the best",
    1,
    0.2,
    [0.5, 0.6],
    2,
    0.6,
  ],
] as const)("early stopping, %s", async (_, patience, threshold, accuracies, steps, best) => {
  const { parts } = partsOf(
    {
      max_steps: 10,
      evaluation_strategy: "steps",
      eval_steps: 1,
      save_strategy: "steps",
      save_steps: 2,
      metric_for_best_model: "accuracy",
      early_stopping_patience: patience,
      early_stopping_threshold: threshold,
    },
    80,
    [...accuracies],
  );
  const events = await collect(parts);
  expect(typesAt(events, ["stopEarly"])).toEqual([`stopEarly ${steps}`]);
  expect(parts.progress.globalStep).toBe(steps);
  expect(parts.progress.best?.metric).toBe(best);
  // The step's own save still happens; the run is complete, not cut.
  expect(typesAt(events, ["save"])).toEqual(steps === 4 ? ["save 2", "save 4"] : ["save 2"]);
  expect(events.at(-1)).toMatchObject({ type: "end", stopped: false });
});

test("a plateau lowers the rate of the updates after it", async () => {
  const { parts, seen } = partsOf(
    {
      max_steps: 5,
      learning_rate: 0.1,
      lr_scheduler_type: "reduce_lr_on_plateau",
      lr_scheduler_kwargs: { patience: 0, factor: 0.5 },
      evaluation_strategy: "steps",
      eval_steps: 1,
    },
    40,
    [0.5, 0.5, 0.6, 0.6, 0.6],
  );
  await collect(parts);
  expect(seen.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
});

test("tokens are counted into the rows on demand", async () => {
  const { parts } = partsOf({ max_steps: 2, include_num_input_tokens_seen: "all" }, 16);
  const events = await collect(parts);
  expect(logsOf(events).map((row) => row.num_input_tokens_seen)).toEqual([7, 14]);
  expect(events.at(-1)).toMatchObject({ row: { num_input_tokens_seen: 14 } });
});

test("where tokens are counted, log rows tell the time and the tokens a second, in the Trainer's decimals", async () => {
  let time = 0;
  const now = () => {
    time += 1 / 3;
    return time;
  };
  const args = { max_steps: 2, include_num_input_tokens_seen: "non_padding" } as const;
  const rows = logsOf(await collect({ ...partsOf(args, 16).parts, now }));
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    expect(String(row.train_runtime)).toMatch(/^\d+(\.\d{1,4})?$/u);
    const speed = (row.num_input_tokens_seen ?? 0) / (row.train_runtime ?? 1);
    expect(row.train_tokens_per_second).toBeCloseTo(speed, 2);
  }
  const [row] = logsOf(await collect({ ...partsOf({ max_steps: 1 }, 16).parts, now }));
  expect(row).not.toHaveProperty("train_tokens_per_second");
});

test("two updates under way at once change neither events nor order, and weights are read with none under way", async () => {
  const args: Partial<TrainingArguments> = {
    ...{ num_train_epochs: 2, per_device_train_batch_size: 1, logging_steps: 2 },
    ...{ evaluation_strategy: "steps", eval_steps: 3, save_strategy: "steps", save_steps: 3 },
  };
  const expected = await collect(partsOf(args, 8, [0.5, 0.6, 0.7, 0.8, 0.9]).parts);
  const { parts, seen } = partsOf(args, 8, [0.5, 0.6, 0.7, 0.8, 0.9]);
  let underWay = 0;
  let most = 0;
  const steps: number[] = [];
  const found = await collect({
    ...parts,
    depth: 2,
    async trainStep(batches, learningRate, step) {
      underWay += 1;
      most = Math.max(most, underWay);
      steps.push(step);
      await parts.trainStep(batches, learningRate, step);
      await new Promise((resolve) => setTimeout(resolve, 0));
      underWay -= 1;
      return { loss: step + 1, gradNorm: 0.5, flos: 10, tokens: 7 };
    },
    async evaluate() {
      expect(underWay).toBe(0);
      return parts.evaluate();
    },
  });
  expect(most).toBe(2);
  expect(steps).toEqual(Array.from({ length: 16 }, (_, step) => step));
  expect(seen.length).toBe(16);
  expect(found).toEqual(expected);
});
