// The rows that a choice is about: those of its file, and behind them those of its evaluation file, columns matched by name.
import type { DatasetChoice } from "../config/dataset.ts";
import { StudioError } from "../lib/errors.ts";
import type { StoredTable } from "../storage/datasets.ts";

/** A row as the choice's columns give it. Cells are untouched. */
export interface ChosenRow {
  readonly line: number;
  /** The text columns, joined. */
  readonly text: string;
  /** Second text of a pair, or null. */
  readonly pair: string | null;
  /** The label's cell; of several label columns their cells together. */
  readonly label: string;
  /** The cells of all label columns, in the order of the choice. */
  readonly targets: readonly string[];
}

export interface ChosenRows {
  readonly rows: readonly ChosenRow[];
  /** Index of the first row of the evaluation file; the number of rows where there is none. */
  readonly evaluationStart: number;
  readonly unit: StoredTable["unit"];
}

/** Throws a StudioError where a table lacks a column of the choice. */
export function chooseRows(
  table: StoredTable,
  evaluationTable: StoredTable | null,
  choice: DatasetChoice,
): ChosenRows {
  const rows = pickCells(table, choice, choice.name);
  const { unit } = table;
  if (evaluationTable === null || choice.evaluation === null) {
    return { rows, evaluationStart: rows.length, unit };
  }
  const more = pickCells(evaluationTable, choice, choice.evaluation.name);
  return { rows: [...rows, ...more], evaluationStart: rows.length, unit };
}

function pickCells(table: StoredTable, choice: DatasetChoice, file: string): ChosenRow[] {
  const at = (name: string) => columnIndex(table, name, file);
  const texts = [choice.text_column, ...choice.join_columns].map(at);
  const pair = choice.text_pair_column === null ? null : at(choice.text_pair_column);
  const labels = labelColumns(choice).map(at);
  return table.rows.map((cells, row) => {
    const targets = labels.map((column) => cells[column] ?? "");
    return {
      line: table.lines[row] ?? 0,
      text: joinTexts(texts.map((column) => cells[column] ?? "")),
      pair: pair === null ? null : (cells[pair] ?? ""),
      label: targets.every((cell) => cell.trim() === "") ? "" : targets.join(" · "),
      targets,
    };
  });
}

/** The columns that are predicted. Classes stand in one column. */
export const labelColumns = ({
  problem_type,
  label_column,
  more_label_columns,
}: Pick<DatasetChoice, "problem_type" | "label_column" | "more_label_columns">): string[] =>
  problem_type === "single_label_classification"
    ? [label_column]
    : [label_column, ...more_label_columns];

/** One column as it is; of several those with a text, a space between. */
export function joinTexts(texts: readonly string[]): string {
  const [first = ""] = texts;
  if (texts.length === 1) return first;
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join(" ");
}

function columnIndex(table: StoredTable, name: string, file: string): number {
  const index = table.columns.indexOf(name);
  if (index >= 0) return index;
  throw new StudioError(`${file} has no column named ${name}.`, {
    hint: `Its columns are ${table.columns.slice(0, 10).join(", ")}.`,
  });
}
