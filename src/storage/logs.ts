// Log files that only grow: each append is one record, read back in order. `logging_dir` lives here.
import { delMany, getMany, keys, set } from "idb-keyval";
import { openStore } from "./store.ts";

const logs = openStore("studio-logs", "relaxed");

type LogKey = [dir: string, file: string, sequence: number];

let lastSequence = 0;

/** A number above all earlier ones, also those of an earlier session: microseconds since 1970, made unique. */
function nextSequence(): number {
  lastSequence = Math.max(lastSequence + 1, Date.now() * 1000);
  return lastSequence;
}

/** Appends lines (without line breaks) to a log file. Appends keep the order in which they were asked for. */
export async function appendLines(
  dir: string,
  file: string,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  await set([dir, file, nextSequence()] satisfies LogKey, lines, logs);
}

/** All lines of a log file, oldest first; none where it does not exist. */
export async function readLines(dir: string, file: string): Promise<string[]> {
  const own = await keysOf(dir, file);
  const batches = await getMany<string[]>(own, logs);
  return batches.flatMap((batch) => batch ?? []);
}

/** Deletes all log files of a folder. */
export async function deleteLogs(dir: string): Promise<void> {
  await delMany(await keysOf(dir), logs);
}

async function keysOf(dir: string, file?: string): Promise<LogKey[]> {
  // IndexedDB gives keys in order: folder, file, sequence.
  const all = await keys<LogKey>(logs);
  return all.filter((key) => key[0] === dir && (file === undefined || key[1] === file));
}
