// A table with its predictions in further columns, as a CSV or Excel file.
import type { PredictionFile, PredictionHeadings } from "../config/file-prediction.ts";
import { labelThreshold, type ProblemType } from "../config/problem-type.ts";
import { writeCsv } from "../formats/csv.ts";
import { writeXlsx } from "../formats/xlsx-writer.ts";
import type { StoredTable } from "../storage/datasets.ts";

/** What is written. */
export interface PredictedTable {
  readonly name: string;
  readonly delimiter: string;
  readonly table: StoredTable;
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  /** What stands between the labels of a set. */
  readonly labelSeparator: string;
  /** Index into the labels, or -1 for a row without a text. */
  readonly predicted: Int32Array;
  readonly confidence: Float32Array;
  /** `[rows, labels]`; empty for classes. */
  readonly values: Float32Array;
}

type Cell = string | number;

/** The file. Rows without a text get empty cells. */
export function writePredictedTable(
  predicted: PredictedTable,
  format: "csv" | "xlsx",
  headings: PredictionHeadings,
): PredictionFile {
  const { name, delimiter, table } = predicted;
  const taken = new Set(table.columns);
  const added = headingsOf(predicted, headings);
  const columns = [...table.columns, ...added.map((heading) => freeName(heading, taken))];
  const answer = answerOf(predicted);
  const rows = table.rows.map((cells, row): Cell[] => [
    ...cells,
    ...(predicted.predicted[row] === -1 ? added.map(() => "") : answer(row)),
  ]);
  const stem = `${name.replace(/\.[^.]*$/u, "")}-predicted`;
  if (format === "xlsx") {
    const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    const blob = new Blob([writeXlsx([columns, ...rows], stem)], { type });
    return { blob, name: `${stem}.xlsx`, escaped: 0 };
  }
  const { text, escaped } = writeCsv(
    [columns, ...rows.map((cells) => cells.map(String))],
    delimiter,
  );
  return { blob: new Blob([text], { type: "text/csv" }), name: `${stem}.csv`, escaped };
}

function headingsOf(
  { labels, problemType }: PredictedTable,
  headings: PredictionHeadings,
): readonly string[] {
  switch (problemType) {
    case "single_label_classification":
      return [headings.label, headings.confidence];
    case "multi_label_classification":
      return [headings.labels, ...labels.map((label) => `${headings.probability}${label}`)];
    case "regression":
      return labels.map((label) => `${headings.number}${label}`);
    default:
      return problemType satisfies never;
  }
}

/** The new cells of a row. */
function answerOf(table: PredictedTable): (row: number) => Cell[] {
  const { labels, problemType, predicted, confidence, values } = table;
  const valuesOf = (row: number) => [
    ...values.subarray(row * labels.length, (row + 1) * labels.length),
  ];
  switch (problemType) {
    case "single_label_classification":
      return (row) => [labels[predicted[row] ?? 0] ?? "", rounded(confidence[row] ?? 0)];
    case "multi_label_classification": {
      const { labelSeparator } = table;
      const between = labelSeparator === " " ? " " : `${labelSeparator} `;
      return (row) => {
        const probabilities = valuesOf(row);
        const chosen = labels.filter((_, id) => (probabilities[id] ?? 0) > labelThreshold);
        return [chosen.join(between), ...probabilities.map(rounded)];
      };
    }
    case "regression":
      return (row) => valuesOf(row).map((value) => Number(value.toPrecision(6)));
    default:
      return problemType satisfies never;
  }
}

const rounded = (probability: number) => Number(probability.toFixed(4));

/** The heading, numbered where the table has it already. */
function freeName(heading: string, taken: Set<string>): string {
  let free = heading;
  for (let number = 2; taken.has(free); number += 1) free = `${heading}_${number}`;
  taken.add(free);
  return free;
}
