// What the data page shows of a prepared data set: counts, findings, lengths, and its rows one by one.
import {
  type DatasetInspection,
  type FindingKind,
  type SkipReason,
  skipReasons,
  type TableRow,
  type TargetFigures,
} from "../config/dataset.ts";
import type { FindingRows, LintResult } from "./lint.ts";
import type { LabelledRow, PreparedDataset } from "./prepare-dataset.ts";
import type { TokenCounts } from "./token-counts.ts";

/** The figures of the data page. */
export function inspectDataset(
  prepared: PreparedDataset,
  tokens: TokenCounts,
  { findings, spellings }: Pick<LintResult, "findings" | "spellings">,
): DatasetInspection {
  const { chosen, train, evaluation, skipped, labels } = prepared;
  const rowCount = chosen.rows.length;
  const [trained, heldOut] = [countLabels(train, labels), countLabels(evaluation, labels)];
  const isRegression = prepared.choice.problem_type === "regression";
  const used = [...train, ...evaluation];
  return {
    choice: prepared.choice,
    rowCount,
    evaluationFileRows: rowCount - chosen.evaluationStart,
    trainRows: train.length,
    evaluationRows: evaluation.length,
    unusedRows: rowCount - used.length - skipped.length,
    skipped: countReasons(prepared),
    classes: isRegression
      ? []
      : labels.map((label, id) => ({
          label,
          train: trained[id] ?? 0,
          evaluation: heldOut[id] ?? 0,
        })),
    targets: isRegression
      ? labels.map((name, output) => describeNumbers(prepared, name, output))
      : [],
    labelSets: describeSets(prepared),
    obstacle: prepared.obstacle,
    findings,
    spellings,
    vocabulary: vocabularyFigures(used, tokens),
    lengths: histogram(used.map(({ row }) => tokens.tokens[row] ?? 0)),
  };
}

/** Rows of each class; of sets, rows that have the label. */
function countLabels(rows: readonly LabelledRow[], labels: readonly string[]): Uint32Array {
  const counts = new Uint32Array(labels.length);
  for (const { label, values } of rows) {
    if (values === undefined) counts[label] = (counts[label] ?? 0) + 1;
    else {
      values.forEach((value, id) => {
        counts[id] = (counts[id] ?? 0) + (value === 1 ? 1 : 0);
      });
    }
  }
  return counts;
}

const targetBins = 24;

function describeNumbers(
  { train, evaluation }: PreparedDataset,
  name: string,
  output: number,
): TargetFigures {
  const value = ({ values }: LabelledRow) => values?.[output] ?? 0;
  const [trained, heldOut] = [train.map(value), evaluation.map(value)];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const each of [...trained, ...heldOut]) {
    least = Math.min(least, each);
    most = Math.max(most, each);
  }
  if (least > most)
    return { name, least: 0, most: 0, mean: 0, deviation: 0, train: [], evaluation: [] };
  const mean = trained.reduce((sum, each) => sum + each, 0) / (trained.length || 1);
  const squares = trained.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const binned = (values: readonly number[]) => {
    const bins = new Array<number>(targetBins).fill(0);
    for (const each of values) {
      const share = most === least ? 0 : (each - least) / (most - least);
      const bin = Math.min(targetBins - 1, Math.floor(share * targetBins));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    return bins;
  };
  return {
    name,
    least,
    most,
    mean,
    deviation: Math.sqrt(squares / (trained.length || 1)),
    train: binned(trained),
    evaluation: binned(heldOut),
  };
}

function describeSets({
  choice,
  train,
  evaluation,
}: PreparedDataset): DatasetInspection["labelSets"] {
  if (choice.problem_type !== "multi_label_classification") return null;
  const sizes = [...train, ...evaluation].map(
    ({ values = [] }) => values.filter((value) => value === 1).length,
  );
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return {
    labelsPerRow: sizes.length === 0 ? 0 : all / sizes.length,
    rowsWithout: sizes.filter((size) => size === 0).length,
  };
}

function countReasons({ skipped }: PreparedDataset): DatasetInspection["skipped"] {
  const counts = new Map<SkipReason, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return skipReasons.flatMap((reason) => {
    const rows = counts.get(reason);
    return rows === undefined ? [] : { reason, rows };
  });
}

function vocabularyFigures(
  rows: readonly LabelledRow[],
  { tokens, unknown, words }: TokenCounts,
): DatasetInspection["vocabulary"] {
  const sum = (counts: Uint32Array) =>
    rows.reduce((total, { row }) => total + (counts[row] ?? 0), 0);
  const all = sum(tokens);
  const spoken = sum(words);
  return {
    unknownShare: all === 0 ? 0 : sum(unknown) / all,
    tokensPerWord: spoken === 0 ? 0 : all / spoken,
  };
}

const bins = 24;
/** Longest rows that are told one by one: as many as a usual batch has. */
const listedRows = 64;

/** Rows by their tokens. */
export function histogram(counts: readonly number[]): DatasetInspection["lengths"] {
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
  return {
    binWidth,
    counts: filled,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longest,
    longestRows: sorted.slice(-listedRows).reverse(),
  };
}

/** Which rows of the table are asked for. */
export interface RowsAsked {
  /** Position in the list, from 0. */
  readonly start: number;
  readonly count: number;
  /** Only the rows of this finding; null for all. */
  readonly finding: FindingKind | null;
  /** What the finding `overLong` means by long. */
  readonly maxLength: number;
}

/** Rows of the table in file order, with what becomes of each. */
export function tableRows(
  prepared: PreparedDataset,
  tokens: TokenCounts,
  rowsOf: FindingRows,
): (asked: RowsAsked) => TableRow[] {
  const { chosen } = prepared;
  const use = new Map<number, TableRow["use"]>(
    prepared.skipped.map(({ row, reason }) => [row, reason]),
  );
  const classOf = new Map<number, string | null>();
  for (const [part, rows] of [
    ["train", prepared.train],
    ["evaluation", prepared.evaluation],
  ] as const) {
    for (const row of rows) {
      use.set(row.row, part);
      classOf.set(row.row, className(row, prepared));
    }
  }
  const describe = (row: number): TableRow => {
    const { line = 0, text = "", pair = null, label = "" } = chosen.rows[row] ?? {};
    return {
      row,
      line,
      isFromEvaluationFile: row >= chosen.evaluationStart,
      // A table cell shows a line or two: a page of 100 long documents need not cross the worker's border.
      text: text.slice(0, 1000),
      pair: pair?.slice(0, 1000) ?? null,
      label,
      className: classOf.get(row) ?? null,
      tokens: tokens.tokens[row] ?? 0,
      use: use.get(row) ?? "unused",
    };
  };
  return ({ start, count, finding, maxLength }) => {
    const listed =
      finding === "overLong"
        ? [...classOf.keys()]
            .filter((row) => (tokens.tokens[row] ?? 0) > maxLength)
            .sort((a, b) => a - b)
        : finding === null
          ? null
          : (rowsOf.get(finding) ?? []);
    if (listed !== null) return listed.slice(start, start + count).map(describe);
    const end = Math.min(chosen.rows.length, start + count);
    return Array.from({ length: Math.max(0, end - start) }, (_, at) => describe(start + at));
  };
}

/** The class or the labels that a row counts as; a regression has none. */
function className(
  { label, values = [] }: LabelledRow,
  { choice, labels }: PreparedDataset,
): string | null {
  switch (choice.problem_type) {
    case "single_label_classification":
      return labels[label] ?? null;
    case "multi_label_classification":
      return labels.filter((_, id) => values[id] === 1).join(", ");
    case "regression":
      return null;
    default:
      return choice.problem_type satisfies never;
  }
}
