// Predicting every row of a file: what crosses between the page and the worker.

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
  /** The column whose texts are read; null until one is chosen, where the file has none of the run's name. */
  readonly textColumn: string | null;
  readonly columns: readonly string[];
  /** The run's label column, where the file has it too. */
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
}

/** A predicted table as a file. */
export interface PredictionFile {
  readonly blob: Blob;
  readonly name: string;
  /** Cells that got an apostrophe because they begin like a formula. */
  readonly escaped: number;
}
