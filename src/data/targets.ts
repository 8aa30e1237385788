// What a row should give, read from its label cells: one class, a set of labels, or numbers.
import type { DatasetChoice } from "../config/dataset.ts";
import type { ChosenRow } from "./combine-tables.ts";
import { mergeLabels } from "./merge-labels.ts";

/** What a row's label cells say. */
export interface RowTarget {
  /** Labels of the row; none of a regression. */
  readonly names: readonly string[];
  /** Numbers of a regression; none otherwise. */
  readonly numbers: readonly number[];
  /** Equal for rows with the same target. */
  readonly key: string;
}

/** How the labels of a choice are named where the rows do not decide it. */
export interface TargetReader {
  /** The row's target, or null where its cells cannot be read. */
  read(cells: Pick<ChosenRow, "label" | "targets">): RowTarget | null;
  /** The names of the outputs in their order; null where they are the labels of the training rows, sorted. */
  readonly outputs: readonly string[] | null;
  /** An empty cell is a set without labels, and no missing one. */
  readonly mayBeEmpty: boolean;
}

/**
 * Reads the targets of a choice. `trained` are the rows that training may see: they decide how labels are spelled.
 * `columns` are the label columns.
 */
export function targetReader(
  trained: readonly Pick<ChosenRow, "label" | "targets">[],
  choice: Pick<DatasetChoice, "problem_type" | "merge_labels" | "label_separator">,
  columns: readonly string[],
): TargetReader {
  const { problem_type, merge_labels } = choice;
  switch (problem_type) {
    case "single_label_classification": {
      const classOf = mergeLabels(
        trained.map(({ label }) => label),
        merge_labels,
      );
      // A label that training lacks has no class: it keeps its own spelling, to be told.
      const read = ({ label }: Pick<ChosenRow, "label">) => named([classOf(label) ?? label]);
      return { read, outputs: null, mayBeEmpty: false };
    }
    case "regression":
      return {
        read: ({ targets }) => {
          const numbers = targets.map(readNumber);
          return numbers.some(Number.isNaN)
            ? null
            : { names: [], numbers, key: numbers.join("\0") };
        },
        outputs: columns,
        mayBeEmpty: false,
      };
    case "multi_label_classification":
      return columns.length > 1 ? flagReader(columns) : listReader(trained, choice);
    default:
      return problem_type satisfies never;
  }
}

const named = (names: readonly string[]): RowTarget => ({
  names,
  numbers: [],
  key: names.toSorted().join("\0"),
});

/** Columns of 0 and 1, one a label. */
function flagReader(columns: readonly string[]): TargetReader {
  const read = ({ targets }: Pick<ChosenRow, "targets">) => {
    const flags = targets.map(readFlag);
    return flags.includes(null) ? null : named(columns.filter((_, at) => flags[at] === true));
  };
  return { read, outputs: columns, mayBeEmpty: false };
}

/** One column whose cells are lists: of labels, or of a 0 or 1 for every label. */
function listReader(
  trained: readonly Pick<ChosenRow, "label">[],
  { merge_labels, label_separator }: Pick<DatasetChoice, "merge_labels" | "label_separator">,
): TargetReader {
  const lists = trained.map(({ label }) => splitLabels(label, label_separator));
  const width = lists[0]?.length ?? 0;
  const isFlag = (name: string) => readFlag(name) !== null && !Number.isNaN(Number(name));
  if (width > 1 && lists.every((list) => list.length === width && list.every(isFlag))) {
    // As datasets for transformers write them; these are its own names for labels without one.
    const outputs = Array.from({ length: width }, (_, at) => `LABEL_${at}`);
    const read = ({ label }: Pick<ChosenRow, "label">) => {
      const flags = splitLabels(label, label_separator).map(readFlag);
      const isWhole = flags.length === width && !flags.includes(null);
      return isWhole ? named(outputs.filter((_, at) => flags[at] === true)) : null;
    };
    return { read, outputs, mayBeEmpty: false };
  }
  const nameOf = mergeLabels(lists.flat(), merge_labels);
  const read = ({ label }: Pick<ChosenRow, "label">) => {
    const names = splitLabels(label, label_separator).map((name) => nameOf(name) ?? name);
    return named([...new Set(names)]);
  };
  return { read, outputs: null, mayBeEmpty: true };
}

/** A cell's number, or NaN: digits with a point, no thousands, no unit. */
export function readNumber(cell: string): number {
  const number = cell.trim() === "" ? Number.NaN : Number(cell);
  return Number.isFinite(number) ? number : Number.NaN;
}

const flags: Readonly<Record<string, boolean>> = {
  "0": false,
  "0.0": false,
  false: false,
  no: false,
  "1": true,
  "1.0": true,
  true: true,
  yes: true,
};

/** Whether a cell says yes; null where it says neither. */
export function readFlag(cell: string): boolean | null {
  return flags[cell.trim().toLowerCase()] ?? null;
}

/** The items of a list in brackets as JSON or Python writes it. */
const item = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,\s"'][^,]*)/gu;

/** The labels of one cell, without the spaces around them: a list in brackets, or parts between separators. */
export function splitLabels(cell: string, separator: string): string[] {
  const text = cell.trim();
  const isList = /^\[.*\]$/su.test(text);
  const parts = isList ? listItems(text) : text.split(separator);
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function listItems(text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed.map(String);
  } catch {
    // Python's quotes are not JSON's.
  }
  return [...text.slice(1, -1).matchAll(item)].map(([, double, single, bare]) =>
    (double ?? single ?? bare ?? "").replace(/\\(.)/gu, "$1"),
  );
}
