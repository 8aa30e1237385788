// Runs of a language model from files to files in Node: rows of token ids, the real session, checkpoints in IndexedDB.
import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { importArguments } from "../../../src/config/argument-files.ts";
import { datasetInfoSchema } from "../../../src/config/dataset.ts";
import { languageChoiceSchema } from "../../../src/config/language-data.ts";
import type { RunRecord } from "../../../src/config/run-record.ts";
import { tabulate } from "../../../src/data/read/parse-json.ts";
import { checkpointPath, listCheckpoints } from "../../../src/storage/checkpoints.ts";
import { saveDataset } from "../../../src/storage/datasets.ts";
import { readFile } from "../../../src/storage/folders.ts";
import type { BaseModel } from "../../../src/worker/base-model.ts";
import { loadBaseModel } from "../../../src/worker/base-model.ts";
import { createModelLibrary } from "../../../src/worker/model-library.ts";
import { argumentsOf, type GoldenRow, logErrors, runLimits } from "../trainer/golden-run.ts";
import { recordOf, work } from "./node-runs.ts";

const golden = "tests/golden";
const json = (path: string) => JSON.parse(readFileSync(`${golden}/${path}`, "utf8"));

beforeAll(async () => {
  const rows = json("llama/rows.json");
  await saveRows("train", rows.train);
  await saveRows("eval", rows.eval);
});

async function saveRows(id: string, rows: readonly GoldenRow[]): Promise<void> {
  const lines = rows.map((_, row) => row + 1);
  const table = tabulate(rows, lines, id, { blankLines: 0, unit: "line" });
  const columns = table.columns ?? [];
  await saveDataset(
    datasetInfoSchema.parse({
      ...{
        version: 1,
        id,
        name: `${id}.jsonl`,
        bytes: 1,
        rowCount: rows.length,
        delimiter: ",",
        hasHeader: true,
      },
      columns: columns.map((name) => ({ name, distinct: 3, empty: 0, meanLength: 9 })),
      guess: { text_column: "input_ids", label_column: "labels" },
    }),
    { columns, rows: table.rows, lines, unit: "line" },
  );
}

/** A run on the golden rows, evaluated on the golden held-out rows. */
function languageRecord(args: Parameters<typeof recordOf>[0]): RunRecord {
  const record = recordOf(args);
  return {
    ...record,
    dataset: {
      ...record.dataset,
      ...{ id: "train", name: "train.jsonl", evaluation: { id: "eval", name: "eval.jsonl" } },
      language: languageChoiceSchema.parse({
        format: "tokens",
        columns: { input_ids: "input_ids", labels: "labels", attention_mask: "attention_mask" },
      }),
    },
  };
}

const filesOf = (folder: string, names: readonly string[]) =>
  new Map(names.map((name) => [name, new Uint8Array(readFileSync(`${golden}/${folder}/${name}`))]));

async function logOf(path: string) {
  const state = await readFile(path, "trainer_state.json");
  return JSON.parse(new TextDecoder().decode(state)).log_history;
}

test("a run of the golden Llama through the language task gives the Trainer's losses, norms and scores", async () => {
  const files = filesOf("llama", ["config.json", "model.safetensors"]);
  const base: BaseModel = await loadBaseModel(
    { id: "models/llama", name: "llama", source: "stored" },
    async (name) => files.get(name),
  );
  const { full } = json("llama/expected.json");
  const run = { name: "llama", folder: "llama", log: full, after: null };
  const wanted = argumentsOf({
    ...run,
    arguments: { per_device_train_batch_size: 4, gradient_accumulation_steps: 2 },
  });
  const record = languageRecord({ output_dir: "curve" });
  await work(
    {
      ...record,
      arguments: {
        ...wanted,
        output_dir: "curve",
        save_strategy: "steps",
        save_steps: 500,
        max_length: 24,
      },
    },
    base,
  );
  const log = await logOf("curve/checkpoint-20");
  const errors = logErrors(
    log,
    full.filter((row: object) => !("train_loss" in row)),
  );
  const limits = runLimits("wasm");
  for (const figure of ["loss", "gradNorm", "learningRate", "evalLoss", "evalMetric"] as const) {
    expect(errors[figure], figure).toBeLessThanOrEqual(limits[figure]);
  }
  const accuracies = log.flatMap(
    (row: { mean_token_accuracy?: number }) => row.mean_token_accuracy ?? [],
  );
  expect(accuracies).toHaveLength(20);
  // Two batches of four rows, each padded to a multiple of four.
  const lengths: number[] = json("llama/rows.json")
    .train.slice(0, 8)
    .map(({ attention_mask }: GoldenRow) => attention_mask.reduce((sum, each) => sum + each, 0));
  const places = [0, 4].map((at) => 4 * 4 * Math.ceil(Math.max(...lengths.slice(at, at + 4)) / 4));
  const tokens = lengths.reduce((sum, each) => sum + each, 0);
  const padding = 1 - tokens / places.reduce((sum, each) => sum + each, 0);
  expect(padding).toBeGreaterThan(0);
  expect(log[0].padding_share).toBeCloseTo(padding, 12);
});

const checkpoint = [
  "config.json",
  "generation_config.json",
  "model.safetensors",
  "optimizer.pt",
  "scheduler.pt",
  "trainer_state.json",
];

test("a run of the reference's own Trainer goes on from its checkpoint-3 with the reference's log rows", async () => {
  const library = createModelLibrary("http://localhost/");
  const contents = zipSync(Object.fromEntries(filesOf("hf-run/checkpoint-3", checkpoint)));
  const dropped = [new File([new Uint8Array(contents)], "hf-run.zip")];
  const { summary, checkpoint: found } = await library.import({
    files: dropped,
    name: "",
    within: null,
  });
  expect(found).toMatchObject({ step: 3, maxSteps: 15 });
  const { args } = importArguments(found?.arguments ?? "");
  const record = languageRecord({ output_dir: "hf" });
  await work(
    {
      ...record,
      model_name_or_path: summary.id,
      continued_from: found?.path ?? null,
      arguments: {
        ...args,
        ...{
          output_dir: "hf",
          gradient_accumulation_steps: 2,
          warmup_steps: 3,
          max_length: 24,
        },
        ...{ save_strategy: "steps", save_total_limit: 2 },
        ...{
          load_best_model_at_end: true,
          metric_for_best_model: "accuracy",
          greater_is_better: true,
        },
        train_sampling_strategy: "sequential",
      },
    },
    await library.load(summary.id),
  );
  const reference = json("hf-run/log_history.json");
  const errors = logErrors(await logOf("hf/checkpoint-15"), reference.slice(0, -1));
  const limits = runLimits("wasm");
  for (const figure of ["loss", "gradNorm", "learningRate", "evalLoss", "evalMetric"] as const) {
    expect(errors[figure], figure).toBeLessThanOrEqual(limits[figure]);
  }
  // As the reference left it: the newest, and the best, which was the dropped one.
  expect((await listCheckpoints("hf")).map(({ step }) => step)).toEqual([3, 15]);
  const written = await readFile(checkpointPath("hf", 15), "generation_config.json");
  expect(written).toEqual(
    filesOf("hf-run/checkpoint-3", ["generation_config.json"]).get("generation_config.json"),
  );
});
