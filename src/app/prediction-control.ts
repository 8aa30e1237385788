// Predicting a file on the page: it asks the worker for a few rows at a time, waits while a run has the device, and saves the
// file with its answers.
import type { ReadOptions } from "../config/dataset.ts";
import type { PredictionHeadings } from "../config/file-prediction.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { useDatasetStore } from "../state/dataset-store.ts";
import {
  getFilePrediction,
  type PredictedTable,
  type Predictions,
  setFilePrediction,
} from "../state/prediction-store.ts";
import { getLiveRun, subscribeToRuns } from "../state/run-store.ts";
import { readDatasetFile } from "../worker/client.ts";
import { saveToDisk } from "./download.ts";
import type { Link } from "./link.ts";

/** Rows of one question: a fraction of a second, so that other questions get through. */
const portion = 64;

/** Milliseconds within which the page hears that a run goes on: events come a few times a second. */
const newsTime = 250;

/** What the page can do with files to predict. `headings` name the new columns. */
export function createPredictionControl(link: Link, headings: PredictionHeadings) {
  let own = new AbortController();
  let source: File | undefined;

  /** Ends what was going on and gives the signal of what begins. */
  const begin = (): AbortSignal => {
    own.abort(new DOMException("Another file was chosen.", "AbortError"));
    own = new AbortController();
    return own.signal;
  };
  const attempt = async (
    runId: string,
    name: string,
    signal: AbortSignal,
    work: () => Promise<void>,
  ) => {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      setFilePrediction({ phase: "failed", runId, name, error: toErrorRecord(error) });
    }
  };

  const start = (runId: string, file: File, options: ReadOptions = {}) => {
    const signal = begin();
    source = file;
    return attempt(runId, file.name, signal, async () => {
      const show = (waitsFor: string | null) =>
        setFilePrediction({ phase: "reading", runId, name: file.name, waitsFor });
      show(null);
      const info = await readDatasetFile(file, options, () => {}, signal);
      const opened = await withDevice(signal, show, () =>
        link.request("openPrediction", {
          runId,
          datasetId: info.id,
          isKept: isPageData(info.id),
        }),
      );
      if (signal.aborted) return;
      const { labels, problemType, columns, labelColumn, rowCount, textColumn } = opened;
      const { sheet, sheets } = info;
      const table = {
        runId,
        name: file.name,
        labels,
        problemType,
        columns,
        labelColumn,
        rowCount,
        sheets,
        sheet,
      };
      if (textColumn === null) setFilePrediction({ phase: "choosing", table });
      else await predict(table, textColumn, signal);
    });
  };

  const predict = async (table: PredictedTable, textColumn: string, signal: AbortSignal) => {
    const { rowCount } = table;
    const width = table.problemType === "single_label_classification" ? 0 : table.labels.length;
    const predictions: Predictions = {
      predicted: new Int32Array(rowCount).fill(-1),
      confidence: new Float32Array(rowCount),
      actual: new Int32Array(rowCount).fill(-1),
      values: new Float32Array(rowCount * width).fill(Number.NaN),
      truth: new Float32Array(rowCount * width).fill(Number.NaN),
    };
    for (let done = 0; done < rowCount; ) {
      const show = (waitsFor: string | null) =>
        setFilePrediction({ phase: "predicting", table, textColumn, done, waitsFor });
      show(null);
      const part = await withDevice(signal, show, () =>
        link.request("predictRows", { start: done, count: portion }),
      );
      signal.throwIfAborted();
      predictions.predicted.set(part.predicted, done);
      predictions.confidence.set(part.confidence, done);
      predictions.actual.set(part.actual, done);
      predictions.values.set(part.values, done * width);
      predictions.truth.set(part.truth, done * width);
      done += part.predicted.length;
    }
    setFilePrediction({ phase: "done", table, textColumn, predictions, escaped: null });
  };

  /** Reads the texts from another column and predicts anew. */
  const chooseColumn = async (column: string) => {
    const now = getFilePrediction();
    if (!("table" in now)) return;
    const { table } = now;
    const signal = begin();
    await attempt(table.runId, table.name, signal, async () => {
      await link.request("chooseTextColumn", { column });
      await predict(table, column, signal);
    });
  };

  const chooseSheet = async (sheet: string) => {
    const now = getFilePrediction();
    if ("table" in now && source !== undefined) await start(now.table.runId, source, { sheet });
  };

  const save = async (format: "csv" | "xlsx") => {
    const now = getFilePrediction();
    if (now.phase !== "done") return;
    const { blob, name, escaped } = await link.request("writePrediction", { format, headings });
    saveToDisk(name, blob);
    if (format === "csv" && getFilePrediction() === now) setFilePrediction({ ...now, escaped });
  };

  const close = async () => {
    begin();
    setFilePrediction({ phase: "none" });
    await link.request("closePrediction", {});
  };

  return { start, chooseColumn, chooseSheet, save, close };
}

/** Asks the worker for something once no run trains. `onWait` is told the run that is waited for, and null once it gives way. */
async function withDevice<Result>(
  signal: AbortSignal,
  onWait: (run: string | null) => void,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    await freeDevice(signal, onWait);
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StudioError) || error.code !== "device-busy") throw error;
      // A run has just gone on, and the news of it is still on its way to the page.
      await new Promise((resolve) => setTimeout(resolve, newsTime));
    }
  }
}

/** Resolves when no run trains: at once, or when it pauses or ends. */
async function freeDevice(
  signal: AbortSignal,
  onWait: (run: string | null) => void,
): Promise<void> {
  const busy = busyRun();
  if (busy === null) return;
  onWait(busy);
  await new Promise<void>((resolve) => {
    const look = () => {
      if (busyRun() !== null && !signal.aborted) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = subscribeToRuns(look);
    signal.addEventListener("abort", look, { once: true });
  });
  if (!signal.aborted) onWait(null);
}

function busyRun(): string | null {
  const run = getLiveRun();
  return run !== null && run.phase !== "paused" ? run.record.name : null;
}

/** True where the page's own data set is the same table. */
function isPageData(id: string): boolean {
  const { dataset } = useDatasetStore.getState();
  if (dataset.phase !== "ready") return false;
  return dataset.info.id === id || dataset.choice.evaluation?.id === id;
}
