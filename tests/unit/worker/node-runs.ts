// Whole runs in Node: the real session on fake-indexeddb with the small golden BERT, dropout 0.1. What a run left behind is
// read back as bytes, so that two runs can be compared.
import "fake-indexeddb/auto";
import { readFileSync } from "node:fs";
import { datasetChoiceSchema, datasetInfoSchema } from "../../../src/config/dataset.ts";
import type { RunEvent } from "../../../src/config/events.ts";
import type { RunRecord } from "../../../src/config/run-record.ts";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import { listCheckpoints } from "../../../src/storage/checkpoints.ts";
import { saveDataset } from "../../../src/storage/datasets.ts";
import { readFile } from "../../../src/storage/folders.ts";
import { readLines } from "../../../src/storage/logs.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { createFeatureStore } from "../../../src/worker/feature-cache.ts";
import { startSession } from "../../../src/worker/session.ts";
import { startWasmForTests } from "../support/wasm.ts";

const golden = "tests/golden/bert";
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The golden BERT with a dropout. */
export function loadSmallBert(dropout = 0.1): Promise<BaseModel> {
  const config = JSON.parse(readFileSync(`${golden}/config.json`, "utf8"));
  const names: Record<string, string> = { 0: "bad", 1: "fair", 2: "good" };
  const files: Record<string, Uint8Array> = {
    "config.json": json({
      ...config,
      hidden_dropout_prob: dropout,
      attention_probs_dropout_prob: dropout,
      classifier_dropout: dropout,
      id2label: names,
      label2id: Object.fromEntries(Object.entries(names).map(([id, name]) => [name, Number(id)])),
    }),
    "model.safetensors": readFileSync(`${golden}/model.safetensors`),
    "tokenizer.json": readFileSync("tests/golden/tokenizers/wordpiece.json"),
    "tokenizer_config.json": json({ tokenizer_class: "BertTokenizer", pad_token: "[PAD]" }),
  };
  return loadBaseModel(
    { id: "models/bert", name: "bert", source: "stored" },
    async (name) => files[name],
  );
}

const words = ["good", "bad", "book", "long", "fine", "poor", "soup", "film"];

/** Stores 22 short texts of three classes. */
export async function saveRows(): Promise<void> {
  const rows = Array.from({ length: 22 }, (_, i) => [
    `${words[i % 8]} ${words[(i * 3) % 8]} ${i % 4 === 0 ? "and a much longer one" : ""} ${i}`,
    ["bad", "fair", "good"][i % 3] ?? "",
  ]);
  await saveDataset(
    datasetInfoSchema.parse({
      version: 1,
      id: "rows",
      name: "rows.csv",
      bytes: 1,
      rowCount: rows.length,
      columns: ["text", "label"].map((name) => ({ name, distinct: 3, empty: 0, meanLength: 9 })),
      delimiter: ",",
      hasHeader: true,
      guess: { text_column: "text", label_column: "label" },
    }),
    { columns: ["text", "label"], rows, lines: rows.map((_, i) => i + 2), unit: "line" },
  );
}

let started: Awaited<ReturnType<typeof startWasmForTests>> | undefined;

/** A run's record with these arguments. */
export function recordOf(args: Partial<TrainingArguments> & { output_dir: string }): RunRecord {
  return {
    version: 1,
    id: `id of ${args.output_dir}`,
    name: args.output_dir,
    created_at: "2026-11-24T10:00:00.000Z",
    mode: "full",
    model_name_or_path: "models/bert",
    dataset: datasetChoiceSchema.parse({
      id: "rows",
      name: "rows.csv",
      text_column: "text",
      label_column: "label",
      skip_empty: false,
      eval_fraction: 0.2,
      split_seed: 42,
    }),
    backend: "wasm",
    comparison: null,
    continued_from: null,
    arguments: trainingArgumentsSchema.parse({
      per_device_train_batch_size: 4,
      gradient_accumulation_steps: 2,
      num_train_epochs: 2,
      learning_rate: 0.003,
      max_length: 16,
      logging_steps: 2,
      evaluation_strategy: "epoch",
      save_strategy: "steps",
      save_steps: 3,
      ...args,
    }),
  };
}

/** Works on a run until it ends, or until `stopAt` says so of an event: then the run stops as the user stops it. */
export async function work(
  record: RunRecord,
  base: BaseModel,
  options: { resume?: boolean; stopAt?: (event: RunEvent) => boolean } = {},
): Promise<RunEvent[]> {
  started ??= await startWasmForTests();
  const events: RunEvent[] = [];
  let stop: (() => void) | undefined;
  let wantsStop = false;
  const session = await startSession({
    record,
    resume: options.resume ?? false,
    base,
    backend: started,
    features: createFeatureStore(),
    render: async () => [],
    emit(event) {
      events.push(event);
      if (options.stopAt?.(event) !== true) return;
      wantsStop = true;
      stop?.();
    },
  });
  stop = () => session.stop();
  if (wantsStop) stop();
  await session.done;
  const end = events.findLast((event) => event.type === "ended");
  if (end?.type === "ended" && end.error !== undefined) throw new Error(end.error.message);
  return events;
}

// Times, and what a resumed run still had to delete when it saved.
const timeFields = /runtime|per_second|elapsed|stopSave/u;

/** What a run left behind, time fields aside. */
export async function remains(outputDir: string) {
  const steps = (await listCheckpoints(outputDir)).map(({ step }) => step);
  const last = `${outputDir}/checkpoint-${steps.at(-1)}`;
  const hex = async (name: string) =>
    Buffer.from((await readFile(last, name)) ?? []).toString("hex");
  const text = async (name: string) =>
    new TextDecoder().decode(await readFile(last, name)).replaceAll(outputDir, "out");
  const withoutTimes = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([key]) => !timeFields.test(key)))
      : value;
  const parse = (line: string) => JSON.stringify(JSON.parse(line, withoutTimes));
  return {
    steps,
    weights: await hex("model.safetensors"),
    optimizer: await hex("optimizer.pt"),
    scheduler: await hex("scheduler.pt"),
    trainerState: parse(await text("trainer_state.json")),
    studioState: parse(await text("studio_state.json")),
    log: (await readLines(`${outputDir}/runs`, "log.jsonl")).map(parse),
  };
}
