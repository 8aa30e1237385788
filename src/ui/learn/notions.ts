// The notions of the Learn page, in its order, and which one explains each argument.
import type { ArgumentGroup } from "../../config/argument-kinds.ts";
import { type ArgumentName, trainingArgumentFields } from "../../config/training-arguments.ts";
import { en } from "../text/en.ts";

export type Notion = keyof typeof en.learn.notions;
export const notions = Object.keys(en.learn.notions) as Notion[];

const ofGroup: Record<ArgumentGroup, Notion> = {
  length: "epoch",
  optimizer: "learningRate",
  schedule: "learningRate",
  regularization: "regularization",
  evaluation: "evaluation",
  stopping: "best",
  logging: "logging",
  saving: "snapshot",
  seeds: "seed",
  folders: "snapshot",
};

const ofArgument: Partial<Record<ArgumentName, Notion>> = {
  per_device_train_batch_size: "batch",
  per_device_eval_batch_size: "batch",
  gradient_accumulation_steps: "batch",
  dataloader_drop_last: "batch",
  train_sampling_strategy: "batch",
  max_length: "tokens",
  include_num_input_tokens_seen: "tokens",
  weight_decay: "regularization",
  metric_for_best_model: "best",
  greater_is_better: "best",
  load_best_model_at_end: "best",
  save_total_limit: "rotation",
  logging_dir: "logging",
};

/** The notion that explains an argument. */
export const notionOf = (name: ArgumentName): Notion =>
  ofArgument[name] ?? ofGroup[trainingArgumentFields[name].group];
