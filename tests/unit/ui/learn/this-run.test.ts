import { expect, test } from "vitest";
import type { RunEvent, RunEventBody } from "../../../../src/config/events.ts";
import { runRecordSchema } from "../../../../src/config/run-record.ts";
import { argumentNames } from "../../../../src/config/training-arguments.ts";
import { newRun, reduceRun } from "../../../../src/state/run-state.ts";
import { notionOf, notions } from "../../../../src/ui/learn/notions.ts";
import { numbersOf } from "../../../../src/ui/learn/this-run.ts";

const record = runRecordSchema.parse({
  version: 1,
  id: "r",
  name: "reviews",
  created_at: "2026-11-24T10:00:00.000Z",
  mode: "head",
  model_name_or_path: "universal-sentence-encoder-lite",
  dataset: {
    id: "d",
    name: "rows.csv",
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
  },
  backend: "wasm",
  arguments: {
    output_dir: "results",
    per_device_train_batch_size: 10,
    num_train_epochs: 3,
    save_total_limit: 1,
  },
});
const checkpoint = (step: number): RunEventBody => ({
  type: "checkpointSaved",
  checkpoint: { path: `results/checkpoint-${step}`, step, bytes: 2_000_000, savedAt: 0 },
  bestStep: step,
  duration: 1,
});
const play = (bodies: readonly RunEventBody[]) =>
  reduceRun(
    newRun(record),
    bodies.map((body): RunEvent => ({ version: 1, runId: "r", time: 0, ...body })),
  );
const started: RunEventBody = {
  type: "started",
  fromStep: 0,
  header: {
    numExamples: 95,
    numEvaluationExamples: 25,
    totalTrainBatchSize: 10,
    updatesPerEpoch: 10,
    maxSteps: 30,
    trainableParameters: 1_000,
    allParameters: 1_000_000,
    backend: "wasm",
    adapter: "SIMD",
  },
};

test("every argument leads to a notion of the page", () => {
  for (const name of argumentNames) expect(notions).toContain(notionOf(name));
});

test("the run's own numbers stand under each notion", () => {
  const run = play([
    started,
    checkpoint(10),
    checkpoint(20),
    { type: "checkpointDeleted", path: "results/checkpoint-10", step: 10 },
  ]);
  expect(numbersOf("transfer", run)).toMatch(/1\.0.k of 1\.0.M parameters are trained, 0\.10.%/u);
  expect(numbersOf("epoch", run)).toMatch(/95 rows in 10 updates; the run has 30 in all/u);
  expect(numbersOf("batch", run)).toMatch(/10 rows a batch, so an epoch has 10 batches/u);
  expect(numbersOf("rotation", run)).toBe(
    "save_total_limit is 1: 2 were written, 1 of them deleted again.",
  );
  expect(numbersOf("snapshot", run)).toMatch(/checkpoint-20, 2\.0.MB/u);
});

test("a run that has just begun has nothing to tell yet, and never undefined or NaN", () => {
  const told = notions.map((notion) => numbersOf(notion, newRun(record)));
  expect(told.join(" ")).not.toMatch(/undefined|NaN/u);
  expect(numbersOf("epoch", newRun(record))).toBeNull();
});
