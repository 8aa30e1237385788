// Predicts the rows of a file in small parts, so that messages get through between them, and writes the file with its answers.
import type {
  OpenedPrediction,
  PredictedRows,
  PredictionFile,
  PredictionRequest,
} from "../config/file-prediction.ts";
import { collate } from "../data/collate.ts";
import { writeCsv } from "../formats/csv.ts";
import { writeXlsx } from "../formats/xlsx-writer.ts";
import { StudioError } from "../lib/errors.ts";
import { datasetFolder, readDataset, type StoredTable } from "../storage/datasets.ts";
import { deleteFolders } from "../storage/folders.ts";
import { listRuns } from "../storage/runs.ts";
import { predictProbabilities } from "../trainer/predict.ts";
import type { RunPredictor } from "./predictor.ts";
import { recordOf } from "./stored-record.ts";

/** Rows that go through the model together; rows of similar length share a batch. */
const batchSize = 32;

interface Work {
  readonly name: string;
  readonly delimiter: string;
  readonly table: StoredTable;
  readonly runId: string;
  readonly labels: readonly string[];
  /** -1 until one is chosen. */
  readonly textColumn: number;
  readonly joinColumns: readonly number[];
  readonly labelColumn: number;
  readonly predicted: Int32Array;
  readonly confidence: Float32Array;
}

/** A predictor of files. `modelOf` gives a run's trained classifier. */
export function createFilePredictor(modelOf: (runId: string) => Promise<RunPredictor>) {
  let work: Work | undefined;
  const opened = () => {
    if (work !== undefined) return work;
    throw new StudioError("No file is being predicted.", { hint: "Drop the file again." });
  };
  return {
    async open(request: PredictionRequest): Promise<OpenedPrediction> {
      const { dataset } = await recordOf(request.runId);
      const { info, table } = await readDataset(request.datasetId);
      if (!request.isKept) await forget(request.datasetId);
      const model = await modelOf(request.runId);
      if (dataset.text_pair_column !== null) throw pairs();
      const missing = dataset.join_columns.filter((name) => !table.columns.includes(name));
      if (missing.length > 0) throw missingColumns(info.name, missing);
      const labelColumn = table.columns.indexOf(dataset.label_column);
      const textColumn = table.columns.indexOf(dataset.text_column);
      work = {
        name: info.name,
        delimiter: info.delimiter ?? ",",
        table,
        runId: request.runId,
        labels: model.labels,
        textColumn,
        joinColumns: dataset.join_columns.map((name) => table.columns.indexOf(name)),
        labelColumn,
        predicted: new Int32Array(table.rows.length).fill(-1),
        confidence: new Float32Array(table.rows.length),
      };
      return {
        rowCount: table.rows.length,
        labels: model.labels,
        textColumn: textColumn < 0 ? null : dataset.text_column,
        columns: table.columns,
        labelColumn: labelColumn < 0 ? null : dataset.label_column,
      };
    },

    /** Reads the texts from another column and begins anew. */
    chooseColumn(column: string): null {
      const now = opened();
      now.predicted.fill(-1);
      now.confidence.fill(0);
      work = { ...now, textColumn: now.table.columns.indexOf(column) };
      return null;
    },

    /** Predicts rows `start` to `start + count - 1`. */
    async rows(start: number, count: number): Promise<PredictedRows> {
      const now = opened();
      const end = Math.min(start + count, now.table.rows.length);
      // Another question may have put other weights in its place meanwhile.
      await predictPart(now, await modelOf(now.runId), start, end);
      return {
        predicted: now.predicted.slice(start, end),
        confidence: now.confidence.slice(start, end),
        actual: Int32Array.from({ length: end - start }, (_, offset) => {
          const cell = now.table.rows[start + offset]?.[now.labelColumn] ?? "";
          return now.labels.indexOf(cell.trim());
        }),
      };
    },

    file: (format: "csv" | "xlsx", headings: readonly [string, string]): PredictionFile =>
      writeFile(opened(), format, headings),

    /** Lets go of the table. */
    close(): null {
      work = undefined;
      return null;
    },
  };
}

async function predictPart(
  work: Work,
  model: RunPredictor,
  start: number,
  end: number,
): Promise<void> {
  const { table, textColumn, joinColumns } = work;
  const examples = table.rows.slice(start, end).flatMap((cells, offset) => {
    const text = [textColumn, ...joinColumns].map((column) => cells[column] ?? "").join(" ");
    return text.trim() === "" ? [] : [{ row: start + offset, ids: model.encode(text), label: 0 }];
  });
  examples.sort((a, b) => a.ids.length - b.ids.length);
  const classes = model.labels.length;
  for (let from = 0; from < examples.length; from += batchSize) {
    const batch = examples.slice(from, from + batchSize);
    const values = await predictProbabilities(model.classifier, collate(batch, model.padId));
    batch.forEach(({ row }, index) => {
      const probabilities = values.subarray(index * classes, (index + 1) * classes);
      const confidence = Math.max(...probabilities);
      work.predicted[row] = probabilities.indexOf(confidence);
      work.confidence[row] = confidence;
    });
  }
}

/** Takes the file's table out of the storage again, unless a run needs it. */
async function forget(datasetId: string): Promise<void> {
  const isUsed = (await listRuns()).some(
    ({ record: { dataset } }) => dataset.id === datasetId || dataset.evaluation?.id === datasetId,
  );
  if (!isUsed) await deleteFolders([datasetFolder(datasetId)]);
}

function missingColumns(file: string, missing: readonly string[]): StudioError {
  return new StudioError(`${file} has no column named ${missing.join(" and none named ")}.`, {
    hint: "This run reads its texts from several columns: name them in the file as in the training data.",
  });
}

const pairs = () =>
  new StudioError("This run reads pairs of texts; files are predicted for single texts only.", {
    hint: "Try pairs one by one on the Playground.",
  });

function writeFile(
  { name, delimiter, table, labels, predicted, confidence }: Work,
  format: "csv" | "xlsx",
  headings: readonly [string, string],
): PredictionFile {
  const taken = new Set(table.columns);
  const columns = [...table.columns, ...headings.map((heading) => freeName(heading, taken))];
  const labelOf = (row: number) => labels[predicted[row] ?? -1] ?? "";
  const sureness = (row: number) => Number((confidence[row] ?? 0).toFixed(4));
  const stem = `${name.replace(/\.[^.]*$/u, "")}-predicted`;
  if (format === "xlsx") {
    const rows = table.rows.map((cells, row) => [
      ...cells,
      labelOf(row),
      labelOf(row) === "" ? "" : sureness(row),
    ]);
    const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    const blob = new Blob([writeXlsx([columns, ...rows], stem)], { type });
    return { blob, name: `${stem}.xlsx`, escaped: 0 };
  }
  const rows = table.rows.map((cells, row) => [
    ...cells,
    labelOf(row),
    labelOf(row) === "" ? "" : String(sureness(row)),
  ]);
  const { text, escaped } = writeCsv([columns, ...rows], delimiter);
  return { blob: new Blob([text], { type: "text/csv" }), name: `${stem}.csv`, escaped };
}

/** The heading, numbered where the table has it already. */
function freeName(heading: string, taken: Set<string>): string {
  let free = heading;
  for (let number = 2; taken.has(free); number += 1) free = `${heading}_${number}`;
  taken.add(free);
  return free;
}
