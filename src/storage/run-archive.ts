// A whole run as one zip: its record, checkpoints, logs and scored rows, with the data set and the added model that it needs.
import { z } from "zod";
import { runEventSchema, runResultsSchema } from "../config/events.ts";
import { type RunRecord, runRecordSchema, runStatusSchema } from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { StudioError } from "../lib/errors.ts";
import { datasetFolder, readDataset } from "./datasets.ts";
import { evaluationPath } from "./evaluations.ts";
import { listFiles, openFile } from "./files.ts";
import { deleteFolders, fileBlob, readFolder, writeFolder } from "./folders.ts";
import { appendLogs, deleteLogs, listLogs, logBlob } from "./logs.ts";
import {
  createRun,
  listRuns,
  type NewerRun,
  readResults,
  readRun,
  runFolders,
  type StoredRunEntry,
  writeResults,
} from "./runs.ts";

const manifestName = "studio_run.json";

const manifestSchema = z.object({
  version: z.literal(1),
  record: runRecordSchema,
  status: runStatusSchema,
  results: runResultsSchema.nullable(),
});

type Contents = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** The files of a run under the paths that they have in the storage, and `studio_run.json`. */
export async function archiveRun(id: string): Promise<{ name: string; blob: Blob }[]> {
  const entry = await readRun(id);
  if (entry === undefined) throw new StudioError("This run is not in the storage any more.");
  const { record, status } = entry;
  const manifest = { version: 1, record, status, results: (await readResults(id)) ?? null };
  const files = [
    { name: manifestName, blob: new Blob([`${JSON.stringify(manifest, null, 2)}\n`]) },
  ];
  const shared = [...datasetIds(record).map(datasetFolder), record.model_name_or_path];
  for (const path of [...(await runFolders(record)), ...shared]) {
    for (const file of (await readFolder(path))?.files ?? []) {
      files.push({ name: `${path}/${file.name}`, blob: await fileBlob(file) });
    }
  }
  for (const { dir, name } of await listLogs(loggingDir(record.arguments))) {
    files.push({ name: `${dir}/${name}`, blob: await logBlob(dir, name) });
  }
  return files;
}

/** The files of a run that only a newer studio can open, as they are stored. */
export async function archiveNewerRun(run: NewerRun): Promise<{ name: string; blob: Blob }[]> {
  const files = [{ name: manifestName, blob: new Blob([`${run.text}\n`]) }];
  const folders = [`${run.outputDir}/`, `${run.loggingDir}/`];
  for (const { path } of await listFiles()) {
    const blob = folders.some((folder) => path.startsWith(folder)) ? await openFile(path) : null;
    if (blob) files.push({ name: path, blob });
  }
  return files;
}

/**
 * Stores an archived run. Where its folder is taken it gets a free one, and its files are told so. The record is written
 * last: a half-stored run is never seen.
 * @throws StudioError if the zip holds no run, or the run is here already.
 */
export async function restoreRun(contents: Contents, zip: string): Promise<RunRecord> {
  const manifest = readManifest(contents, zip);
  if ((await readRun(manifest.record.id)) !== undefined) {
    throw new StudioError(`${manifest.record.name} is already among the runs.`, {
      hint: "Delete it there first if the one in the zip shall take its place.",
    });
  }
  const stored = await listRuns();
  const from = manifest.record.arguments;
  const to = freeFolder(from.output_dir, stored);
  const record = moveRecord(manifest.record, to, stored);
  const files = moveFiles(contents, manifest.record, record);
  const written: string[] = [];
  try {
    for (const [path, inside] of byFolder(files, record)) {
      if (isShared(path) && (await readFolder(path)) !== undefined) continue;
      await writeFolder(path, inside);
      written.push(path);
    }
    await checkDatasets(record, zip);
    await restoreLogs(files, record, zip);
    if (manifest.results !== null) {
      const results = JSON.parse(moveText(JSON.stringify(manifest.results), from.output_dir, to));
      await writeResults(record.id, runResultsSchema.parse(results));
    }
    await createRun(record, manifest.status);
  } catch (error) {
    await deleteFolders(written);
    await deleteLogs(loggingDir(record.arguments));
    throw error;
  }
  return record;
}

function readManifest(contents: Contents, zip: string) {
  const bytes = contents.get(manifestName);
  if (bytes === undefined) {
    throw new StudioError(`${zip} holds no run: it has no ${manifestName}.`, {
      hint: "A run is exported on the History page. A checkpoint zip belongs on the Model page.",
    });
  }
  const parsed = manifestSchema.safeParse(parseJson(bytes, `${zip}, ${manifestName}`));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new StudioError(
    `${zip}, ${manifestName}: ${issue?.path.join(".") ?? "the file"}: ${issue?.message ?? "unreadable"}.`,
    { hint: "The zip was changed, or a newer studio wrote it: reload the page and try again." },
  );
}

function freeFolder(wanted: string, stored: readonly StoredRunEntry[]): string {
  return firstFree(wanted, new Set(stored.map(({ record }) => record.arguments.output_dir)));
}

function firstFree(wanted: string, taken: ReadonlySet<string>): string {
  let free = wanted;
  for (let number = 2; taken.has(free); number += 1) free = `${wanted}-${number}`;
  return free;
}

/** The record under its new folder and a name that no other run has. */
function moveRecord(record: RunRecord, to: string, stored: readonly StoredRunEntry[]): RunRecord {
  const { logging_dir } = record.arguments;
  const logs = new Set(stored.map((entry) => loggingDir(entry.record.arguments)));
  return {
    ...record,
    name: firstFree(record.name, new Set(stored.map((entry) => entry.record.name))),
    arguments: {
      ...record.arguments,
      output_dir: to,
      logging_dir: logging_dir === null ? null : firstFree(logging_dir, logs),
    },
  };
}

/** Files under their paths of this storage; what none of the run's folders holds is left out. */
function moveFiles(contents: Contents, from: RunRecord, to: RunRecord): Contents {
  const before = from.arguments.output_dir;
  const after = to.arguments.output_dir;
  const logsBefore = loggingDir(from.arguments);
  const moved = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [path, bytes] of contents) {
    const text = () =>
      new TextEncoder().encode(moveText(new TextDecoder().decode(bytes), before, after));
    if (path.startsWith(`${logsBefore}/`)) {
      const name = path.slice(logsBefore.length + 1);
      moved.set(`${loggingDir(to.arguments)}/${name}`, name === "events.jsonl" ? text() : bytes);
    } else if (path.startsWith(`${before}/`)) {
      const isText = /\/(trainer_state|training_args)\.json$/u.test(path);
      moved.set(`${after}/${path.slice(before.length + 1)}`, isText ? text() : bytes);
    } else if (isShared(path)) moved.set(path, bytes);
  }
  return moved;
}

/** Paths of checkpoints stand in JSON texts as whole strings or at the start of one. */
const moveText = (text: string, from: string, to: string) =>
  text
    .replaceAll(`"${from}/checkpoint-`, `"${to}/checkpoint-`)
    .replaceAll(`"output_dir": "${from}"`, `"output_dir": "${to}"`);

const isShared = (path: string) => path.startsWith("datasets/") || path.startsWith("models/");

/** Files by the folder they belong in: the run's checkpoints and scored rows, its data set, its model. */
function byFolder(files: Contents, record: RunRecord) {
  const { output_dir } = record.arguments;
  const belongs = (folder: string) =>
    folder === evaluationPath(output_dir) ||
    datasetIds(record).map(datasetFolder).includes(folder) ||
    (folder === record.model_name_or_path && folder.startsWith("models/")) ||
    (folder.startsWith(`${output_dir}/checkpoint-`) &&
      /^\d+$/u.test(folder.slice(`${output_dir}/checkpoint-`.length)));
  const folders = new Map<string, { name: string; bytes: Uint8Array<ArrayBuffer> }[]>();
  for (const [path, bytes] of files) {
    const slash = path.lastIndexOf("/");
    const folder = path.slice(0, slash);
    if (!belongs(folder)) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), { name: path.slice(slash + 1), bytes }]);
  }
  return folders;
}

/** The data set of a run, and the one that it is evaluated on where that is another. */
const datasetIds = ({ dataset }: RunRecord): string[] =>
  dataset.evaluation === null ? [dataset.id] : [dataset.id, dataset.evaluation.id];

/** A data set that came along must read as one, and as the one that the run names. */
async function checkDatasets(record: RunRecord, zip: string): Promise<void> {
  for (const id of datasetIds(record)) {
    const folder = datasetFolder(id);
    if ((await readFolder(folder)) === undefined) continue;
    const { info } = await readDataset(id).catch((cause: unknown) => {
      throw new StudioError(`${zip}: ${folder} is not a data set that can be read.`, { cause });
    });
    if (info.id !== id) {
      throw new StudioError(`${zip}: ${folder} holds another data set, ${info.name}.`);
    }
  }
}

async function restoreLogs(files: Contents, record: RunRecord, zip: string): Promise<void> {
  const dir = loggingDir(record.arguments);
  for (const [path, bytes] of files) {
    if (!path.startsWith(`${dir}/`)) continue;
    const name = path.slice(dir.length + 1);
    if (name.includes("/")) continue;
    if (!name.endsWith(".jsonl")) {
      await appendLogs(dir, { [name]: bytes });
      continue;
    }
    const lines = new TextDecoder().decode(bytes).split("\n").filter(Boolean);
    if (name === "events.jsonl") checkEvents(lines, record, zip);
    await appendLogs(dir, { [name]: lines });
  }
}

function checkEvents(lines: readonly string[], record: RunRecord, zip: string): void {
  lines.forEach((line, index) => {
    const event = runEventSchema.safeParse(parseJson(line, `${zip}, events.jsonl`));
    if (event.data?.runId === record.id) return;
    throw new StudioError(`${zip}, events.jsonl, line ${index + 1}: this is no event of the run.`);
  });
}

function parseJson(json: string | Uint8Array, where: string): unknown {
  try {
    return JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  } catch (cause) {
    throw new StudioError(`${where} is not JSON.`, {
      hint: "The zip was changed or is damaged.",
      cause,
    });
  }
}
