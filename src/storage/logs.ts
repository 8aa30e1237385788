// Log files that only grow: each append is one record, read back in order. `logging_dir` lives here.
import { delMany, getMany, keys, promisifyRequest, setMany } from "idb-keyval";
import { openStore } from "./store.ts";

const logs = openStore("studio-logs", "relaxed");

type LogKey = [dir: string, file: string, sequence: number];

/** What one append adds: lines (without line breaks) or bytes. */
export type LogPart = readonly string[] | Uint8Array<ArrayBuffer>;

export interface LogFile {
  readonly dir: string;
  readonly name: string;
}

let lastSequence = 0;

/** A number above all earlier ones, also those of an earlier session: microseconds since 1970, made unique. */
function nextSequence(): number {
  lastSequence = Math.max(lastSequence + 1, Date.now() * 1000);
  return lastSequence;
}

/**
 * Appends to files of one folder, all parts or none: a kill at any moment leaves whole records. Appends keep the order in
 * which they were asked for.
 */
export async function appendLogs(
  dir: string,
  parts: Readonly<Record<string, LogPart>>,
): Promise<void> {
  const entries = Object.entries(parts)
    .filter(([, part]) => part.length > 0)
    .map(([file, part]): [LogKey, LogPart] => [[dir, file, nextSequence()], part]);
  if (entries.length > 0) await setMany(entries, logs);
}

/** Puts these lines in the place of a log file's content, in one transaction: a crash leaves the old lines or the new ones. */
export async function replaceLines(
  dir: string,
  file: string,
  lines: readonly string[],
): Promise<void> {
  const key: LogKey = [dir, file, nextSequence()];
  await logs("readwrite", (store) => {
    // An array is above every number: the range holds all sequences of the file.
    store.delete(IDBKeyRange.bound([dir, file], [dir, file, []]));
    if (lines.length > 0) store.put([...lines], key);
    return promisifyRequest(store.transaction);
  });
}

/** All lines of a log file, oldest first; none where it does not exist. */
export async function readLines(dir: string, file: string): Promise<string[]> {
  const parts = await readParts(dir, file);
  return parts.flatMap((part) => (part instanceof Uint8Array ? [] : [...part]));
}

/** A log file's content as a file on a disk would have it. */
export async function logBlob(dir: string, file: string): Promise<Blob> {
  const parts = await readParts(dir, file);
  return new Blob(
    parts.map((part) => (part instanceof Uint8Array ? part : `${part.join("\n")}\n`)),
  );
}

/** All log files whose folder is `dir` or, with no `dir`, all there are. */
export async function listLogs(dir?: string): Promise<LogFile[]> {
  const found = new Map<string, LogFile>();
  for (const [folder, name] of await keysOf(dir))
    found.set(`${folder}\n${name}`, { dir: folder, name });
  return [...found.values()];
}

/** Deletes all log files of a folder. */
export async function deleteLogs(dir: string): Promise<void> {
  await delMany(await keysOf(dir), logs);
}

async function readParts(dir: string, file: string): Promise<LogPart[]> {
  const parts = await getMany<LogPart>(await keysOf(dir, file), logs);
  return parts.filter((part) => part !== undefined);
}

async function keysOf(dir?: string, file?: string): Promise<LogKey[]> {
  // IndexedDB gives keys in order: folder, file, sequence.
  const all = await keys<LogKey>(logs);
  return all.filter(
    (key) => (dir === undefined || key[0] === dir) && (file === undefined || key[1] === file),
  );
}
