// The tables and rows that a choice is about, from the storage.
import type { DatasetChoice } from "../config/dataset.ts";
import type { LanguageChoice } from "../config/language-data.ts";
import { type PreparedLanguage, prepareLanguage } from "../data/language-rows.ts";
import { type PreparedDataset, prepareDataset } from "../data/prepare-dataset.ts";
import { StudioError } from "../lib/errors.ts";
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
  if (choice.language !== null) {
    throw new StudioError(`${choice.name} trains a language model: it has no labels to predict.`, {
      hint: "Download the checkpoint: transformers opens it.",
    });
  }
  const [table, evaluation] = await tablesOf(choice);
  return prepareDataset(table, choice, evaluation);
}

/** The same for a language model. */
export async function readLanguage(
  choice: DatasetChoice,
  language: LanguageChoice,
): Promise<PreparedLanguage> {
  const [table, evaluation] = await tablesOf(choice);
  return prepareLanguage(table, choice, language, evaluation);
}

const tablesOf = (choice: DatasetChoice) =>
  Promise.all([
    readTable(choice.id),
    choice.evaluation === null ? null : readTable(choice.evaluation.id),
  ]);
