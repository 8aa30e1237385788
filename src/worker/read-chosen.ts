// The tables and rows that a choice is about, from the storage.
import type { DatasetChoice } from "../config/dataset.ts";
import { type PreparedDataset, prepareDataset } from "../data/prepare-dataset.ts";
import { readDataset, type StoredTable } from "../storage/datasets.ts";

/** Tables never change once they are stored: those of the last choice are kept, because a change of mapping needs them again. */
let known: { readonly id: string; readonly table: Promise<StoredTable> }[] = [];

/** A stored table. */
export function readTable(id: string): Promise<StoredTable> {
  const found = known.find((each) => each.id === id);
  if (found !== undefined) return found.table;
  const table = readDataset(id).then((dataset) => dataset.table);
  const entry = { id, table };
  known = [entry, ...known].slice(0, 2);
  table.catch(() => {
    known = known.filter((each) => each !== entry);
  });
  return table;
}

/** Reads and prepares the rows of a choice. Throws a StudioError where a data set is gone or lacks a column. */
export async function readChosen(choice: DatasetChoice): Promise<PreparedDataset> {
  const [table, evaluation] = await Promise.all([
    readTable(choice.id),
    choice.evaluation === null ? null : readTable(choice.evaluation.id),
  ]);
  return prepareDataset(table, choice, evaluation);
}
