import "fake-indexeddb/auto";
import { createStore, set } from "idb-keyval";
import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import type { RunRecord, RunStatus } from "../../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { readTable } from "../../../src/data/read/read-table.ts";
import {
  checkpointPath,
  deleteCheckpoint,
  discardDamaged,
  listCheckpoints,
  newestCheckpoint,
  saveCheckpoint,
} from "../../../src/storage/checkpoints.ts";
import { readDataset, saveDataset } from "../../../src/storage/datasets.ts";
import { missingBytes, readFolder, writeFolder } from "../../../src/storage/folders.ts";
import { appendLogs, deleteLogs, readLines, replaceLines } from "../../../src/storage/logs.ts";
import { listModels, readModelFile, saveModel } from "../../../src/storage/models.ts";
import {
  createRun,
  deleteRun,
  findRunning,
  listNewerRuns,
  listRuns,
  readRun,
  writeStatus,
} from "../../../src/storage/runs.ts";

const record = (id: string, output_dir: string): RunRecord => ({
  version: 1,
  id,
  name: `run ${id}`,
  created_at: `2026-11-24T10:00:0${id}.000Z`,
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
    max_train_rows: null,
  }),
  backend: "wasm",
  comparison: null,

  continued_from: null,
  arguments: trainingArgumentsSchema.parse({ output_dir }),
});
const running: RunStatus = {
  version: 1,
  phase: "running",
  step: 3,
  max_steps: 10,
  heartbeat: 1,
  error: null,
  pins: null,
};
const weights = (text: string) => [
  { name: "model.safetensors", bytes: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer> },
];

test("runs are listed newest first, and one that nobody holds is interrupted", async () => {
  await createRun(record("1", "results"), running);
  await createRun(record("2", "results-2"), { ...running, phase: "completed" });
  expect((await listRuns()).map((entry) => entry.record.id)).toEqual(["2", "1"]);
  expect(await findRunning(await listRuns())).toEqual({ held: [], interrupted: ["1"] });
  const before = await listRuns();
  await writeStatus("1", { ...running, phase: "stopped" });
  // Listed as running, and ended since: no one died.
  expect(await findRunning(before)).toEqual({ held: [], interrupted: [] });
});

test("a folder that another run has is refused by that run's name", async () => {
  await expect(createRun(record("3", "results"), running)).rejects.toThrow(
    "results belongs to the run run 1",
  );
  expect(await readRun("3")).toBeUndefined();
});

test("a run of a newer studio is named, not opened, and its folder is nobody else's", async () => {
  const newer = { ...record("9", "newer"), version: 2, something: "new" };
  await set(["record", "9"], newer, createStore("studio-runs", "keyval"));
  expect(await readRun("9")).toBeUndefined();
  expect((await listNewerRuns()).map(({ name }) => name)).toEqual(["run 9"]);
  await expect(createRun(record("8", "newer"), running)).rejects.toThrow(
    "newer belongs to the run run 9",
  );
});

test("checkpoints are listed by step, each run's its own", async () => {
  for (const step of [20, 3, 100])
    await saveCheckpoint("results", step, weights(`weights ${step}`));
  await saveCheckpoint("results-2", 7, weights("others"));
  expect((await listCheckpoints("results")).map(({ step }) => step)).toEqual([3, 20, 100]);
  const { checkpoint } = await newestCheckpoint("results");
  expect(checkpoint?.path).toBe("results/checkpoint-100");
  await deleteCheckpoint(checkpointPath("results", 100));
  expect((await newestCheckpoint("results")).checkpoint?.step).toBe(20);
});

test("a damaged checkpoint is found by its hash, the one before is used, and the same bytes can be saved again", async () => {
  await saveCheckpoint("damage", 1, weights("frozen"));
  await saveCheckpoint("damage", 2, weights("newer"));
  const manifest = await readFolder("damage/checkpoint-2");
  const [hash] = manifest?.files[0]?.chunks ?? [];
  // Another byte, the same size: only the hash can tell.
  await set(hash ?? "", new Blob(["nEwer"]), createStore("studio-chunks", "keyval"));
  const { checkpoint, damaged } = await newestCheckpoint("damage");
  expect(checkpoint?.step).toBe(1);
  expect(damaged.map(({ path }) => path)).toEqual(["damage/checkpoint-2"]);
  expect(damaged[0]?.problem).toMatch(/model\.safetensors is damaged: part 1 has the SHA-256/u);
  await discardDamaged("damage/checkpoint-2");
  expect((await listCheckpoints("damage")).map(({ step }) => step)).toEqual([1]);
  await saveCheckpoint("damage", 2, weights("newer"));
  expect(await newestCheckpoint("damage")).toMatchObject({ checkpoint: { step: 2 }, damaged: [] });
});

test("the room that a save takes is that of the bytes that are not stored yet", async () => {
  await saveCheckpoint("room", 1, weights("as before"));
  expect(await missingBytes([...weights("as before"), ...weights("twelve bytes")])).toBe(12);
});

test("a log file's lines are replaced as a whole, those of other files stay", async () => {
  await appendLogs("replaced", { "log.jsonl": ["1", "2"] });
  await appendLogs("replaced", { "log.jsonl": ["3"] });
  await appendLogs("replaced", { "events.jsonl": ["x"] });
  await replaceLines("replaced", "log.jsonl", ["1"]);
  await appendLogs("replaced", { "log.jsonl": ["2 again"] });
  expect(await readLines("replaced", "log.jsonl")).toEqual(["1", "2 again"]);
  expect(await readLines("replaced", "events.jsonl")).toEqual(["x"]);
});

test("deleting a run takes its checkpoints and logs along, and no others", async () => {
  await appendLogs("results/runs", { "events.jsonl": ["one"] });
  await deleteRun("1");
  expect(await listCheckpoints("results")).toEqual([]);
  expect(await readLines("results/runs", "events.jsonl")).toEqual([]);
  expect(await listCheckpoints("results-2")).toHaveLength(1);
});

test("log lines keep their order, file by file", async () => {
  await Promise.all([
    appendLogs("logs", { "a.jsonl": ["1", "2"] }),
    appendLogs("logs", { "b.jsonl": ["x"] }),
    appendLogs("logs", { "a.jsonl": ["3"] }),
  ]);
  await appendLogs("logs", { "a.jsonl": ["4"] });
  expect(await readLines("logs", "a.jsonl")).toEqual(["1", "2", "3", "4"]);
  expect(await readLines("logs", "b.jsonl")).toEqual(["x"]);
  await deleteLogs("logs");
  expect(await readLines("logs", "a.jsonl")).toEqual([]);
});

test("the same model dropped twice is stored once, another of the same name beside it", async () => {
  const first = await saveModel("mine", weights("first"));
  expect(await saveModel("mine", weights("first"))).toEqual(first);
  const second = await saveModel("mine", weights("second"));
  expect(second).toEqual({ id: "models/mine-2", name: "mine-2" });
  expect((await listModels()).map(({ name }) => name)).toEqual(["mine", "mine-2"]);
  expect(new TextDecoder().decode(await readModelFile(second.id, "model.safetensors"))).toBe(
    "second",
  );
});

test("a data set that an older studio stored is read as the newer one describes it", async () => {
  const stored = {
    info: {
      version: 1,
      id: "old",
      name: "rows.tsv",
      bytes: 10,
      rowCount: 1,
      columns: [],
      delimiter: "\t",
      hasHeader: true,
      guess: { text_column: "text", label_column: "label" },
    },
    table: { columns: ["text", "label"], rows: [["a", "b"]], lines: [2] },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(stored)) as Uint8Array<ArrayBuffer>;
  await writeFolder("datasets/old", [{ name: "table.json", bytes }]);
  const { info, table } = await readDataset("old");
  expect(info).toMatchObject({
    version: 2,
    format: "tsv",
    encoding: "utf-8",
    sheets: [],
    entry: null,
  });
  expect(table).toEqual({ ...stored.table, unit: "line" });
});

test("a data set is read back, and a missing one says what to do", async () => {
  const { info, table } = await readTable(
    new File(["text,label\na,b\nc,d\n"], "rows.csv"),
    {},
    () => {},
  );
  await saveDataset(info, table);
  expect(await readDataset(info.id)).toEqual({ info, table });
  await expect(readDataset("gone")).rejects.toMatchObject({
    hint: expect.stringContaining("Drop the same file again"),
  });
});
