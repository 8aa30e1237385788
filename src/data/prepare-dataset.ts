// From stored tables and the user's choice to labelled rows in two parts. Nothing is dropped silently: the counts add up.
import type { DatasetChoice, DatasetInspection, SkipReason } from "../config/dataset.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { type ChosenRow, type ChosenRows, chooseRows, labelColumns } from "./combine-tables.ts";
import { findObstacle } from "./find-obstacle.ts";
import { stratifiedSplit } from "./split.ts";
import { type RowTarget, type TargetReader, targetReader } from "./targets.ts";

/** A usable row. */
export interface LabelledRow {
  /** Index in the table, from 0; rows of an evaluation file are counted on. */
  readonly row: number;
  /** Line in its file, from 1. */
  readonly line: number;
  readonly text: string;
  /** Second text of a pair; absent where rows have one text. */
  readonly pair?: string;
  /** Index into `labels`; 0 where rows have `values`. */
  readonly label: number;
  /** One entry an output: the numbers of a regression, or 1 for each label that the row has. Absent for classes. */
  readonly values?: readonly number[];
}

interface SkippedRow {
  readonly row: number;
  readonly reason: SkipReason;
}

export interface PreparedDataset {
  readonly choice: DatasetChoice;
  readonly chosen: ChosenRows;
  /** The order of the model's outputs: classes or labels, sorted; of a regression, and of labels in columns, the columns. */
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
  const { read, skipped, outputs } = readRows(chosen, choice);
  const labels = outputs ?? trainedNames(read);
  const ids = new Map(labels.map((name, id) => [name, id]));
  const own: LabelledRow[] = [];
  const heldOut: LabelledRow[] = [];
  for (const { row, target, isHeldOut } of read) {
    const place = placeTarget(target, ids, choice);
    if (place === null) skipped.push({ row, reason: "unknownLabel" });
    else (isHeldOut ? heldOut : own).push(labelled(chosen.rows[row], row, place));
  }
  const parts = split(own, heldOut, labels.length, choice);
  const train = choice.skip_leaks ? withoutLeaks(parts, skipped) : parts.train;
  skipped.sort((a, b) => a.row - b.row);
  const prepared = { choice, chosen, labels, train, evaluation: parts.evaluation, skipped };
  return { ...prepared, obstacle: findObstacle(prepared) };
}

interface ReadRow {
  readonly row: number;
  readonly target: RowTarget;
  readonly isHeldOut: boolean;
}

/** Rows with texts and a target; duplicates and classes of one row go where the choice says so. */
function readRows(chosen: ChosenRows, choice: DatasetChoice) {
  const skipped: SkippedRow[] = [];
  const isHeldOut = (row: number) => row >= chosen.evaluationStart;
  const reader = targetReader(
    chosen.rows.filter((cells, row) => !isHeldOut(row) && emptiness(cells, false) === null),
    choice,
    labelColumns(choice),
  );
  const seen = new Set<string>();
  let read: ReadRow[] = [];
  chosen.rows.forEach((cells, row) => {
    const target = targetOf(cells, reader);
    if (typeof target === "string") {
      skipped.push({ row, reason: target });
      return;
    }
    const key = `${isHeldOut(row)}\0${textKey(cells)}\0${target.key}`;
    if (choice.skip_duplicates && seen.has(key)) skipped.push({ row, reason: "duplicate" });
    else read.push({ row, target, isHeldOut: isHeldOut(row) });
    seen.add(key);
  });
  if (choice.problem_type === "single_label_classification" && choice.skip_single_classes) {
    const counts = countTargets(read);
    const isSingle = (entry: ReadRow) => !entry.isHeldOut && counts.get(entry.target.key) === 1;
    for (const { row } of read.filter(isSingle)) skipped.push({ row, reason: "singleClass" });
    read = read.filter((entry) => !isSingle(entry));
  }
  return { read, skipped, outputs: reader.outputs };
}

function targetOf(cells: ChosenRow, { read, mayBeEmpty }: TargetReader): RowTarget | SkipReason {
  return emptiness(cells, mayBeEmpty) ?? read(cells) ?? "badLabel";
}

function countTargets(rows: readonly ReadRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { target, isHeldOut } of rows) {
    if (!isHeldOut) counts.set(target.key, (counts.get(target.key) ?? 0) + 1);
  }
  return counts;
}

/** The labels that rows of the training file have, sorted. */
const trainedNames = (rows: readonly ReadRow[]): string[] =>
  [...new Set(rows.flatMap(({ target, isHeldOut }) => (isHeldOut ? [] : target.names)))].sort(
    byName,
  );

/** Where the outputs find a target, or null where it has a label that training lacks. */
export function placeTarget(
  { names, numbers }: RowTarget,
  ids: ReadonlyMap<string, number>,
  { problem_type }: Pick<DatasetChoice, "problem_type">,
): Pick<LabelledRow, "label" | "values"> | null {
  if (problem_type === "regression") return { label: 0, values: numbers };
  const known = names.map((name) => ids.get(name));
  if (known.includes(undefined)) return null;
  if (problem_type === "single_label_classification") return { label: known[0] ?? 0 };
  const values = new Array<number>(ids.size).fill(0);
  for (const id of known) values[id ?? 0] = 1;
  return { label: 0, values };
}

function emptiness({ text, pair, label }: ChosenRow, mayBeUnlabelled: boolean): SkipReason | null {
  const hasText = text.trim() !== "" && pair?.trim() !== "";
  const hasLabel = mayBeUnlabelled || label.trim() !== "";
  if (!hasText) return hasLabel ? "emptyText" : "emptyBoth";
  return hasLabel ? null : "emptyLabel";
}

/** Equal for rows that say the same: their texts without the spaces around them. */
export const textKey = (
  row: (Pick<ChosenRow, "text"> & { readonly pair?: string | null }) | undefined,
) => `${row?.text.trim() ?? ""}\0${row?.pair?.trim() ?? ""}`;

/** Equal for rows with the same target. */
export const targetKey = ({ label, values }: Pick<LabelledRow, "label" | "values">) =>
  values?.join() ?? String(label);

function labelled(
  cells: ChosenRow | undefined,
  row: number,
  place: Pick<LabelledRow, "label" | "values">,
): LabelledRow {
  const { line = 0, text = "", pair = null } = cells ?? {};
  return { row, line, text, ...place, ...(pair === null ? {} : { pair }) };
}

interface Parts {
  readonly train: readonly LabelledRow[];
  readonly evaluation: readonly LabelledRow[];
}

function split(
  own: readonly LabelledRow[],
  heldOut: readonly LabelledRow[],
  outputs: number,
  choice: DatasetChoice,
): Parts {
  const hasFile = choice.evaluation !== null;
  const hasClasses = choice.problem_type === "single_label_classification";
  const { train, evaluation } = stratifiedSplit(
    own.map(({ label }) => label),
    // Rows with values are one class to the split: it is seeded, and not stratified.
    hasClasses ? outputs : 1,
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
