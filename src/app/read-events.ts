// The events of a stored run, read back from its logging_dir.
import { eventTypes, type RunEvent, runEventSchema } from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { isNewer } from "../lib/version.ts";
import { readLines } from "../storage/logs.ts";

/** All kept events of a run, oldest first. */
export async function readEvents(record: RunRecord): Promise<RunEvent[]> {
  const lines = await readLines(loggingDir(record.arguments), "events.jsonl");
  return lines.flatMap((line): RunEvent[] => {
    const json: unknown = JSON.parse(line);
    const event = runEventSchema.safeParse(json);
    if (event.success) return [event.data];
    // What a newer studio added to the log is left out; anything else is a fault that must be seen.
    if (isNewer(json, 1) || isUnknownType(json)) return [];
    throw event.error;
  });
}

const isUnknownType = (json: unknown) =>
  typeof json === "object" && json !== null && "type" in json && !eventTypes.has(json.type);
