// The data set that the next run uses: its file, its mapping, and what the worker found in it.
import { create } from "zustand";
import type {
  DatasetChoice,
  DatasetInfo,
  DatasetInspection,
  FindingKind,
  LengthFigures,
  TableRow,
} from "../config/dataset.ts";
import type { ErrorRecord } from "../lib/errors.ts";

export type Dataset =
  | { readonly phase: "none" }
  | {
      readonly phase: "reading";
      readonly name: string;
      readonly bytes: number;
      /** Done so far, 0 to 1. */
      readonly share: number;
    }
  | { readonly phase: "failed"; readonly name: string; readonly error: ErrorRecord }
  | {
      readonly phase: "ready";
      readonly info: DatasetInfo;
      readonly choice: DatasetChoice;
      /** null until the first inspection is back; then the newest, even while another one runs. */
      readonly inspection: DatasetInspection | null;
      readonly inspecting: boolean;
    };

/** The file to evaluate on, where the user chose one. The choice names it once it is read. */
export type EvaluationFile =
  | { readonly phase: "none" }
  | { readonly phase: "reading"; readonly name: string; readonly share: number }
  | { readonly phase: "failed"; readonly name: string; readonly error: ErrorRecord }
  | { readonly phase: "ready"; readonly info: DatasetInfo };

interface DatasetStore {
  readonly dataset: Dataset;
  readonly evaluationFile: EvaluationFile;
  /** The finding whose rows the table lists, or null for all rows. */
  readonly shownFinding: FindingKind | null;
  /** Listed rows that have been fetched, by their place in the list. Emptied at each inspection and change of the list. */
  readonly rows: ReadonlyMap<number, TableRow>;
  /** What the form's arguments make of the lengths; null until it is measured. */
  readonly lengthFigures: LengthFigures | null;
}

export const useDatasetStore = create<DatasetStore>(() => ({
  dataset: { phase: "none" },
  evaluationFile: { phase: "none" },
  shownFinding: null,
  rows: new Map(),
  lengthFigures: null,
}));

export const useDataset = () => useDatasetStore((state) => state.dataset);
export const useTableRows = () => useDatasetStore((state) => state.rows);
export const setDataset = (dataset: Dataset) => useDatasetStore.setState({ dataset });
export const useEvaluationFile = () => useDatasetStore((state) => state.evaluationFile);
export const useShownFinding = () => useDatasetStore((state) => state.shownFinding);
export const useLengthFigures = () => useDatasetStore((state) => state.lengthFigures);
export const setEvaluationFile = (evaluationFile: EvaluationFile) =>
  useDatasetStore.setState({ evaluationFile });
/** Lists the rows of a finding in the table, or all rows. */
export const showFinding = (shownFinding: FindingKind | null) =>
  useDatasetStore.setState({ shownFinding, rows: new Map() });
