// Predicts the rows of a file in small parts, so that messages get through between them.
import type { DatasetChoice } from "../config/dataset.ts";
import type {
  OpenedPrediction,
  PredictedRows,
  PredictionFile,
  PredictionHeadings,
  PredictionRequest,
} from "../config/file-prediction.ts";
import { collate } from "../data/collate.ts";
import { joinTexts, labelColumns } from "../data/combine-tables.ts";
import { type LabelledRow, placeTarget } from "../data/prepare-dataset.ts";
import { targetReader } from "../data/targets.ts";
import { StudioError } from "../lib/errors.ts";
import { datasetFolder, readDataset } from "../storage/datasets.ts";
import { deleteFolders } from "../storage/folders.ts";
import { listRuns } from "../storage/runs.ts";
import { predictOutputs } from "../trainer/predict.ts";
import { type PredictedTable, writePredictedTable } from "./predicted-table.ts";
import type { RunPredictor } from "./predictor.ts";
import { recordOf } from "./stored-record.ts";

/** Rows that go through the model together; rows of similar length share a batch. */
const batchSize = 32;

interface Work extends PredictedTable {
  readonly runId: string;
  /** -1 until one is chosen. */
  readonly textColumn: number;
  readonly joinColumns: readonly number[];
  /** Of pairs, else null. */
  readonly pairColumn: number | null;
  /** What stands in the file itself, or null where it cannot be read. */
  truthOf(row: number): Pick<LabelledRow, "label" | "values"> | null;
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
      const { labels, problemType } = await modelOf(request.runId);
      const { join_columns, text_pair_column: pair } = dataset;
      const needed = [...join_columns, ...(pair === null ? [] : [pair])];
      const missing = needed.filter((name) => !table.columns.includes(name));
      if (missing.length > 0) throw missingColumns(info.name, missing);
      const targets = labelColumns(dataset);
      const hasTargets = targets.every((name) => table.columns.includes(name));
      const textColumn = table.columns.indexOf(dataset.text_column);
      const outputs = problemType === "single_label_classification" ? 0 : labels.length;
      work = {
        name: info.name,
        delimiter: info.delimiter ?? ",",
        table,
        runId: request.runId,
        labels,
        problemType,
        labelSeparator: dataset.label_separator,
        textColumn,
        joinColumns: join_columns.map((name) => table.columns.indexOf(name)),
        pairColumn: pair === null ? null : table.columns.indexOf(pair),
        truthOf: hasTargets ? readTruth(table.rows, table.columns, dataset, labels) : () => null,
        predicted: new Int32Array(table.rows.length).fill(-1),
        confidence: new Float32Array(table.rows.length),
        values: new Float32Array(table.rows.length * outputs).fill(Number.NaN),
      };
      return {
        rowCount: table.rows.length,
        labels,
        problemType,
        textColumn: textColumn < 0 ? null : dataset.text_column,
        columns: table.columns,
        labelColumn: hasTargets ? targets.join(", ") : null,
      };
    },

    /** Reads the texts from another column and begins anew. */
    chooseColumn(column: string): null {
      const now = opened();
      now.predicted.fill(-1);
      now.confidence.fill(0);
      now.values.fill(Number.NaN);
      work = { ...now, textColumn: now.table.columns.indexOf(column) };
      return null;
    },

    /** Predicts rows `start` to `start + count - 1`. */
    async rows(start: number, count: number): Promise<PredictedRows> {
      const now = opened();
      const end = Math.min(start + count, now.table.rows.length);
      // Another question may have put other weights in its place meanwhile.
      await predictPart(now, await modelOf(now.runId), start, end);
      const width = now.values.length / (now.table.rows.length || 1);
      const truths = Array.from({ length: end - start }, (_, offset) =>
        now.truthOf(start + offset),
      );
      return {
        predicted: now.predicted.slice(start, end),
        confidence: now.confidence.slice(start, end),
        actual: Int32Array.from(truths, (truth) => truth?.label ?? -1),
        values: now.values.slice(start * width, end * width),
        truth:
          width === 0
            ? new Float32Array()
            : Float32Array.from(
                truths.flatMap((truth) => truth?.values ?? new Array(width).fill(Number.NaN)),
              ),
      };
    },

    file: (format: "csv" | "xlsx", headings: PredictionHeadings): PredictionFile =>
      writePredictedTable(opened(), format, headings),

    /** Lets go of the table. */
    close(): null {
      work = undefined;
      return null;
    },
  };
}

/** Reads the file's own targets as training read them, for the labels that the model knows. */
function readTruth(
  rows: readonly (readonly string[])[],
  columns: readonly string[],
  dataset: DatasetChoice,
  labels: readonly string[],
): Work["truthOf"] {
  const names = labelColumns(dataset);
  const places = names.map((name) => columns.indexOf(name));
  const ids = new Map(labels.map((label, id) => [label, id]));
  const reader = targetReader(knownCells(dataset, labels), dataset, names);
  return (row) => {
    const targets = places.map((column) => rows[row]?.[column] ?? "");
    const label = targets.join(" · ");
    if (targets.every((cell) => cell.trim() === "") && !reader.mayBeEmpty) return null;
    const target = reader.read({ label, targets });
    return target === null ? null : placeTarget(target, ids, dataset);
  };
}

/** Cells that name every label, spelled as the model spells it: what a reader learns the spellings from. */
function knownCells({ problem_type }: DatasetChoice, labels: readonly string[]) {
  const cell = (label: string) => ({ label, targets: [label] });
  if (problem_type !== "multi_label_classification") return labels.map(cell);
  const isFlags = labels.length > 1 && labels.every((label, id) => label === `LABEL_${id}`);
  return isFlags
    ? [cell(JSON.stringify(labels.map(() => 0)))]
    : labels.map((label) => cell(JSON.stringify([label])));
}

async function predictPart(
  work: Work,
  model: RunPredictor,
  start: number,
  end: number,
): Promise<void> {
  const { table, textColumn, joinColumns, pairColumn } = work;
  const examples = table.rows.slice(start, end).flatMap((cells, offset) => {
    const text = joinTexts([textColumn, ...joinColumns].map((column) => cells[column] ?? ""));
    const pair = pairColumn === null ? undefined : (cells[pairColumn] ?? "");
    if (text.trim() === "" || pair?.trim() === "") return [];
    const tokens = model.encode(pair === undefined ? { text } : { text, pair });
    return [{ row: start + offset, ...tokens, label: 0 }];
  });
  examples.sort((a, b) => a.ids.length - b.ids.length);
  for (let from = 0; from < examples.length; from += batchSize) {
    const batch = examples.slice(from, from + batchSize);
    const values = await predictOutputs(
      model.classifier,
      model.problemType,
      collate(batch, model.padId),
    );
    batch.forEach(({ row }, index) => {
      keepAnswer(work, row, values, index);
    });
  }
}

/** Keeps row `index` of a batch's outputs as the answer to row `row` of the table. */
function keepAnswer(work: Work, row: number, values: Float32Array, index: number): void {
  const width = work.labels.length;
  const outputs = values.subarray(index * width, (index + 1) * width);
  if (work.problemType === "single_label_classification") {
    const confidence = Math.max(...outputs);
    work.predicted[row] = outputs.indexOf(confidence);
    work.confidence[row] = confidence;
    return;
  }
  // No class: the row has an answer, and that is all.
  work.predicted[row] = 0;
  work.values.set(outputs, row * width);
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
