// Stored runs: record, status, results, and who holds them. A run whose worker is gone without an end is interrupted.
import { del, get, getMany, keys, set, update } from "idb-keyval";
import { z } from "zod";
import { type RunResults, runResultsSchema } from "../config/events.ts";
import {
  type RunRecord,
  type RunStatus,
  runRecordSchema,
  runStatusSchema,
} from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { StudioError } from "../lib/errors.ts";
import { isNewer, newerData } from "../lib/version.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { evaluationPath } from "./evaluations.ts";
import { deleteFolders, readFolder } from "./folders.ts";
import { deleteLogs } from "./logs.ts";
import { heldRuns, withNewRunLock } from "./run-lock.ts";
import { openStore } from "./store.ts";

const runs = openStore("studio-runs", "strict");

/** Version of the record, the status and the results that this code knows. */
const version = 1;

type RunKey = [kind: "record" | "status" | "results", id: string];

export interface StoredRunEntry {
  readonly record: RunRecord;
  readonly status: RunStatus;
}

/** Stores a new run before it starts. Refuses an output_dir that another run has, also one that another tab starts just now. */
export const createRun = (record: RunRecord, status: RunStatus): Promise<void> =>
  withNewRunLock(() => addRun(record, status));

async function addRun(record: RunRecord, status: RunStatus): Promise<void> {
  const { output_dir } = record.arguments;
  const owner = (await listRuns()).find(
    (entry) => entry.record.arguments.output_dir === output_dir,
  );
  const newer = (await listNewerRuns()).find(({ outputDir }) => outputDir === output_dir);
  const name = owner?.record.name ?? newer?.name;
  if (name !== undefined) {
    throw new StudioError(`output_dir ${output_dir} belongs to the run ${name}.`, {
      hint: "Choose another folder, so that no checkpoint is overwritten.",
    });
  }
  await set(["record", record.id] satisfies RunKey, record, runs);
  await writeStatus(record.id, status);
}

/** What every version's record has. */
const envelopeSchema = z.looseObject({
  name: z.string(),
  arguments: z.looseObject({ output_dir: z.string() }),
});

/** A run of which a newer studio wrote the record, the status or the results: it can be looked at and exported here. */
export interface NewerRun {
  readonly id: string;
  readonly name: string;
  readonly outputDir: string;
  readonly loggingDir: string;
  /** All three as they are stored, as JSON. */
  readonly text: string;
}

/** Runs that only a newer studio can open. They are never changed nor deleted here. */
export async function listNewerRuns(): Promise<NewerRun[]> {
  const ids = (await keys<RunKey>(runs)).flatMap(([kind, id]) => (kind === "record" ? id : []));
  const found = await Promise.all(ids.map(readNewer));
  return found.filter((run) => run !== undefined);
}

async function readNewer(id: string): Promise<NewerRun | undefined> {
  const [record, status, results] = await readParts(id);
  const envelope = envelopeSchema.safeParse(record);
  if (!envelope.success || ![record, status, results].some((part) => isNewer(part, version))) {
    return undefined;
  }
  const { name, arguments: args } = envelope.data;
  const { output_dir: outputDir, logging_dir: dir } = args;
  return {
    id,
    name,
    outputDir,
    loggingDir: typeof dir === "string" ? dir : `${outputDir}/runs`,
    text: JSON.stringify({ record, status, results: results ?? null }, null, 2),
  };
}

async function refuseNewer(id: string): Promise<void> {
  const newer = await readNewer(id);
  if (newer !== undefined) throw newerData(newer.name);
}

const readParts = (id: string): Promise<unknown[]> =>
  getMany<unknown>(
    (["record", "status", "results"] as const).map((kind): RunKey => [kind, id]),
    runs,
  );

/** A stored run, or undefined, also where a newer studio has worked on it. */
export async function readRun(id: string): Promise<StoredRunEntry | undefined> {
  const [stored, storedStatus, results] = await readParts(id);
  const record = runRecordSchema.safeParse(stored);
  const status = runStatusSchema.safeParse(storedStatus);
  return record.success && status.success && !isNewer(results, version)
    ? { record: record.data, status: status.data }
    : undefined;
}

/** All readable runs, newest first. */
export async function listRuns(): Promise<StoredRunEntry[]> {
  const ids = (await keys<RunKey>(runs)).flatMap(([kind, id]) => (kind === "record" ? id : []));
  const entries = (await Promise.all(ids.map(readRun))).filter((entry) => entry !== undefined);
  return entries.sort((a, b) => b.record.created_at.localeCompare(a.record.created_at));
}

export const writeStatus = (id: string, status: RunStatus): Promise<void> =>
  set(["status", id] satisfies RunKey, status, runs);

export const writeResults = (id: string, results: RunResults): Promise<void> =>
  set(["results", id] satisfies RunKey, results, runs);

/** A stored run's results, or undefined where it was not scored or they cannot be read. */
export async function readResults(id: string): Promise<RunResults | undefined> {
  const stored = await get<unknown>(["results", id] satisfies RunKey, runs);
  return runResultsSchema.safeParse(stored).data;
}

/** Gives a stored run another name. Its folders keep theirs. */
export async function renameRun(id: string, name: string): Promise<void> {
  await refuseNewer(id);
  await update<unknown>(
    ["record", id] satisfies RunKey,
    (stored) => ({ ...runRecordSchema.parse(stored), name }),
    runs,
  );
}

/** Folders of files that belong to a run: its checkpoints and how its held-out rows were scored. */
export async function runFolders({ arguments: { output_dir } }: RunRecord): Promise<string[]> {
  const checkpoints = await listCheckpoints(output_dir);
  const paths = checkpoints.map(({ path }) => path);
  const evaluation = evaluationPath(output_dir);
  return (await readFolder(evaluation)) === undefined ? paths : [...paths, evaluation];
}

/** Deletes a run with its checkpoints and logs. */
export async function deleteRun(id: string): Promise<void> {
  await refuseNewer(id);
  const entry = await readRun(id);
  if (entry !== undefined) {
    await deleteFolders(await runFolders(entry.record));
    await deleteLogs(loggingDir(entry.record.arguments));
  }
  for (const kind of ["results", "status", "record"] as const) {
    await del([kind, id] satisfies RunKey, runs);
  }
}

/** Which of these runs some tab works on, and which say that they are running although their tab, worker or browser died. */
export async function findRunning(
  entries: readonly StoredRunEntry[],
): Promise<{ held: string[]; interrupted: string[] }> {
  const running = entries.filter(({ status }) => status.phase === "running");
  const ids = running.map(({ record }) => record.id);
  const held = await heldRuns(ids);
  const free = await Promise.all(ids.filter((id) => !held.includes(id)).map(readRun));
  // One that ended since it was listed let go of its lock too: its status was written before.
  const interrupted = free.flatMap((entry) =>
    entry?.status.phase === "running" ? entry.record.id : [],
  );
  return { held, interrupted };
}
