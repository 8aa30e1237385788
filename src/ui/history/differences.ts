// The settings in which two runs differ: mode, model, data set, back end and arguments, under the names of the record.
import type { RunRecord } from "../../config/run-record.ts";

export interface Difference {
  readonly name: string;
  readonly values: readonly [string, string];
}

/** Where a run's files lie says nothing about the run. */
const folders = new Set(["output_dir", "logging_dir"]);
/** Ids of the same thing that its name tells. */
const ids = new Set(["id"]);

/** What differs, in the order of the record. */
export function differences(a: RunRecord, b: RunRecord): Difference[] {
  const [first, second] = [settingsOf(a), settingsOf(b)];
  const names = new Set([...first.keys(), ...second.keys()]);
  return [...names].flatMap((name) => {
    const values = [tell(first.get(name)), tell(second.get(name))] as const;
    return values[0] === values[1] ? [] : [{ name, values }];
  });
}

function settingsOf(record: RunRecord): ReadonlyMap<string, unknown> {
  const { mode, model_name_or_path, dataset, backend, arguments: args } = record;
  const ofDataset = Object.entries(dataset).filter(([name]) => !ids.has(name));
  const ofRun = Object.entries(args).filter(([name]) => !folders.has(name));
  return new Map<string, unknown>([
    ["mode", mode],
    ["model_name_or_path", model_name_or_path],
    ...ofDataset.map(([name, value]) => [`dataset.${name}`, value] as const),
    ["backend", backend],
    ...ofRun,
  ]);
}

function tell(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
