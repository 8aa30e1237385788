// From a stored table and the user's choice to labelled rows in two parts. Nothing is dropped silently: the counts add up.
import type { DatasetChoice, DatasetInspection, RowProblem, TableRow } from "../config/dataset.ts";
import { StudioError } from "../lib/errors.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { stratifiedSplit } from "./split.ts";

/** A usable row. */
export interface LabelledRow {
  /** Index in the table, from 0. */
  readonly row: number;
  /** Line in the user's file, from 1. */
  readonly line: number;
  readonly text: string;
  /** Index into `labels`. */
  readonly label: number;
}

export interface PreparedDataset {
  readonly choice: DatasetChoice;
  readonly rowCount: number;
  /** Sorted; the order of the model's outputs. */
  readonly labels: readonly string[];
  readonly train: readonly LabelledRow[];
  readonly evaluation: readonly LabelledRow[];
  readonly problems: readonly RowProblem[];
  readonly obstacle: DatasetInspection["obstacle"];
}

const mostClasses = 200;

/** Maps, checks and splits. A mapping that cannot be trained on gives an obstacle, not an error. */
export function prepareDataset(table: StoredTable, choice: DatasetChoice): PreparedDataset {
  const text = columnIndex(table, choice.text_column);
  const label = columnIndex(table, choice.label_column);
  const problems: RowProblem[] = [];
  const usable: { row: number; line: number; text: string; name: string }[] = [];
  table.rows.forEach((cells, row) => {
    const line = table.lines[row] ?? 0;
    const name = (cells[label] ?? "").trim();
    const reason = problemOf((cells[text] ?? "").trim(), name);
    if (reason === null) usable.push({ row, line, text: cells[text] ?? "", name });
    else problems.push({ row, line, reason });
  });

  const labels = [...new Set(usable.map(({ name }) => name))].sort(byName);
  const ids = new Map(labels.map((name, id) => [name, id]));
  const rows = usable.map(
    ({ name, ...row }): LabelledRow => ({ ...row, label: ids.get(name) ?? 0 }),
  );
  const split = stratifiedSplit(
    rows.map((row) => row.label),
    labels.length,
    choice.eval_fraction,
    choice.split_seed,
    choice.max_train_rows,
  );
  const pick = (indices: readonly number[]) => indices.flatMap((index) => rows[index] ?? []);
  const parts = { train: pick(split.train), evaluation: pick(split.evaluation) };
  return {
    choice,
    rowCount: table.rows.length,
    labels,
    ...parts,
    problems,
    obstacle: findObstacle(choice, labels, parts, problems),
  };
}

function columnIndex(table: StoredTable, name: string): number {
  const index = table.columns.indexOf(name);
  if (index >= 0) return index;
  throw new StudioError(`The data set has no column named ${name}.`, {
    hint: `Its columns are ${table.columns.slice(0, 10).join(", ")}.`,
  });
}

function problemOf(text: string, label: string): RowProblem["reason"] | null {
  if (text === "") return label === "" ? "emptyBoth" : "emptyText";
  return label === "" ? "emptyLabel" : null;
}

/** Numbers by value, everything else by code point, so that the order is the same in every language. */
function byName(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : 1;
}

function findObstacle(
  choice: DatasetChoice,
  labels: readonly string[],
  parts: Pick<PreparedDataset, "train" | "evaluation">,
  problems: readonly RowProblem[],
): DatasetInspection["obstacle"] {
  if (choice.text_column === choice.label_column) {
    return {
      message: `The column ${choice.text_column} is both text and label.`,
      hint: "Choose another column for one of them.",
    };
  }
  if (labels.length < 2) {
    const found = labels[0] === undefined ? "no class at all" : `only one class, ${labels[0]}`;
    return {
      message: `The column ${choice.label_column} holds ${found}. A classifier needs at least two.`,
      hint: "Choose the column that holds the classes.",
    };
  }
  if (labels.length > mostClasses) {
    return {
      message: `The column ${choice.label_column} holds ${labels.length} different values; ${mostClasses} classes are the most.`,
      hint: "This is probably not the label column. Choose another one.",
    };
  }
  if (problems.length > 0 && !choice.skip_empty) {
    const lines = problems.slice(0, 5).map(({ line }) => line);
    const more = problems.length > lines.length ? ", and more" : "";
    const rows = problems.length === 1 ? "1 row has" : `${problems.length} rows have`;
    return {
      message: `${rows} no text or no label (line ${lines.join(", ")}${more}).`,
      hint: "Skip them, or mend the file and drop it again.",
    };
  }
  if (parts.evaluation.length === 0) {
    return {
      message: `${parts.train.length} rows are too few to hold any out for evaluation.`,
      hint: "Add rows, or hold out a larger share.",
    };
  }
  return null;
}

/** What the data page shows of a prepared data set. `counts[row]` is the number of tokens of each table row. */
export function inspectDataset(
  prepared: PreparedDataset,
  counts: ArrayLike<number>,
): DatasetInspection {
  const count = (rows: readonly LabelledRow[], label: number) =>
    rows.filter((row) => row.label === label).length;
  return {
    choice: prepared.choice,
    rowCount: prepared.rowCount,
    trainRows: prepared.train.length,
    evaluationRows: prepared.evaluation.length,
    classes: prepared.labels.map((label, id) => ({
      label,
      train: count(prepared.train, id),
      evaluation: count(prepared.evaluation, id),
    })),
    problems: prepared.problems,
    obstacle: prepared.obstacle,
    lengths: histogram(
      [...prepared.train, ...prepared.evaluation].map(({ row }) => counts[row] ?? 0),
    ),
  };
}

const bins = 24;

function histogram(counts: readonly number[]): DatasetInspection["lengths"] {
  const sorted = [...counts].sort((a, b) => a - b);
  const longest = sorted.at(-1) ?? 0;
  // One very long row must not press all others into one bar: bins end near the 99th percentile, the last one is open.
  const usual = sorted[Math.floor(sorted.length * 0.99)] ?? longest;
  const binWidth = Math.max(1, Math.ceil((usual + 1) / bins));
  const filled = new Array<number>(Math.ceil((usual + 1) / binWidth)).fill(0);
  for (const tokens of counts) {
    const bin = Math.min(filled.length - 1, Math.floor(tokens / binWidth));
    filled[bin] = (filled[bin] ?? 0) + 1;
  }
  return { binWidth, counts: filled, median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest };
}

/** Rows of the table in file order, with what becomes of each. */
export function tableRows(
  table: StoredTable,
  prepared: PreparedDataset,
  counts: ArrayLike<number>,
): (start: number, count: number) => TableRow[] {
  const { text_column, label_column } = prepared.choice;
  const text = columnIndex(table, text_column);
  const label = columnIndex(table, label_column);
  const use = new Map<number, TableRow["use"]>(
    prepared.problems.map(({ row, reason }) => [row, reason]),
  );
  for (const { row } of prepared.train) use.set(row, "train");
  for (const { row } of prepared.evaluation) use.set(row, "evaluation");
  return (start, count) =>
    table.rows.slice(start, start + count).map((cells, offset) => {
      const row = start + offset;
      return {
        row,
        line: table.lines[row] ?? 0,
        // A table cell shows a line or two: a page of 100 long documents need not cross the worker's border.
        text: (cells[text] ?? "").slice(0, 1000),
        label: cells[label] ?? "",
        tokens: counts[row] ?? 0,
        use: use.get(row) ?? "unused",
      };
    });
}
