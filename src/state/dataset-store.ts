// The data set that the next run uses: its file, its mapping, and what the worker found in it.
import { create } from "zustand";
import type { DatasetChoice, DatasetInfo, DatasetInspection, TableRow } from "../config/dataset.ts";
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

interface DatasetStore {
  readonly dataset: Dataset;
  /** Rows of the inspected table that have been fetched, by index. Emptied at each inspection. */
  readonly rows: ReadonlyMap<number, TableRow>;
}

export const useDatasetStore = create<DatasetStore>(() => ({
  dataset: { phase: "none" },
  rows: new Map(),
}));

export const useDataset = () => useDatasetStore((state) => state.dataset);
export const useTableRows = () => useDatasetStore((state) => state.rows);
export const setDataset = (dataset: Dataset) => useDatasetStore.setState({ dataset });
