// What a newer studio has written is listed, shown and exported as far as it can be, and never written over, whatever it is.
import "fake-indexeddb/auto";
import { createStore, get, keys, set } from "idb-keyval";
import { beforeEach, expect, test } from "vitest";
import { readEvents } from "../../../src/app/read-events.ts";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import type { RunRecord, RunStatus } from "../../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { deleteCheckpoint, saveCheckpoint } from "../../../src/storage/checkpoints.ts";
import { datasetFolder, readDataset, saveDataset } from "../../../src/storage/datasets.ts";
import {
  evaluationPath,
  readEvaluationRows,
  saveEvaluationRows,
} from "../../../src/storage/evaluations.ts";
import { listFiles, openFile } from "../../../src/storage/files.ts";
import { collectGarbage, writeFolder } from "../../../src/storage/folders.ts";
import { appendLogs } from "../../../src/storage/logs.ts";
import { archiveNewerRun } from "../../../src/storage/run-archive.ts";
import {
  createRun,
  deleteRun,
  listNewerRuns,
  listRuns,
  readRun,
  renameRun,
} from "../../../src/storage/runs.ts";
import { recordToResume } from "../../../src/worker/stored-record.ts";

const runs = createStore("studio-runs", "keyval");
const folders = createStore("studio-folders", "keyval");
const chunks = createStore("studio-chunks", "keyval");
const file = (name: string, text: string) => ({
  name,
  bytes: new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>,
});

let count = 0;
let record: RunRecord;
const status: RunStatus = {
  version: 1,
  phase: "stopped",
  step: 3,
  max_steps: 10,
  heartbeat: 1,
  error: null,
  pins: null,
};
beforeEach(async () => {
  count += 1;
  record = {
    version: 1,
    id: `${count}`,
    name: `run ${count}`,
    created_at: "2026-11-24T10:00:00.000Z",
    mode: "head",
    model_name_or_path: "universal-sentence-encoder-lite",
    dataset: datasetChoiceSchema.parse({
      id: `data-${count}`,
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
    arguments: trainingArgumentsSchema.parse({ output_dir: `results-${count}` }),
  };
  await createRun(record, status);
  await saveCheckpoint(record.arguments.output_dir, 2, [
    file("model.safetensors", `weights ${count}`),
    file("studio_state.json", '{"version":1}'),
  ]);
  await appendLogs(`results-${count}/runs`, { "events.jsonl": [] });
});

/** Everything that is stored, but for what `change` is allowed to touch. */
async function snapshot(): Promise<string> {
  const stored: unknown[] = [];
  for (const store of [runs, folders, chunks]) {
    for (const key of await keys(store)) {
      const value = await get<unknown>(key, store);
      stored.push([key, value instanceof Blob ? await value.text() : value]);
    }
  }
  return JSON.stringify(stored);
}

test.each(["record", "status", "results"] as const)(
  "a newer %s: the run is listed apart, shown and exported; it is not resumed, renamed, deleted or written over",
  async (kind) => {
    const { id, name } = record;
    const known = kind === "record" ? record : kind === "status" ? status : {};
    await set([kind, id], { ...known, version: 2, invented: "later" }, runs);
    const before = await snapshot();

    expect((await listRuns()).map((entry) => entry.record.id)).not.toContain(id);
    const newer = (await listNewerRuns()).find((run) => run.id === id);
    expect(newer).toMatchObject({ name, outputDir: `results-${id}` });
    expect(newer?.text).toContain('"invented": "later"');
    const zip = await archiveNewerRun(newer ?? expect.fail());
    expect(zip.map((entry) => entry.name)).toEqual([
      "studio_run.json",
      `results-${id}/checkpoint-2/model.safetensors`,
      `results-${id}/checkpoint-2/studio_state.json`,
    ]);
    expect(await zip[0]?.blob.text()).toContain('"invented": "later"');

    expect(await readRun(id)).toBeUndefined();
    await expect(recordToResume(id)).rejects.toThrow("not in the storage any more");
    await expect(renameRun(id, "mine")).rejects.toThrow();
    await expect(deleteRun(id)).rejects.toThrow(`${name} was written by a newer version`);
    await expect(createRun({ ...record, id: "other" }, status)).rejects.toThrow(
      `results-${id} belongs to the run ${name}.`,
    );
    expect(await snapshot()).toBe(before);
  },
);

test("a newer folder: its files are listed, marked and opened; it is not written, deleted or collected", async () => {
  const path = `results-${count}/checkpoint-2`;
  const manifest = await get<Record<string, unknown>>(path, folders);
  await set(path, { ...manifest, version: 2, compressed: true }, folders);
  const before = await snapshot();

  const listed = (await listFiles()).filter((each) => each.path.startsWith(path));
  expect(listed.map((each) => [each.path, each.isForeign])).toEqual([
    [`${path}/model.safetensors`, true],
    [`${path}/studio_manifest.json`, true],
    [`${path}/studio_state.json`, true],
  ]);
  expect(await (await openFile(`${path}/model.safetensors`))?.text()).toBe(`weights ${count}`);
  expect(await (await openFile(`${path}/studio_manifest.json`))?.text()).toContain(
    '"compressed": true',
  );

  const newer = `${path} was written by a newer version of the studio.`;
  await expect(writeFolder(path, [file("a", "b")])).rejects.toThrow(newer);
  await expect(deleteCheckpoint(path)).rejects.toThrow(newer);
  await expect(recordToResume(record.id)).rejects.toThrow(newer);
  await expect(deleteRun(record.id)).rejects.toThrow(newer);
  await collectGarbage();
  expect(await snapshot()).toBe(before);
  await set(path, manifest, folders);
});

test("a newer folder whose chunks are kept in a way that nobody here knows: no chunk at all is collected", async () => {
  await writeFolder("gone", [file("a", "still needed, perhaps")]);
  await set("gone", { version: 3, tree: new Uint8Array([1, 2, 3]) }, folders);
  const before = (await keys(chunks)).length;
  await collectGarbage();
  expect(await keys(chunks)).toHaveLength(before);
  expect((await listFiles()).filter(({ path }) => path.startsWith("gone/"))).toMatchObject([
    { path: "gone/studio_manifest.json", isForeign: true },
  ]);
  await set("gone", { version: 1, path: "gone", files: [], savedAt: 1 }, folders);
});

test("a newer studio_state.json: the run is not resumed, and nothing is lost of it", async () => {
  const path = `results-${count}/checkpoint-4`;
  await writeFolder(path, [file("studio_state.json", '{"version":2,"step":4}')]);
  const before = await snapshot();
  await expect(recordToResume(record.id)).rejects.toThrow(
    `${path}/studio_state.json was written by a newer version`,
  );
  expect(await snapshot()).toBe(before);
});

test("newer evaluation rows: they are not shown as ours, not written over, and the run is not resumed", async () => {
  const { output_dir } = record.arguments;
  await writeFolder(evaluationPath(output_dir), [file("rows.json", '{"version":2,"rows":7}')]);
  expect(await readEvaluationRows(output_dir)).toBeNull();
  const ours = { version: 1, labels: [], rows: [] } as const;
  await expect(saveEvaluationRows(output_dir, { ...ours, labels: [], rows: [] })).rejects.toThrow(
    "evaluation/rows.json was written by a newer version",
  );
  await expect(recordToResume(record.id)).rejects.toThrow("evaluation/rows.json");
  expect(await (await openFile(`${output_dir}/evaluation/rows.json`))?.text()).toBe(
    '{"version":2,"rows":7}',
  );
});

test("a newer data set: it is refused by name, and the same file read again does not replace it", async () => {
  const { id } = record.dataset;
  const stored = JSON.stringify({ info: { version: 3, id }, table: "in a new form" });
  await writeFolder(datasetFolder(id), [file("table.json", stored)]);
  await expect(readDataset(id)).rejects.toMatchObject({
    message: "This data set was written by a newer version of the studio.",
    hint: expect.stringContaining("Reload the page"),
  });
  const info = { id } as Parameters<typeof saveDataset>[0];
  const table = { columns: [], rows: [], lines: [], unit: "line" } as const;
  await expect(saveDataset(info, table)).rejects.toThrow("newer version");
  await expect(recordToResume(record.id)).rejects.toThrow("This data set");
  expect(await (await openFile(`${datasetFolder(id)}/table.json`))?.text()).toBe(stored);
});

test("newer events: the others are shown, the file is downloaded whole, and the run is not resumed", async () => {
  const ours = { version: 1, runId: record.id, time: 1, type: "warned", message: "ours" };
  const lines = [
    ours,
    { version: 2, runId: record.id, time: 2, type: "warned", text: "in other words" },
  ].map((event) => JSON.stringify(event));
  const path = `results-${count}/runs`;
  await appendLogs(path, { "events.jsonl": lines });
  expect(await readEvents(record)).toEqual([ours]);
  expect(await (await openFile(`${path}/events.jsonl`))?.text()).toBe(`${lines.join("\n")}\n`);
  await expect(recordToResume(record.id)).rejects.toThrow(
    `${path}/events.jsonl was written by a newer version`,
  );
});

test("an event of a kind that only a later studio knows is left out; a broken one is told", async () => {
  const path = `results-${count}/runs`;
  const event = { version: 1, runId: record.id, time: 1 };
  await appendLogs(path, { "events.jsonl": [JSON.stringify({ ...event, type: "invented" })] });
  expect(await readEvents(record)).toEqual([]);
  expect(await recordToResume(record.id)).toMatchObject({ id: record.id });
  await appendLogs(path, { "events.jsonl": [JSON.stringify({ ...event, type: "warned" })] });
  await expect(readEvents(record)).rejects.toThrow("message");
});
