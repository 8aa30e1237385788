// What of a run a newer studio has written, apart from its record: such a run is looked at and exported here, and not changed.
import type { RunRecord } from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { StudioError } from "../lib/errors.ts";
import { isNewer, newerData } from "../lib/version.ts";
import { readDataset } from "./datasets.ts";
import { evaluationPath } from "./evaluations.ts";
import { listFolders, readFile, readForeignFolder } from "./folders.ts";
import { readLines } from "./logs.ts";

/**
 * Refuses a run before anything is written to it.
 * @throws StudioError that names the first part which a newer studio wrote.
 */
export async function refuseNewerParts(record: RunRecord): Promise<void> {
  const { output_dir } = record.arguments;
  for (const path of await listFolders(`${output_dir}/`)) {
    if ((await readForeignFolder(path)) !== undefined) throw newerData(path);
    await refuseNewerFile(path, "studio_state.json");
  }
  await refuseNewerFile(evaluationPath(output_dir), "rows.json");
  const dir = loggingDir(record.arguments);
  const lines = await readLines(dir, "events.jsonl");
  if (lines.some((line) => isNewer(parse(line), 1))) throw newerData(`${dir}/events.jsonl`);
  const { id, evaluation } = record.dataset;
  for (const dataset of evaluation === null ? [id] : [id, evaluation.id]) {
    // One that is merely gone is told when the rows are read.
    await readDataset(dataset).catch((error: unknown) => {
      if (error instanceof StudioError && error.code === "newer-data") throw error;
    });
  }
}

async function refuseNewerFile(path: string, name: string): Promise<void> {
  // A damaged file is dealt with where checkpoints are verified.
  const bytes = await readFile(path, name).catch(() => undefined);
  const isOfNewer = bytes !== undefined && isNewer(parse(new TextDecoder().decode(bytes)), 1);
  if (isOfNewer) throw newerData(`${path}/${name}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
