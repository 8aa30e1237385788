// From stored tables and the user's choice to labelled rows in two parts. Nothing is dropped silently: the counts add up.
import type { DatasetChoice, DatasetInspection, SkipReason } from "../config/dataset.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { type ChosenRow, type ChosenRows, chooseRows } from "./combine-tables.ts";
import { findObstacle } from "./find-obstacle.ts";
import { mergeLabels } from "./merge-labels.ts";
import { stratifiedSplit } from "./split.ts";

/** A usable row. */
export interface LabelledRow {
  /** Index in the table, from 0; rows of an evaluation file are counted on. */
  readonly row: number;
  /** Line in its file, from 1. */
  readonly line: number;
  readonly text: string;
  /** Second text of a pair; absent where rows have one text. */
  readonly pair?: string;
  /** Index into `labels`. */
  readonly label: number;
}

interface SkippedRow {
  readonly row: number;
  readonly reason: SkipReason;
}

export interface PreparedDataset {
  readonly choice: DatasetChoice;
  readonly chosen: ChosenRows;
  /** Sorted; the order of the model's outputs. */
  readonly labels: readonly string[];
  readonly train: readonly LabelledRow[];
  readonly evaluation: readonly LabelledRow[];
  /** Rows left out, in the order of the table. */
  readonly skipped: readonly SkippedRow[];
  readonly obstacle: DatasetInspection["obstacle"];
}

/** Maps, checks and splits. A mapping that cannot be trained on gives an obstacle, not an error. */
export function prepareDataset(
  table: StoredTable,
  choice: DatasetChoice,
  evaluationTable: StoredTable | null = null,
): PreparedDataset {
  const chosen = chooseRows(table, evaluationTable, choice);
  const { named, skipped } = nameRows(chosen, choice);
  const labels = [...new Set(named.flatMap(({ name, isHeldOut }) => (isHeldOut ? [] : name)))].sort(
    byName,
  );
  const ids = new Map(labels.map((name, id) => [name, id]));
  const own: LabelledRow[] = [];
  const heldOut: LabelledRow[] = [];
  for (const { row, name, isHeldOut } of named) {
    const label = ids.get(name);
    if (label === undefined) skipped.push({ row, reason: "unknownLabel" });
    else (isHeldOut ? heldOut : own).push(labelled(chosen.rows[row], row, label));
  }
  const parts = split(own, heldOut, labels.length, choice);
  const train = choice.skip_leaks ? withoutLeaks(parts, skipped) : parts.train;
  skipped.sort((a, b) => a.row - b.row);
  const prepared = { choice, chosen, labels, train, evaluation: parts.evaluation, skipped };
  return { ...prepared, obstacle: findObstacle(prepared) };
}

interface NamedRow {
  readonly row: number;
  /** Its class. */
  readonly name: string;
  readonly isHeldOut: boolean;
}

/** Rows with texts and a class; duplicates and classes of one row go where the choice says so. */
function nameRows(chosen: ChosenRows, choice: DatasetChoice) {
  const skipped: SkippedRow[] = [];
  const filled: number[] = [];
  chosen.rows.forEach((cells, row) => {
    const reason = emptiness(cells);
    if (reason === null) filled.push(row);
    else skipped.push({ row, reason });
  });
  const isHeldOut = (row: number) => row >= chosen.evaluationStart;
  const labelOf = (row: number) => chosen.rows[row]?.label ?? "";
  const trained = filled.filter((row) => !isHeldOut(row)).map(labelOf);
  const classOf = mergeLabels(trained, choice.merge_labels);
  const seen = new Set<string>();
  let named: NamedRow[] = [];
  for (const row of filled) {
    // A label that training lacks has no class: it keeps its own spelling, to be told.
    const name = classOf(labelOf(row)) ?? labelOf(row);
    const key = `${isHeldOut(row)}\0${textKey(chosen.rows[row])}\0${name}`;
    if (choice.skip_duplicates && seen.has(key)) skipped.push({ row, reason: "duplicate" });
    else named.push({ row, name, isHeldOut: isHeldOut(row) });
    seen.add(key);
  }
  if (choice.skip_single_classes) {
    const counts = countNames(named);
    const isSingle = (entry: NamedRow) => !entry.isHeldOut && counts.get(entry.name) === 1;
    for (const { row } of named.filter(isSingle)) skipped.push({ row, reason: "singleClass" });
    named = named.filter((entry) => !isSingle(entry));
  }
  return { named, skipped };
}

function countNames(rows: readonly NamedRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name, isHeldOut } of rows) {
    if (!isHeldOut) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function emptiness({ text, pair, label }: ChosenRow): SkipReason | null {
  const hasText = text.trim() !== "" && pair?.trim() !== "";
  if (!hasText) return label.trim() === "" ? "emptyBoth" : "emptyText";
  return label.trim() === "" ? "emptyLabel" : null;
}

/** Equal for rows that say the same: their texts without the spaces around them. */
export const textKey = (
  row: (Pick<ChosenRow, "text"> & { readonly pair?: string | null }) | undefined,
) => `${row?.text.trim() ?? ""}\0${row?.pair?.trim() ?? ""}`;

function labelled(cells: ChosenRow | undefined, row: number, label: number): LabelledRow {
  const { line = 0, text = "", pair = null } = cells ?? {};
  return { row, line, text, label, ...(pair === null ? {} : { pair }) };
}

interface Parts {
  readonly train: readonly LabelledRow[];
  readonly evaluation: readonly LabelledRow[];
}

function split(
  own: readonly LabelledRow[],
  heldOut: readonly LabelledRow[],
  classes: number,
  choice: DatasetChoice,
): Parts {
  const hasFile = choice.evaluation !== null;
  const { train, evaluation } = stratifiedSplit(
    own.map(({ label }) => label),
    classes,
    hasFile ? 0 : choice.eval_fraction,
    choice.split_seed,
    choice.max_train_rows,
  );
  const pick = (indices: readonly number[]) => indices.flatMap((index) => own[index] ?? []);
  return { train: pick(train), evaluation: hasFile ? heldOut : pick(evaluation) };
}

function withoutLeaks({ train, evaluation }: Parts, skipped: SkippedRow[]): LabelledRow[] {
  const heldOut = new Set(evaluation.map(textKey));
  return train.filter((row) => {
    const isLeak = heldOut.has(textKey(row));
    if (isLeak) skipped.push({ row: row.row, reason: "leak" });
    return !isLeak;
  });
}

/** Numbers first and by value, everything else by code point, so that the order is the same in every language. */
function byName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  const [isX, isY] = [!Number.isNaN(x), !Number.isNaN(y)];
  if (isX !== isY) return isX ? -1 : 1;
  if (isX && x !== y) return x - y;
  return a < b ? -1 : 1;
}
