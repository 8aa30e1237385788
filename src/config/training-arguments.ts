// The training arguments, under their Hugging Face names. The one place for default, limits, label and help:
// the form, the run record, the trainer and the exported files all read this file.
import { z } from "zod";
import {
  choice,
  folder,
  interval,
  number,
  optionalChoice,
  optionalFolder,
  optionalInterval,
  optionalNumber,
  optionalOptions,
  optionalText,
  optionalToggle,
  toggle,
} from "./argument-kinds.ts";
import { optimizerNames } from "./optim-args.ts";
import { schedulerTypes } from "./scheduler-options.ts";

/** When something happens during a run. */
const intervalStrategies = ["no", "steps", "epoch"] as const;
const intervalNames = {
  no: "never",
  steps: "every few updates",
  epoch: "after each epoch",
} as const;

/**
 * Every training argument: its schema and what the form needs to draw it.
 * Defaults are those of `transformers.TrainingArguments` 5.18; what the studio recommends for a run stands in presets.ts.
 */
export const trainingArgumentFields = {
  num_train_epochs: number({
    label: "Epochs",
    help: "Passes over the training rows. More passes fit the rows better, and at some point only those rows.",
    group: "length",
    basic: true,
    default: 3,
    above: 0,
    max: 1000,
    step: 1,
  }),
  max_steps: number({
    label: "Updates at most",
    help: "Ends the run after so many updates, whatever the epochs say. -1 leaves it to the epochs.",
    group: "length",
    default: -1,
    integer: true,
    min: -1,
    max: 1e7,
    step: 100,
  }),
  per_device_train_batch_size: number({
    label: "Batch size",
    help: "Rows in one forward and backward pass. Larger is steadier and needs more memory.",
    group: "length",
    basic: true,
    default: 8,
    integer: true,
    min: 1,
    max: 4096,
    step: 1,
  }),
  gradient_accumulation_steps: number({
    label: "Accumulation",
    help: "Batches added up before one update. It gives the effect of a larger batch without its memory.",
    group: "length",
    basic: true,
    default: 1,
    integer: true,
    min: 1,
    max: 1024,
    step: 1,
  }),
  gradient_checkpointing: toggle({
    label: "Compute layers again",
    help: "Keeps of each trained layer its input alone, and computes the rest again on the way back: far less memory for about a third more time. The numbers stay the same.",
    group: "length",
    default: false,
  }),
  max_length: number({
    label: "Longest input",
    help: "Tokens kept of each text. Longer texts are cut. Higher is slower and needs more memory.",
    group: "length",
    basic: true,
    default: 128,
    integer: true,
    min: 4,
    max: 4096,
    step: 8,
  }),
  train_sampling_strategy: choice({
    label: "Order of the rows",
    help: "Shuffled anew each epoch; or batches of similar length, which waste less padding; or as the file has them.",
    group: "length",
    values: ["random", "group_by_length", "sequential"],
    names: {
      random: "shuffled (random)",
      group_by_length: "similar lengths together (group_by_length)",
      sequential: "as in the file (sequential)",
    },
    default: "random",
  }),
  dataloader_drop_last: toggle({
    label: "Drop the last short batch",
    help: "Leaves out rows that do not fill a batch, in training and in scoring, as the Trainer does.",
    group: "length",
    default: false,
  }),
  learning_rate: number({
    label: "Learning rate",
    help: "Size of each update. Too high and the loss jumps, too low and nothing is learned.",
    group: "optimizer",
    basic: true,
    default: 5e-5,
    min: 0,
    max: 1,
    step: "leading digit",
  }),
  weight_decay: number({
    label: "Weight decay",
    help: "Pulls weights towards zero at each update. Biases and layer norms are left out.",
    group: "optimizer",
    basic: true,
    default: 0,
    min: 0,
    max: 10,
    step: 0.01,
  }),
  optim: choice({
    label: "Optimiser",
    help: "How gradients become updates. AdamW is the usual one. Adafactor needs the least memory, SGD needs a higher rate.",
    group: "optimizer",
    values: optimizerNames,
    names: {
      adamw_torch: "AdamW (adamw_torch)",
      sgd: "SGD (sgd)",
      adagrad: "Adagrad (adagrad)",
      rmsprop: "RMSprop (rmsprop)",
      adafactor: "Adafactor (adafactor)",
    },
    default: "adamw_torch",
  }),
  optim_args: optionalText({
    label: "Optimiser options",
    help: "PyTorch's own options for SGD, Adagrad and RMSprop, such as momentum=0.9, nesterov=True.",
    empty: "PyTorch's defaults",
    group: "optimizer",
  }),
  adam_beta1: number({
    label: "AdamW beta 1",
    help: "Memory of the mean gradient. Higher is smoother and slower to turn.",
    group: "optimizer",
    default: 0.9,
    min: 0,
    below: 1,
    step: 0.05,
  }),
  adam_beta2: number({
    label: "AdamW beta 2",
    help: "Memory of the squared gradient. Lower follows changes faster and is less steady.",
    group: "optimizer",
    default: 0.999,
    min: 0,
    below: 1,
    step: 0.001,
  }),
  adam_epsilon: number({
    label: "AdamW epsilon",
    help: "Added to the divisor. Higher damps the updates of weights with tiny gradients.",
    group: "optimizer",
    default: 1e-8,
    min: 0,
    max: 1,
    step: "leading digit",
  }),
  max_grad_norm: number({
    label: "Gradient clipping",
    help: "Gradients with a larger total norm are scaled down to this. 0 switches clipping off.",
    group: "optimizer",
    default: 1,
    min: 0,
    max: 1e6,
    step: 0.5,
  }),
  lr_scheduler_type: choice({
    label: "Schedule",
    help: "How the learning rate changes after warm-up.",
    group: "schedule",
    basic: true,
    values: schedulerTypes,
    names: {
      linear: "falls to zero in a line (linear)",
      cosine: "falls to zero in a curve (cosine)",
      cosine_with_restarts: "falls in a curve, again and again (cosine_with_restarts)",
      polynomial: "falls as a power (polynomial)",
      constant: "stays the same, no warm-up (constant)",
      constant_with_warmup: "stays the same (constant_with_warmup)",
      inverse_sqrt: "falls as 1 / square root (inverse_sqrt)",
      reduce_lr_on_plateau: "falls when scores stop improving (reduce_lr_on_plateau)",
      cosine_with_min_lr: "falls in a curve to a minimum (cosine_with_min_lr)",
      cosine_warmup_with_min_lr: "as before, warm-up from above zero (cosine_warmup_with_min_lr)",
      warmup_stable_decay: "stays, then falls (warmup_stable_decay)",
      greedy: "rises and falls with the scores (greedy)",
    },
    default: "linear",
  }),
  warmup_ratio: number({
    label: "Warm-up",
    help: "Share of all updates in which the learning rate rises from zero. It protects trained weights from the first noisy updates.",
    group: "schedule",
    basic: true,
    default: 0,
    min: 0,
    max: 1,
    step: 0.05,
  }),
  warmup_steps: number({
    label: "Warm-up updates",
    help: "Warm-up as a number of updates, or as a share below 1. Above 0 it wins over the ratio.",
    group: "schedule",
    default: 0,
    min: 0,
    max: 1e7,
    step: 10,
  }),
  lr_scheduler_kwargs: optionalOptions({
    label: "Schedule options",
    help: "Options of the schedule as JSON.",
    empty: "the schedule's defaults",
    group: "schedule",
  }),
  label_smoothing_factor: number({
    label: "Label smoothing",
    help: "Share of each target that is spread over all classes. Higher makes the model less sure of itself.",
    group: "regularization",
    default: 0,
    min: 0,
    below: 1,
    step: 0.05,
  }),
  neftune_noise_alpha: optionalNumber({
    label: "Embedding noise",
    help: "NEFTune: noise on the word embeddings while training, often 5 to 15. It can keep a model from learning rows by heart. It has no effect on a frozen base model.",
    empty: "none",
    group: "regularization",
    integer: false,
    above: 0,
    max: 1000,
    step: 1,
  }),
  evaluation_strategy: choice({
    label: "Score",
    help: "When the held-out rows are scored.",
    group: "evaluation",
    basic: true,
    values: intervalStrategies,
    names: intervalNames,
    default: "no",
  }),
  eval_steps: optionalInterval({
    label: "every",
    help: "Updates between two scorings, or a share of all updates below 1.",
    empty: "as logging_steps",
    group: "evaluation",
    basic: true,
  }),
  metric_for_best_model: optionalChoice({
    label: "Best by",
    help: "The metric that decides which checkpoint is the best one.",
    group: "evaluation",
    basic: true,
    values: [
      "loss",
      "accuracy",
      "f1",
      "f1_macro",
      "hamming_loss",
      "r2",
      "pearson",
      "rmse",
      "mse",
      "mae",
    ],
    empty: "none, or loss where one is needed",
    names: {
      loss: "loss",
      accuracy: "accuracy",
      f1: "F1 over all labels (f1)",
      f1_macro: "mean F1 of the labels (f1_macro)",
      hamming_loss: "share of wrong labels (hamming_loss)",
      r2: "explained variance (r2)",
      pearson: "correlation (pearson)",
      rmse: "root mean squared error (rmse)",
      mse: "mean squared error (mse)",
      mae: "mean absolute error (mae)",
    },
  }),
  greater_is_better: optionalToggle({
    label: "Better is",
    help: "Left alone it follows the metric: less for loss, more for accuracy.",
    group: "evaluation",
    names: { auto: "as the metric says", true: "greater", false: "smaller" },
  }),
  per_device_eval_batch_size: number({
    label: "Scoring batch",
    help: "Rows scored at once. Larger is faster and needs more memory.",
    group: "evaluation",
    default: 8,
    integer: true,
    min: 1,
    max: 4096,
    step: 8,
  }),
  eval_delay: number({
    label: "First score after",
    help: "Updates, or epochs with the epoch strategy, before the first scoring.",
    group: "evaluation",
    default: 0,
    min: 0,
    max: 1e7,
    step: 1,
  }),
  eval_on_start: toggle({
    label: "Score before the first update",
    help: "Shows where the run starts from. It does not count for the best model.",
    group: "evaluation",
    default: false,
  }),
  early_stopping_patience: optionalNumber({
    label: "Stop after scores without gain",
    help: "Ends the run when the best metric has not improved in so many scorings (EarlyStoppingCallback).",
    empty: "never",
    group: "stopping",
    min: 1,
    max: 1000,
    step: 1,
  }),
  early_stopping_threshold: number({
    label: "Least gain that counts",
    help: "A score must beat the best one by more than this, or it counts as no gain.",
    group: "stopping",
    default: 0,
    min: 0,
    max: 1000,
    step: 0.001,
  }),
  logging_strategy: choice({
    label: "Log",
    help: "When a point of the loss curve is written.",
    group: "logging",
    values: intervalStrategies,
    names: intervalNames,
    default: "steps",
  }),
  logging_steps: interval({
    label: "Log every",
    help: "Updates between two points of the loss curve, or a share of all updates below 1.",
    group: "logging",
    basic: true,
    default: 500,
  }),
  logging_first_step: toggle({
    label: "Log the first update",
    help: "Writes a point after the first update too.",
    group: "logging",
    default: false,
  }),
  include_num_input_tokens_seen: choice({
    label: "Count tokens",
    help: "Adds the tokens seen so far to each log row.",
    group: "logging",
    values: ["no", "all", "non_padding"],
    names: {
      no: "no",
      all: "all, padding too (all)",
      non_padding: "without padding (non_padding)",
    },
    default: "no",
  }),
  save_strategy: choice({
    label: "Save",
    help: "When a checkpoint is written.",
    group: "saving",
    basic: true,
    values: ["no", "steps", "epoch", "best"],
    names: { ...intervalNames, best: "whenever a score is the best so far" },
    default: "steps",
  }),
  save_steps: interval({
    label: "every",
    help: "Updates between two checkpoints, or a share of all updates below 1. 0 saves at the end only.",
    group: "saving",
    basic: true,
    default: 500,
    min: 0,
  }),
  save_total_limit: optionalNumber({
    label: "Keep at most",
    help: "Older checkpoints are deleted. The best and the newest are never deleted.",
    empty: "all",
    group: "saving",
    basic: true,
    min: 1,
    max: 1000,
    step: 1,
  }),
  load_best_model_at_end: toggle({
    label: "Load the best at the end",
    help: "The run ends with the weights of the best checkpoint, not with the last ones.",
    group: "saving",
    basic: true,
    default: false,
  }),
  save_only_model: toggle({
    label: "Save weights only",
    help: "Smaller checkpoints without the optimiser's state. A run cannot be resumed exactly from them.",
    group: "saving",
    default: false,
  }),
  seed: number({
    label: "Seed",
    help: "Decides the order of the rows and the new weights. The same seed gives the same run.",
    group: "seeds",
    basic: true,
    default: 42,
    integer: true,
    min: 0,
    max: 4294967295,
    step: 1,
  }),
  data_seed: optionalNumber({
    label: "Seed of the order",
    help: "Another seed for the order of the rows alone, to compare orders with equal new weights.",
    empty: "as seed",
    group: "seeds",
    min: 0,
    max: 4294967295,
    step: 1,
  }),
  output_dir: folder({
    label: "Checkpoints go to",
    help: "Folder of this run's checkpoints in the browser's storage.",
    group: "folders",
    basic: true,
    default: "results",
  }),
  logging_dir: optionalFolder({
    label: "Logs go to",
    help: "Folder of this run's logs in the browser's storage.",
    empty: "runs in the checkpoint folder",
    group: "folders",
  }),
};

type Fields = typeof trainingArgumentFields;
export type ArgumentName = keyof Fields;

/** Names of all arguments, in the order of the form. */
export const argumentNames = Object.keys(trainingArgumentFields) as ArgumentName[];

type Shape = { [Name in ArgumentName]: Fields[Name]["schema"] };

/** The whole record. Unknown names are refused; missing ones get the Trainer's default. */
export const trainingArgumentsSchema = z.strictObject(
  Object.fromEntries(
    argumentNames.map((name) => [name, trainingArgumentFields[name].schema]),
  ) as Shape,
);

export type TrainingArguments = z.output<typeof trainingArgumentsSchema>;

/** Folder of the logs: `logging_dir`, or `runs` under `output_dir` as in the Trainer. */
export function loggingDir(args: Pick<TrainingArguments, "logging_dir" | "output_dir">): string {
  return args.logging_dir ?? `${args.output_dir}/runs`;
}

/** Schedules that listen to the scores. */
export const isMetricSchedule = (type: TrainingArguments["lr_scheduler_type"]): boolean =>
  type === "reduce_lr_on_plateau" || type === "greedy";

/** The metric that decides which model is best, without `eval_`; null where none does. The Trainer takes the loss where one is needed. */
export function bestMetric(
  args: Pick<
    TrainingArguments,
    "metric_for_best_model" | "load_best_model_at_end" | "lr_scheduler_type"
  >,
): MetricName | null {
  const needed = args.load_best_model_at_end || isMetricSchedule(args.lr_scheduler_type);
  return args.metric_for_best_model ?? (needed ? "loss" : null);
}
export type MetricName = NonNullable<TrainingArguments["metric_for_best_model"]>;

/** Direction of the best metric. The Trainer's default: every name that does not end in "loss" is greater-is-better. */
export function isGreaterBetter(
  args: Pick<
    TrainingArguments,
    "metric_for_best_model" | "greater_is_better" | "load_best_model_at_end" | "lr_scheduler_type"
  >,
): boolean {
  return args.greater_is_better ?? !(bestMetric(args) ?? "loss").endsWith("loss");
}
