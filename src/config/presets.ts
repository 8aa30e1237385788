// What the studio recommends for a run, where it differs from the Trainer's defaults. The form starts with these.

import type { Task } from "./problem-type.ts";
import type { TrainingMode } from "./run-record.ts";
import { planSteps } from "./step-arithmetic.ts";
import { type TrainingArguments, trainingArgumentsSchema } from "./training-arguments.ts";

/**
 * Starting points of the form: a first look, the usual run, a patient one, and the arguments of the course notes as they
 * stand there. The Trainer refuses the last (repair-strategies.ts mends it).
 */
export const presets = ["quick", "balanced", "thorough", "notes"] as const;
export type Preset = (typeof presets)[number];

/** Points that a loss curve should have: enough to see its shape, few enough to read. */
const curvePoints = 80;

/**
 * Learning rate of each mode. Measured on the sentiment sample, see benchmark:learning: a head on frozen outputs is small
 * and takes a high rate, the fewer layers are trained the higher a rate they take.
 */
const learningRates: Record<TrainingMode, number> = {
  head: 0.03,
  last: 5e-4,
  full: 3e-4,
  scratch: 3e-4,
};

/** A head with a hidden layer of its own, as BERT, RoBERTa and DistilBERT have it: the high rate would drive that layer apart. */
const deepHeadRate = 1e-3;

/** What the presets need to know beside the mode and the rows. */
export interface PresetSubject {
  readonly problemType: Task;
  /** Whether the model's head has more than its output layer. */
  readonly hasDeepHead: boolean;
}

const plainSubject: PresetSubject = {
  problemType: "single_label_classification",
  hasDeepHead: false,
};

/** Epochs of a usual run: a head learns fast and cheaply. */
const epochs: Record<TrainingMode, number> = { head: 5, last: 3, full: 3, scratch: 3 };

const keepTheBest = {
  per_device_eval_batch_size: 32,
  warmup_ratio: 0.1,
  save_total_limit: 2,
  load_best_model_at_end: true,
} as const;

/** What decides the best of each kind. Less of an error is better, which the Trainer does not take from its name. */
const bestBy = {
  single_label_classification: { metric_for_best_model: "accuracy" },
  multi_label_classification: { metric_for_best_model: "f1" },
  regression: { metric_for_best_model: "rmse", greater_is_better: false },
  // Left alone, so that another metric brings its own direction.
  language_modeling: { metric_for_best_model: "loss", greater_is_better: null },
} as const satisfies Record<Task, Partial<TrainingArguments>>;

/** Arguments of a preset for a mode, a number of training rows, a kind of target and of head. Each mode has its own learning rate. */
export function presetArguments(
  preset: Preset,
  mode: TrainingMode,
  trainRows: number,
  subject: PresetSubject = plainSubject,
): TrainingArguments {
  const args = trainingArgumentsSchema.parse(given(preset, mode, subject));
  const plan = planSteps(args, Math.max(1, trainRows));
  switch (preset) {
    case "quick":
    case "balanced":
      return { ...args, logging_steps: loggingSteps(plan.maxSteps) };
    case "thorough": {
      // Scored and saved three times an epoch: the best moment lies seldom at an epoch's end.
      const every = Math.max(1, Math.round(plan.updatesPerEpoch / 3));
      const logging_steps = loggingSteps(plan.maxSteps);
      return { ...args, eval_steps: every, save_steps: every, logging_steps };
    }
    case "notes":
      return args;
    default:
      return preset satisfies never;
  }
}

const loggingSteps = (maxSteps: number) => Math.max(1, Math.round(maxSteps / curvePoints));

function given(
  preset: Preset,
  mode: TrainingMode,
  { problemType, hasDeepHead }: PresetSubject,
): Partial<TrainingArguments> {
  const batch = mode === "head" ? 32 : 16;
  const learning_rate = mode === "head" && hasDeepHead ? deepHeadRate : learningRates[mode];
  const usual = {
    ...keepTheBest,
    ...bestBy[problemType],
    learning_rate,
    per_device_train_batch_size: batch,
    evaluation_strategy: "epoch",
    save_strategy: "epoch",
  } as const;
  switch (preset) {
    case "quick":
      // Shorter texts, one pass: is there anything to learn at all?
      return { ...usual, num_train_epochs: 1, max_length: 64 };
    case "balanced":
      return { ...usual, num_train_epochs: epochs[mode] };
    case "thorough":
      return {
        ...usual,
        num_train_epochs: epochs[mode] * 2,
        // More updates, each a smaller one.
        learning_rate: Number((learning_rate * 0.6).toPrecision(3)),
        lr_scheduler_type: "cosine",
        weight_decay: 0.01,
        evaluation_strategy: "steps",
        save_strategy: "steps",
        early_stopping_patience: 6,
      };
    case "notes":
      return {
        learning_rate,
        per_device_train_batch_size: 8,
        per_device_eval_batch_size: 8,
        logging_steps: 100,
        save_steps: 500,
        evaluation_strategy: "epoch",
        save_total_limit: 2,
        load_best_model_at_end: true,
        greater_is_better: true,
        ...bestBy[problemType],
      };
    default:
      return preset satisfies never;
  }
}
