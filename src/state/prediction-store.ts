// The file that is being predicted on the Results page, and what came of it.
import { create } from "zustand";
import type { PredictedRows } from "../config/file-prediction.ts";
import type { ProblemType } from "../config/problem-type.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** What stays the same from the first row to the last. */
export interface PredictedTable {
  readonly runId: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  readonly columns: readonly string[];
  readonly labelColumn: string | null;
  readonly rowCount: number;
  /** Sheets of an Excel file, and the one that is read; empty for other files. */
  readonly sheets: readonly string[];
  readonly sheet: string | null;
}

/** Predictions of all rows, in their order. */
export type Predictions = PredictedRows;

export type FilePrediction =
  | { readonly phase: "none" }
  | {
      readonly phase: "reading";
      readonly runId: string;
      readonly name: string;
      /** The run that has the device, or null where none has. */
      readonly waitsFor: string | null;
    }
  | {
      readonly phase: "choosing";
      readonly table: PredictedTable;
    }
  | {
      readonly phase: "predicting";
      readonly table: PredictedTable;
      readonly textColumn: string;
      readonly done: number;
      /** The run that has the device, or null where none has. */
      readonly waitsFor: string | null;
    }
  | {
      readonly phase: "done";
      readonly table: PredictedTable;
      readonly textColumn: string;
      readonly predictions: Predictions;
      /** Cells of the CSV file that got an apostrophe; null until it was written. */
      readonly escaped: number | null;
    }
  | {
      readonly phase: "failed";
      readonly runId: string;
      readonly name: string;
      readonly error: ErrorRecord;
    };

const usePredictionStore = create<{ readonly prediction: FilePrediction }>(() => ({
  prediction: { phase: "none" },
}));

export const useFilePrediction = () => usePredictionStore((state) => state.prediction);
export const getFilePrediction = () => usePredictionStore.getState().prediction;
export const setFilePrediction = (prediction: FilePrediction) =>
  usePredictionStore.setState({ prediction });
