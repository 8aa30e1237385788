import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { datasetChoiceSchema, datasetInfoSchema } from "../../../src/config/dataset.ts";
import type { RunEvent, RunResults } from "../../../src/config/events.ts";
import type { RunRecord, RunStatus } from "../../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { unzipFiles, zipFiles } from "../../../src/formats/zip.ts";
import { listCheckpoints, saveCheckpoint } from "../../../src/storage/checkpoints.ts";
import { readDataset, saveDataset } from "../../../src/storage/datasets.ts";
import { readEvaluationRows, saveEvaluationRows } from "../../../src/storage/evaluations.ts";
import { listFiles, openFile } from "../../../src/storage/files.ts";
import { readFile } from "../../../src/storage/folders.ts";
import { appendLogs, readLines } from "../../../src/storage/logs.ts";
import { archiveRun, restoreRun } from "../../../src/storage/run-archive.ts";
import {
  createRun,
  deleteRun,
  listRuns,
  readResults,
  readRun,
  renameRun,
  writeResults,
} from "../../../src/storage/runs.ts";

const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const record = (id: string, output_dir: string): RunRecord => ({
  version: 1,
  id,
  name: "reviews",
  created_at: "2026-11-24T10:00:00.000Z",
  mode: "head",
  model_name_or_path: "universal-sentence-encoder-lite",
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
  comparison: null,

  continued_from: null,
  arguments: trainingArgumentsSchema.parse({ output_dir }),
});
const completed: RunStatus = {
  version: 1,
  phase: "completed",
  step: 4,
  max_steps: 4,
  heartbeat: 1,
  error: null,
  pins: null,
};
const results: RunResults = {
  version: 1,
  checkpoint: "results/checkpoint-4",
  step: 4,
  labels: ["bad", "good"],
  problem_type: "single_label_classification",
  accuracy: 1,
  loss: 0.1,
  accuracyBefore: 0.5,
  confusion: [],
  perClass: [],
  baselines: { metric: "accuracy", chance: 0.5, majority: 0.5, wordCounts: 0.5 },
  mistakes: [],
};
const saved: RunEvent = {
  version: 1,
  runId: "1",
  time: 5,
  type: "checkpointSaved",
  checkpoint: { path: "results/checkpoint-4", step: 4, bytes: 10, savedAt: 5 },
  bestStep: 4,
  duration: 1,
};
const rows = {
  version: 1 as const,
  labels: ["bad", "good"],
  rows: [
    {
      line: 2,
      text: "fine",
      label: 1,
      predicted: 1,
      confidence: 0.9,
      predicted_before: 0,
      confidence_before: 0.6,
    },
  ],
};

async function storeRun(): Promise<void> {
  await createRun(record("1", "results"), completed);
  await writeResults("1", results);
  await saveCheckpoint("results", 4, [
    { name: "model.safetensors", bytes: utf8("weights") },
    {
      name: "trainer_state.json",
      bytes: utf8('{\n  "best_model_checkpoint": "results/checkpoint-4"\n}\n'),
    },
  ]);
  await saveEvaluationRows("results", rows);
  await appendLogs("results/runs", {
    "events.jsonl": [JSON.stringify(saved)],
    "events.out.tfevents.1.studio.0.0": utf8("records"),
  });
  await saveDataset(
    datasetInfoSchema.parse({
      version: 1,
      id: "d",
      name: "rows.csv",
      bytes: 10,
      rowCount: 1,
      columns: [],
      delimiter: ",",
      hasHeader: true,
      guess: { text_column: "text", label_column: "label" },
    }),
    { columns: ["text", "label"], rows: [["fine", "good"]], lines: [2], unit: "line" },
  );
}

async function zipOfRun(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const zip = await zipFiles(await archiveRun("1"));
  return unzipFiles(Object.assign(zip, { name: "reviews.zip" }));
}

test("every stored file is listed under its path and opens as it would lie on a disk", async () => {
  await storeRun();
  expect((await listFiles()).map(({ path, bytes }) => [path, bytes])).toEqual([
    ["datasets/d/table.json", expect.any(Number)],
    ["results/checkpoint-4/model.safetensors", 7],
    ["results/checkpoint-4/trainer_state.json", 54],
    ["results/evaluation/rows.json", expect.any(Number)],
    ["results/runs/events.jsonl", JSON.stringify(saved).length + 1],
    ["results/runs/events.out.tfevents.1.studio.0.0", 7],
  ]);
  const log = await openFile("results/runs/events.jsonl");
  expect(await log?.text()).toBe(`${JSON.stringify(saved)}\n`);
  expect(await (await openFile("results/checkpoint-4/model.safetensors"))?.text()).toBe("weights");
  expect(await openFile("results/none.txt")).toBeUndefined();
});

test("a run that is here already is refused, and one that was deleted comes back as it was", async () => {
  const zip = await zipOfRun();
  await expect(restoreRun(zip, "reviews.zip")).rejects.toThrow("reviews is already among the runs");
  await deleteRun("1");
  expect(await readEvaluationRows("results")).toBeNull();
  expect(await restoreRun(zip, "reviews.zip")).toEqual(record("1", "results"));
  expect(await readRun("1")).toEqual({ record: record("1", "results"), status: completed });
  expect(await readResults("1")).toEqual(results);
  expect((await listCheckpoints("results")).map(({ step }) => step)).toEqual([4]);
  expect(await readEvaluationRows("results")).toEqual(rows);
  expect(await readLines("results/runs", "events.jsonl")).toEqual([JSON.stringify(saved)]);
  const board = await openFile("results/runs/events.out.tfevents.1.studio.0.0");
  expect(await board?.text()).toBe("records");
});

test("where the folder is taken the run gets a free one, and its files name that one", async () => {
  const zip = await zipOfRun();
  await deleteRun("1");
  await createRun(record("2", "results"), completed);
  const restored = await restoreRun(zip, "reviews.zip");
  expect(restored.name).toBe("reviews-2");
  expect(restored.arguments.output_dir).toBe("results-2");
  expect((await readResults("1"))?.checkpoint).toBe("results-2/checkpoint-4");
  const state = await readFile("results-2/checkpoint-4", "trainer_state.json");
  expect(new TextDecoder().decode(state)).toContain('"results-2/checkpoint-4"');
  const [line = ""] = await readLines("results-2/runs", "events.jsonl");
  expect(JSON.parse(line)).toMatchObject({ checkpoint: { path: "results-2/checkpoint-4" } });
  expect(await readEvaluationRows("results-2")).toEqual(rows);
});

test("a zip without a run, and one whose data set does not read, are refused by name; nothing stays behind", async () => {
  await expect(restoreRun(new Map(), "photos.zip")).rejects.toThrow(
    "photos.zip holds no run: it has no studio_run.json",
  );
  const zip = await zipOfRun();
  for (const id of ["1", "2"]) await deleteRun(id);
  const broken = new Map(zip);
  const manifest = new TextDecoder().decode(zip.get("studio_run.json"));
  broken.set("studio_run.json", utf8(manifest.replace('"id": "d"', '"id": "e"')));
  broken.set("datasets/e/table.json", utf8("{}"));
  await expect(restoreRun(broken, "bad.zip")).rejects.toThrow(
    "bad.zip: datasets/e is not a data set",
  );
  expect(await listRuns()).toEqual([]);
  expect((await listFiles()).map(({ path }) => path)).toEqual(["datasets/d/table.json"]);
  expect((await readDataset("d")).info.name).toBe("rows.csv");
});

test("an event of another run in the zip's log is refused by its line", async () => {
  await storeRun();
  const zip = await zipOfRun();
  await deleteRun("1");
  zip.set("results/runs/events.jsonl", utf8(JSON.stringify({ ...saved, runId: "x" })));
  await expect(restoreRun(zip, "bad.zip")).rejects.toThrow("bad.zip, events.jsonl, line 1");
});

test("a renamed run keeps its folders and everything else", async () => {
  await storeRun();
  await renameRun("1", "the good one");
  expect((await readRun("1"))?.record).toEqual({ ...record("1", "results"), name: "the good one" });
});
