// The training arguments, under their Hugging Face names. The one place for default, limits, label and help:
// the form, the run record, the trainer and the exported files all read this file.
import { z } from "zod";
import { optimizerNames } from "./optim-args.ts";

/** Headings of the form, in their order. */
export const argumentGroups = ["length", "optimizer", "evaluation", "saving", "folders"] as const;
export type ArgumentGroup = (typeof argumentGroups)[number];

interface Words {
  /** Plain label above the control. */
  readonly label: string;
  /** What changes when it is turned up or switched on. */
  readonly help: string;
  readonly group: ArgumentGroup;
}

interface NumberLimits {
  readonly min?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  readonly max?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
  /** What one press of + or - changes: this, or one unit of the value's own leading digit. */
  readonly step: number | "leading digit";
}

const words = (options: Words) => ({
  label: options.label,
  help: options.help,
  group: options.group,
});

function limited(base: z.ZodNumber, limits: NumberLimits): z.ZodNumber {
  let schema = base;
  if (limits.min !== undefined) schema = schema.min(limits.min);
  if (limits.above !== undefined) schema = schema.gt(limits.above);
  if (limits.max !== undefined) schema = schema.max(limits.max);
  if (limits.below !== undefined) schema = schema.lt(limits.below);
  return schema;
}

function number(options: Words & NumberLimits & { default: number; integer?: boolean }) {
  const base = options.integer ? z.int() : z.number();
  return {
    ...words(options),
    kind: "number" as const,
    optional: false,
    limits: {
      min: options.min,
      above: options.above,
      max: options.max,
      below: options.below,
      step: options.step,
    },
    integer: options.integer ?? false,
    schema: limited(base, options).default(options.default),
  };
}

function optionalNumber(options: Words & NumberLimits & { empty: string }) {
  return {
    ...words(options),
    kind: "number" as const,
    optional: true,
    /** What an empty field means. */
    empty: options.empty,
    limits: {
      min: options.min,
      above: options.above,
      max: options.max,
      below: options.below,
      step: options.step,
    },
    integer: true,
    schema: limited(z.int(), options).nullable().default(null),
  };
}

function choice<const Value extends string>(
  options: Words & {
    values: readonly Value[];
    default: NoInfer<Value>;
    names: Record<Value, string>;
  },
) {
  return {
    ...words(options),
    kind: "choice" as const,
    optional: false,
    values: options.values,
    names: options.names as Readonly<Record<string, string>>,
    schema: z.enum(options.values).default(options.default as never),
  };
}

function toggle(options: Words & { default: boolean }) {
  return {
    ...words(options),
    kind: "toggle" as const,
    optional: false,
    schema: z.boolean().default(options.default),
  };
}

function optionalToggle(options: Words & { names: Record<"auto" | "true" | "false", string> }) {
  return {
    ...words(options),
    kind: "optionalToggle" as const,
    optional: true,
    names: options.names,
    schema: z.boolean().nullable().default(null),
  };
}

const folderName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[^/\\:*?"<>|][^\\:*?"<>|]*$/u, {
    error: 'A folder name may not be empty, start with / or contain .. \\ : * ? " < > |',
  });

function folder(options: Words & { default: string }) {
  return {
    ...words(options),
    kind: "folder" as const,
    optional: false,
    schema: folderName.default(options.default),
  };
}

function optionalFolder(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "folder" as const,
    optional: true,
    empty: options.empty,
    schema: folderName.nullable().default(null),
  };
}

/** One line of text; empty means none. */
function optionalText(options: Words & { empty: string }) {
  return {
    ...words(options),
    kind: "text" as const,
    optional: true,
    empty: options.empty,
    schema: z.string().trim().min(1).max(500).nullable().default(null),
  };
}

/** When something happens during a run. */
const intervalStrategies = ["no", "steps", "epoch"] as const;

/**
 * Every training argument: its schema and what the form needs to draw it.
 * Defaults are those of `transformers.TrainingArguments` 5.18; what the studio recommends for a run stands in presets.ts.
 */
export const trainingArgumentFields = {
  num_train_epochs: number({
    label: "Epochs",
    help: "Passes over the training rows. More passes fit the rows better, and at some point only those rows.",
    group: "length",
    default: 3,
    above: 0,
    max: 1000,
    step: 1,
  }),
  per_device_train_batch_size: number({
    label: "Batch size",
    help: "Rows in one forward and backward pass. Larger is steadier and needs more memory.",
    group: "length",
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
    default: 1,
    integer: true,
    min: 1,
    max: 1024,
    step: 1,
  }),
  max_length: number({
    label: "Longest input",
    help: "Tokens kept of each text. Longer texts are cut. Higher is slower and needs more memory.",
    group: "length",
    default: 128,
    integer: true,
    min: 4,
    max: 4096,
    step: 8,
  }),
  learning_rate: number({
    label: "Learning rate",
    help: "Size of each update. Too high and the loss jumps, too low and nothing is learned.",
    group: "optimizer",
    default: 5e-5,
    min: 0,
    max: 1,
    step: "leading digit",
  }),
  lr_scheduler_type: choice({
    label: "Schedule",
    help: "How the learning rate changes after warm-up: falling in a line to zero, or staying as it is.",
    group: "optimizer",
    values: ["linear", "constant"],
    names: {
      linear: "falls to zero (linear)",
      constant: "stays the same (constant)",
    },
    default: "linear",
  }),
  warmup_ratio: number({
    label: "Warm-up",
    help: "Share of all updates in which the learning rate rises from zero. It protects trained weights from the first noisy updates.",
    group: "optimizer",
    default: 0,
    min: 0,
    max: 1,
    step: 0.05,
  }),
  weight_decay: number({
    label: "Weight decay",
    help: "Pulls weights towards zero at each update (AdamW). Biases and layer norms are left out.",
    group: "optimizer",
    default: 0,
    min: 0,
    max: 10,
    step: 0.01,
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
  seed: number({
    label: "Seed",
    help: "Decides the order of the rows and the new weights. The same seed gives the same run.",
    group: "optimizer",
    default: 42,
    integer: true,
    min: 0,
    max: 4294967295,
    step: 1,
  }),
  evaluation_strategy: choice({
    label: "Score",
    help: "When the held-out rows are scored.",
    group: "evaluation",
    values: intervalStrategies,
    names: {
      no: "never",
      steps: "every few updates",
      epoch: "after each epoch",
    },
    default: "no",
  }),
  eval_steps: optionalNumber({
    label: "every",
    help: "Updates between two scorings.",
    empty: "as logging_steps",
    group: "evaluation",
    min: 1,
    max: 1e9,
    step: 10,
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
  logging_steps: number({
    label: "Log every",
    help: "Updates between two points of the loss curve.",
    group: "evaluation",
    default: 500,
    integer: true,
    min: 1,
    max: 1e9,
    step: 5,
  }),
  metric_for_best_model: choice({
    label: "Best by",
    help: "The metric that decides which checkpoint is the best one.",
    group: "evaluation",
    values: ["loss", "accuracy"],
    names: { loss: "loss", accuracy: "accuracy" },
    default: "loss",
  }),
  greater_is_better: optionalToggle({
    label: "Better is",
    help: "Left alone it follows the metric: less for loss, more for accuracy.",
    group: "evaluation",
    names: { auto: "as the metric says", true: "greater", false: "smaller" },
  }),
  save_strategy: choice({
    label: "Save",
    help: "When a checkpoint is written.",
    group: "saving",
    values: intervalStrategies,
    names: {
      no: "never",
      steps: "every few updates",
      epoch: "after each epoch",
    },
    default: "steps",
  }),
  save_steps: number({
    label: "every",
    help: "Updates between two checkpoints.",
    group: "saving",
    default: 500,
    integer: true,
    min: 1,
    max: 1e9,
    step: 10,
  }),
  save_total_limit: optionalNumber({
    label: "Keep at most",
    help: "Older checkpoints are deleted. The best and the newest are never deleted.",
    empty: "all",
    group: "saving",
    min: 1,
    max: 1000,
    step: 1,
  }),
  load_best_model_at_end: toggle({
    label: "Load the best at the end",
    help: "The run ends with the weights of the best checkpoint, not with the last ones.",
    group: "saving",
    default: false,
  }),
  output_dir: folder({
    label: "Checkpoints go to",
    help: "Folder of this run's checkpoints in the browser's storage.",
    group: "folders",
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

/** Direction of the best metric. The Trainer's default: every name that does not end in "loss" is greater-is-better. */
export function isGreaterBetter(
  args: Pick<TrainingArguments, "metric_for_best_model" | "greater_is_better">,
): boolean {
  return args.greater_is_better ?? !args.metric_for_best_model.endsWith("loss");
}
