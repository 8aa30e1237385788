import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { type RunRecord, runRecordSchema } from "../../../src/config/run-record.ts";
import { estimateTime, speedKey } from "../../../src/config/time-estimate.ts";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";

const recordOf = (args: Partial<TrainingArguments>): RunRecord =>
  runRecordSchema.parse({
    version: 1,
    id: "r",
    name: "reviews",
    created_at: "2026-11-24T10:00:00.000Z",
    mode: "full",
    model_name_or_path: "m",
    dataset: datasetChoiceSchema.parse({
      id: "d",
      name: "rows.csv",
      text_column: "text",
      label_column: "label",
      skip_empty: false,
      eval_fraction: 0.2,
      split_seed: 42,
    }),
    backend: "wasm",
    arguments: trainingArgumentsSchema.parse(args),
  });

const figures = { update: 10, evaluation: 100, preparation: 700, save: 50, run: null };

test("the time is that of every update, scoring and save to come, and of the two scorings at the end", () => {
  const record = recordOf({
    num_train_epochs: 3,
    per_device_train_batch_size: 10,
    evaluation_strategy: "epoch",
    save_strategy: "epoch",
  });
  expect(estimateTime(record, 100, figures)).toEqual({
    preparation: 700,
    updates: 300,
    evaluations: 500,
    saves: 150,
    total: 1650,
  });
  expect(estimateTime(record, 100, { ...figures, save: null }).total).toBe(1500);
});

test("what changes no update's time shares the figures, what changes it does not", () => {
  const keyOf = (args: Partial<TrainingArguments>, rows = 100) =>
    speedKey(recordOf(args), "SIMD", rows);
  expect(keyOf({ num_train_epochs: 9, learning_rate: 0.1, output_dir: "b" })).toBe(keyOf({}));
  for (const args of [
    { per_device_train_batch_size: 4 },
    { max_length: 16 },
    { gradient_accumulation_steps: 2 },
    { optim: "sgd" },
  ] as const) {
    expect(keyOf(args)).not.toBe(keyOf({}));
  }
  expect(keyOf({}, 99)).not.toBe(keyOf({}));
});
