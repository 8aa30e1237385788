// What stands beside a folder: whose output_dir it is, which data set.
import { loggingDir } from "../../config/training-arguments.ts";
import type { StoredRun } from "../../state/run-store.ts";
import { en } from "../text/en.ts";

const words = en.files;

/** Notes by the folder's path. */
export function folderNotes(stored: readonly StoredRun[]): ReadonlyMap<string, string> {
  const notes = new Map([
    ["datasets", words.datasets],
    ["models", words.models],
    ["downloads", words.downloads],
  ]);
  for (const { record } of stored) {
    const { dataset, name, arguments: args } = record;
    notes.set(args.output_dir, words.outputDir(name));
    notes.set(loggingDir(args), words.loggingDir(name));
    notes.set(`datasets/${dataset.id}`, words.dataset(dataset.name));
    if (dataset.evaluation !== null) {
      notes.set(`datasets/${dataset.evaluation.id}`, words.dataset(dataset.evaluation.name));
    }
  }
  return notes;
}
