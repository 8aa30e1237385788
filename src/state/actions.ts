// What the panels can ask for. app/connect.ts installs the functions; panels know no worker and no storage.
import type { DatasetChoice } from "../config/dataset.ts";
import type { BackendChoice } from "../config/run-record.ts";
import type { Prediction } from "../worker/protocol.ts";
import type { Theme } from "./studio-store.ts";

export interface Actions {
  setTheme(theme: Theme): void;
  /** Restarts the worker with another back end. */
  chooseBackend(choice: BackendChoice): void;
  chooseModel(id: string): void;
  /** A dropped zip, or the files of a folder. */
  importModel(files: readonly File[]): void;
  chooseDataset(file: File): void;
  chooseSample(): void;
  /** Changes mapping or split and inspects again. */
  changeChoice(change: Partial<DatasetChoice>): void;
  /** Fetches rows of the table into the data set store. */
  fetchRows(start: number, count: number): void;
  startTraining(): void;
  pause(): void;
  /** Goes on after a pause, or continues an interrupted or stopped run from its newest checkpoint. */
  resume(runId: string): void;
  stop(): void;
  /** Shows a stored run. */
  openRun(runId: string): void;
  deleteRun(runId: string): Promise<void>;
  /** Saves a zip of a checkpoint to the user's disk; the best one where no path is given. */
  downloadCheckpoint(runId: string, path?: string): void;
  /** Offers a file for the user's disk. */
  saveFile(name: string, content: Blob): void;
  predict(text: string, from: { runId: string } | { modelId: string }): Promise<Prediction>;
}

let installed: Actions | undefined;

/** Called once, before the first render. */
export function installActions(actions: Actions): void {
  installed = actions;
}

/** The installed actions. */
export function actions(): Actions {
  if (installed === undefined)
    throw new Error("installActions must be called before the first render.");
  return installed;
}
