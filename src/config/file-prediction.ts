// Predicting every row of a file: what crosses between the page and the worker.
import type { ProblemType } from "./problem-type.ts";

/** Which stored table is predicted, with which run's weights. */
export interface PredictionRequest {
  readonly runId: string;
  readonly datasetId: string;
  /** The table is a data set of the page too: it stays in the storage. */
  readonly isKept: boolean;
}

/** What is about to be predicted. */
export interface OpenedPrediction {
  readonly rowCount: number;
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  /** The column whose texts are read; null until one is chosen, where the file has none of the run's name. */
  readonly textColumn: string | null;
  readonly columns: readonly string[];
  /** The run's label columns by name, where the file has all of them too. */
  readonly labelColumn: string | null;
}

/** Predictions of some rows, in their order. */
export interface PredictedRows {
  /** Index into the labels, or -1 for a row without a text. */
  readonly predicted: Int32Array;
  /** Probability of that class; 0 for a row without a text. */
  readonly confidence: Float32Array;
  /** The class that stands in the file itself, or -1 where it has none that the model knows. */
  readonly actual: Int32Array;
  /** `[rows, labels]` of label sets (probabilities) and regressions; NaN for a row without a text. Empty for classes. */
  readonly values: Float32Array;
  /** The same as it stands in the file itself; NaN where it has none that can be read. */
  readonly truth: Float32Array;
}

/** What the new columns are called. */
export interface PredictionHeadings {
  readonly label: string;
  readonly confidence: string;
  /** Of the labels of a set. */
  readonly labels: string;
  /** In front of a label: its probability. */
  readonly probability: string;
  /** In front of a target: its predicted number. */
  readonly number: string;
}

/** A predicted table as a file. */
export interface PredictionFile {
  readonly blob: Blob;
  readonly name: string;
  /** Cells that got an apostrophe because they begin like a formula. */
  readonly escaped: number;
}
