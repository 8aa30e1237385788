// Guesses what a table's first row and columns are. The user can change every guess.
import type { DatasetInfo } from "../config/dataset.ts";
import { guessProblem } from "../config/guess-problem.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { describeTarget } from "./guess-target.ts";

type Column = DatasetInfo["columns"][number];

const mostDistinct = 1000;
const textNames =
  /^(text|sentence|review|comment|content|message|body|question|title|tweet|utterance|document|input)s?$/iu;
const labelNames =
  /^(label|class|category|sentiment|target|intent|topic|rating|score|tag|output|y)(es|s)?$/iu;

/** Whether a column is named as columns of texts and labels are. */
export const namesColumns = (cells: readonly string[]): boolean =>
  cells.some((cell) => textNames.test(cell.trim()) || labelNames.test(cell.trim()));

/** True where the first row names the columns: short distinct words that are no numbers and do not recur below. */
export function hasHeaderRow(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined) return false;
  if (namesColumns(first)) return true;
  const names = first.map((cell) => cell.trim());
  const couldBeNames = names.every((name) => name.length <= 40 && !isNumber(name));
  if (!couldBeNames || new Set(names).size < names.length) return false;
  const sample = rest.slice(0, mostDistinct);
  return !names.some((name, column) =>
    sample.some((cells) => (cells[column] ?? "").trim() === name),
  );
}

const isNumber = (text: string) => text !== "" && !Number.isNaN(Number(text));

/** Counts that the guess and the data page need. */
export function describeColumns(table: StoredTable): Column[] {
  return table.columns.map((name, column) => {
    const distinct = new Set<string>();
    let empty = 0;
    let characters = 0;
    for (const cells of table.rows) {
      const cell = (cells[column] ?? "").trim();
      if (cell === "") empty += 1;
      else if (distinct.size < mostDistinct) distinct.add(cell);
      characters += cell.length;
    }
    const filled = table.rows.length - empty;
    return {
      name,
      distinct: distinct.size,
      empty,
      meanLength: filled === 0 ? 0 : characters / filled,
      ...describeTarget(table.rows.map((cells) => cells[column] ?? "")),
    };
  });
}

/**
 * The likeliest text column (by name, else the longest cells), label column (by name, else few values that recur, lists of
 * labels, or numbers) and what kind of problem they make.
 */
export function guessColumns(columns: readonly Column[]): DatasetInfo["guess"] {
  const longest = [...columns].sort((a, b) => b.meanLength - a.meanLength)[0];
  const text = columns.find(({ name }) => textNames.test(name)) ?? longest;
  const others = columns.filter((column) => column !== text);
  const candidates = others
    .filter(({ distinct }) => distinct >= 2 && distinct <= 200)
    .sort((a, b) => a.distinct - b.distinct);
  const targets = others.filter(({ values }) => values === "lists" || values === "numbers");
  const label =
    others.find(({ name }) => labelNames.test(name)) ??
    candidates[0] ??
    targets.at(-1) ??
    others[0] ??
    text;
  const [text_column, label_column] = [text?.name ?? "", label?.name ?? ""];
  return { text_column, label_column, ...guessProblem(columns, label_column, [text_column]) };
}
