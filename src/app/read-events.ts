// The events of a stored run, read back from its logging_dir.
import { type RunEvent, runEventSchema } from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { readLines } from "../storage/logs.ts";

/** All kept events of a run, oldest first. */
export async function readEvents(record: RunRecord): Promise<RunEvent[]> {
  const lines = await readLines(loggingDir(record.arguments), "events.jsonl");
  return lines.map((line) => runEventSchema.parse(JSON.parse(line)));
}
