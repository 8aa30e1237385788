import { expect, test } from "vitest";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import {
  isGreaterBetter,
  loggingDir,
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import { type ArgumentContext, validateArguments } from "../../../src/config/validate-arguments.ts";

const argsOf = (given: Partial<TrainingArguments>) => trainingArgumentsSchema.parse(given);
const context: ArgumentContext = {
  trainRows: 100,
  evaluationRows: 20,
  takenFolders: ["results"],
  modelMaxLength: 128,
  task: "single_label_classification",
  trainsEmbeddings: true,
};
const problemsOf = (given: Partial<TrainingArguments>) =>
  validateArguments(argsOf({ output_dir: "mine", ...given }), context);

test("the defaults are those of transformers.TrainingArguments", () => {
  expect(argsOf({})).toMatchObject({
    num_train_epochs: 3,
    per_device_train_batch_size: 8,
    per_device_eval_batch_size: 8,
    gradient_accumulation_steps: 1,
    learning_rate: 5e-5,
    weight_decay: 0,
    max_grad_norm: 1,
    lr_scheduler_type: "linear",
    warmup_ratio: 0,
    logging_steps: 500,
    evaluation_strategy: "no",
    eval_steps: null,
    save_strategy: "steps",
    save_steps: 500,
    save_total_limit: null,
    load_best_model_at_end: false,
    seed: 42,
  });
});

test("an unknown argument is refused", () => {
  expect(trainingArgumentsSchema.safeParse({ fp16: true }).success).toBe(false);
});

test.each([
  [
    { load_best_model_at_end: true },
    "save_strategy",
    /evaluation_strategy is no and save_strategy is steps/u,
  ],
  [
    { load_best_model_at_end: true, evaluation_strategy: "steps", eval_steps: 3, save_steps: 10 },
    "save_steps",
    /10 is not a multiple of 3/u,
  ],
  [{ output_dir: "results" }, "output_dir", /Another run keeps its checkpoints in results/u],
  [{ max_length: 256 }, "max_length", /256 tokens are more than the 128/u],
  [{ learning_rate: 0 }, "learning_rate", /nothing is learned/u],
  [{ metric_for_best_model: "f1" }, "metric_for_best_model", /not among the scores/u],
  [{ max_steps: 0 }, "max_steps", /With 0 updates nothing is learned/u],
  [
    { dataloader_drop_last: true, per_device_train_batch_size: 200 },
    "dataloader_drop_last",
    /100 training rows do not fill one batch of 200/u,
  ],
  [
    {
      dataloader_drop_last: true,
      evaluation_strategy: "epoch",
      per_device_eval_batch_size: 32,
    },
    "per_device_eval_batch_size",
    /20 held-out rows do not fill one scoring batch of 32/u,
  ],
  [{ optim_args: "momentum=0.9" }, "optim_args", /adamw_torch takes no optim_args/u],
  [{ optim: "sgd", optim_args: "momentum" }, "optim_args", /not of the form key=value/u],
  [{ optim: "sgd", optim_args: "nesterov=True" }, "optim_args", /nesterov needs a momentum/u],
  [{ lr_scheduler_kwargs: { num_cycles: 2 } }, "lr_scheduler_kwargs", /linear: .*num_cycles/u],
  [
    { lr_scheduler_type: "warmup_stable_decay" },
    "lr_scheduler_kwargs",
    /warmup_stable_decay: num_decay_steps is missing/u,
  ],
  [
    { lr_scheduler_type: "cosine_with_min_lr" },
    "lr_scheduler_kwargs",
    /either min_lr or min_lr_rate/u,
  ],
  [
    { lr_scheduler_type: "polynomial", learning_rate: 1e-8 },
    "lr_scheduler_kwargs",
    /lr_end .* must be smaller/u,
  ],
  [{ lr_scheduler_type: "greedy" }, "lr_scheduler_type", /but nothing is scored/u],
  [
    {
      lr_scheduler_type: "reduce_lr_on_plateau",
      evaluation_strategy: "epoch",
      metric_for_best_model: "accuracy",
    },
    "lr_scheduler_kwargs",
    /waits for accuracy to fall, but greater is better/u,
  ],
  [
    { save_strategy: "best", evaluation_strategy: "epoch" },
    "metric_for_best_model",
    /needs a metric/u,
  ],
  [
    { save_strategy: "best", metric_for_best_model: "loss" },
    "save_strategy",
    /no checkpoint would ever be written/u,
  ],
  [
    { early_stopping_patience: 2, metric_for_best_model: "loss" },
    "early_stopping_patience",
    /needs scores/u,
  ],
  [
    { early_stopping_patience: 2, evaluation_strategy: "epoch" },
    "metric_for_best_model",
    /needs a metric to watch/u,
  ],
  [{ early_stopping_threshold: 0.1 }, "early_stopping_threshold", /which is off/u],
  [
    {
      load_best_model_at_end: true,
      evaluation_strategy: "steps",
      eval_steps: 0.1,
      save_steps: 10,
    },
    "save_steps",
    /nobody can promise/u,
  ],
] as const)("%j is refused at %s", (given, argument, message) => {
  const problems = problemsOf(given);
  expect(problems.map((problem) => problem.argument)).toEqual([argument]);
  expect(problems[0]?.message).toMatch(message);
});

test("the notes' own arguments are refused, because they save by steps and score by epoch", () => {
  const problems = problemsOf({
    logging_steps: 100,
    save_steps: 500,
    evaluation_strategy: "epoch",
    save_total_limit: 2,
    load_best_model_at_end: true,
    metric_for_best_model: "accuracy",
  });
  expect(problems[0]?.argument).toBe("save_strategy");
});

test("10 rows, batches of 2, accumulation 3, 2.5 epochs make 5 updates", () => {
  const args = argsOf({
    num_train_epochs: 2.5,
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 3,
  });
  expect(planSteps(args, 10)).toMatchObject({
    batchesPerEpoch: 5,
    updatesPerEpoch: 2,
    maxSteps: 5,
  });
});

test("0.1 of 101 updates are 11 warm-up updates", () => {
  const args = argsOf({ num_train_epochs: 1, per_device_train_batch_size: 1, warmup_ratio: 0.1 });
  expect(planSteps(args, 101).warmupSteps).toBe(11);
});

test("eval_steps is logging_steps where it is empty", () => {
  expect(planSteps(argsOf({ logging_steps: 7 }), 10).evalSteps).toBe(7);
});

test.each([
  ["loss", null, false],
  ["accuracy", null, true],
  ["accuracy", false, false],
] as const)(
  "metric %s, greater_is_better %s: greater is better is %s",
  (metric_for_best_model, greater_is_better, expected) => {
    expect(isGreaterBetter(argsOf({ metric_for_best_model, greater_is_better }))).toBe(expected);
  },
);

test("logs lie in runs under output_dir unless told otherwise", () => {
  expect(loggingDir({ logging_dir: null, output_dir: "results" })).toBe("results/runs");
  expect(loggingDir({ logging_dir: "logs", output_dir: "results" })).toBe("logs");
});

test("a regression refuses label smoothing, and a metric that the Trainer would turn round", () => {
  const regression = { ...context, task: "regression" } as const;
  const found = (given: Partial<TrainingArguments>) =>
    validateArguments(argsOf({ output_dir: "mine", ...given }), regression).map(
      ({ argument }) => argument,
    );
  expect(found({ label_smoothing_factor: 0.1 })).toEqual(["label_smoothing_factor"]);
  expect(found({ metric_for_best_model: "mse" })).toEqual(["greater_is_better"]);
  expect(found({ metric_for_best_model: "mse", greater_is_better: false })).toEqual([]);
  expect(found({ metric_for_best_model: "accuracy" })).toEqual(["metric_for_best_model"]);
});

test.each([
  ["accuracy", false],
  ["loss", true],
  ["hamming_loss", true],
  [null, true],
] as const)("best by %s, greater is better %s, would keep the worst: refused", (name, greater) => {
  const found = (greater_is_better: boolean | null) =>
    validateArguments(
      argsOf({
        ...{ output_dir: "mine", load_best_model_at_end: true, greater_is_better },
        metric_for_best_model: name,
      }),
      { ...context, task: "multi_label_classification" },
    ).filter(({ argument }) => argument === "greater_is_better");
  expect(found(greater).map(({ message }) => message)).toEqual([
    expect.stringContaining(`${name ?? "loss"} is better: so the worst checkpoint`),
  ]);
  expect(found(!greater)).toEqual([]);
  expect(found(null)).toEqual([]);
});

test("noise on embeddings that nothing adjusts is refused", () => {
  const frozen = { ...context, trainsEmbeddings: false };
  const args = argsOf({ output_dir: "mine", neftune_noise_alpha: 5 });
  expect(validateArguments(args, frozen).map(({ argument }) => argument)).toEqual([
    "neftune_noise_alpha",
  ]);
  expect(validateArguments(args, context)).toEqual([]);
});

test("shares of the updates are counted from all of them, and 0.3 is a multiple of 0.1", () => {
  const args = argsOf({ max_steps: 25, logging_steps: 0.1, eval_steps: 0.3, save_steps: 0.3 });
  expect(planSteps(args, 10)).toMatchObject({ loggingSteps: 3, evalSteps: 8, saveSteps: 8 });
  const given = { load_best_model_at_end: true, evaluation_strategy: "steps" } as const;
  expect(problemsOf({ ...given, eval_steps: 0.1, save_steps: 0.3 })).toEqual([]);
});

test("max_steps wins over the epochs, and warmup_steps over the ratio", () => {
  const args = argsOf({ max_steps: 7, warmup_steps: 2, warmup_ratio: 0.5 });
  expect(planSteps(args, 24)).toMatchObject({
    maxSteps: 7,
    epochs: 3,
    warmupSteps: 2,
    trainSamples: 56,
  });
  expect(planSteps(argsOf({ max_steps: 10, warmup_steps: 0.25 }), 24).warmupSteps).toBe(3);
});

test("several devices share the batches of an epoch", () => {
  const args = argsOf({ per_device_train_batch_size: 2 });
  expect(planSteps(args, 11, 2)).toMatchObject({ batchesPerEpoch: 3, updatesPerEpoch: 3 });
  const dropping = argsOf({ per_device_train_batch_size: 2, dataloader_drop_last: true });
  expect(planSteps(dropping, 11, 2).batchesPerEpoch).toBe(2);
});
