// The record of a stored run, for those who work with it again.
import type { RunRecord } from "../config/run-record.ts";
import { StudioError } from "../lib/errors.ts";
import { refuseNewerParts } from "../storage/newer-parts.ts";
import { readRun } from "../storage/runs.ts";

/** A stored run's record. Throws a StudioError where it is gone. */
export async function recordOf(runId: string): Promise<RunRecord> {
  const entry = await readRun(runId);
  if (entry !== undefined) return entry.record;
  throw new StudioError("This run is not in the storage any more.");
}

/** The record of a run that can go on. Throws a StudioError for one that is complete. */
export async function recordToResume(runId: string): Promise<RunRecord> {
  const record = await recordOf(runId);
  const entry = await readRun(runId);
  if (entry?.status.phase !== "completed") {
    await refuseNewerParts(record);
    return record;
  }
  throw new StudioError(`${record.name} is complete: there is nothing to resume.`);
}
