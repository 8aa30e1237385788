// What the panels can ask for. app/connect.ts installs the functions; panels know no worker and no storage.

import type { DatasetChoice, ReadOptions, SampleName } from "../config/dataset.ts";
import type { EvaluationRows } from "../config/evaluation-rows.ts";
import type { HubSource } from "../config/hub.ts";
import type { TokenPreview } from "../config/language-data.ts";
import type { ReasoningMode } from "../config/reasoning.ts";
import type { BackendChoice } from "../config/run-record.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import type { FilePreview } from "../formats/preview.ts";
import type { StoredFile } from "../storage/files.ts";
import type { Prediction } from "../worker/protocol.ts";
import type { FoundFolder, Theme } from "./studio-store.ts";

export interface Actions {
  setTheme(theme: Theme): void;
  /** Restarts the worker with another back end. */
  chooseBackend(choice: BackendChoice): void;
  /** Loads a base model, unless what the form would train of it does not fit here: then it says so. */
  chooseModel(id: string): void;
  /** Loads it whether it fits or not. */
  loadModelAnyway(id: string): void;
  /** A dropped zip, or the files of a folder. */
  importModel(files: readonly File[]): void;
  /** Takes one of the checkpoints that were found. */
  importFoundFolder(folder: FoundFolder): void;
  /** None of the checkpoints in the dropped folder is wanted. */
  forgetFoundFolders(): void;
  /** Looks a model up on the Hub: `owner/name` or an address, and a revision or nothing. */
  findOnHub(typed: string, revision: string): void;
  cancelFindOnHub(): void;
  /** Downloads the model that was found, or goes on with one that failed. */
  downloadFromHub(): void;
  stopDownload(): void;
  resumeDownload(source: HubSource): void;
  /** Deletes what an interrupted download has left. */
  forgetDownload(source: HubSource): void;
  /** Takes another address of the Hub. Throws a StudioError where the page may not speak to it. */
  setHubUrl(typed: string): void;
  /** Hides a stored model and deletes it some seconds later, unless that is taken back. */
  removeModel(id: string): void;
  chooseDataset(file: File): void;
  /** Reads the chosen file again: another sheet, another file of its zip, another encoding. */
  rereadDataset(options: ReadOptions): void;
  chooseSample(name: SampleName): void;
  /** Changes mapping or split and inspects again. */
  changeChoice(change: Partial<DatasetChoice>): void;
  /** Reads a file of its own to evaluate on. */
  chooseEvaluationFile(file: File): void;
  /** Holds out a share of the rows again. */
  dropEvaluationFile(): void;
  /** Fetches listed rows of the table into the data set store. */
  fetchRows(start: number, count: number): void;
  /** A row of the inspected data set, token by token. */
  previewTokens(row: number, maxLength: number): Promise<TokenPreview | null>;
  /** Measures padding and cuts for these arguments into the data set store. */
  measureLengths(args: TrainingArguments): void;
  /** Starts the run that the form describes, or queues it while another one goes on. */
  startTraining(): void;
  /** Queues three runs on the same rows: scratch, head and everything. */
  startComparison(): void;
  /** Fills the form with a run's data, model and arguments. */
  copyRun(runId: string): void;
  /** Reads stored runs into memory. */
  loadRuns(runIds: readonly string[]): void;
  /** Tries the run that the form describes for a moment, to tell its time. */
  measureSpeed(key: string): void;
  /** Measures how fast this device is. */
  measureDevice(): void;
  /** Asks for the permission to tell the end of a run, or stops telling it. Only on a click. */
  toggleTellsEnd(): void;
  removeFromQueue(runId: string): void;
  moveInQueue(runId: string, by: number): void;
  /** Goes on with a queue that waits for someone to say so. */
  startQueue(): void;
  pause(): void;
  /** Goes on after a pause, or continues an interrupted or stopped run from its newest checkpoint. */
  resume(runId: string): void;
  stop(): void;
  /** Saves a zip to the user's disk with which the run goes on in Python. */
  exportForCluster(runId: string): void;
  /** From now on the live run saves each new best, also where no save is due. */
  saveNewBest(): void;
  /** A new run that goes on from a checkpoint, or starts again (null), with other settings. Rejects where it cannot start. */
  continueRun(
    runId: string,
    path: string | null,
    changes: Partial<TrainingArguments>,
  ): Promise<void>;
  /** Stores a checkpoint's weights as a base model and offers them for a new run. */
  startFromWeights(runId: string, path: string): void;
  /** Shows a stored run. */
  openRun(runId: string): void;
  /** Rejects where another run has the name. */
  renameRun(runId: string, name: string): Promise<void>;
  /** Hides a run and deletes it some seconds later, unless that is taken back. */
  removeRun(runId: string): void;
  removeCheckpoint(runId: string, path: string): void;
  undoRemoval(key: string): void;
  /** How each held-out row was scored, or null where the run keeps none. */
  readEvaluationRows(runId: string): Promise<EvaluationRows | null>;
  /** Saves a zip of a whole run to the user's disk. */
  exportRun(runId: string): void;
  importRun(file: File): void;
  /** Asks for a folder to mirror runs to. Only on a click. */
  chooseMirror(): void;
  /** Asks the browser for the chosen folder again. Only on a click. */
  allowMirror(): void;
  /** Mirrors no more. */
  forgetMirror(): void;
  listFiles(): Promise<readonly StoredFile[]>;
  previewFile(path: string): Promise<FilePreview>;
  downloadFile(path: string): void;
  /** Saves a zip of all files under a folder. */
  downloadFolder(path: string): void;
  /** Deletes everything that the studio keeps in this browser, and starts anew. Rejects while a run lives. */
  eraseEverything(): Promise<void>;
  /** Saves a zip of a checkpoint to the user's disk; the best one where no path is given. */
  downloadCheckpoint(runId: string, path?: string): void;
  /** Saves a zip that replays the run's first updates in Python. */
  verifyInPython(runId: string): Promise<void>;
  /** Offers a file for the user's disk. */
  saveFile(name: string, content: Blob): void;
  /** Predicts every row of a file with a run's best weights. */
  predictFile(runId: string, file: File): void;
  choosePredictionColumn(column: string): void;
  choosePredictionSheet(sheet: string): void;
  /** Saves the file with its predictions to the user's disk. */
  savePrediction(format: "csv" | "xlsx"): void;
  closePrediction(): void;
  /** Looks through the storage for weights that can write. */
  listGenerators(): void;
  /** Writes the playground's prompt on with each chosen model. */
  writeOn(): void;
  /** Sends the playground's message. */
  sendMessage(): void;
  /** Asks the playground's question in its mode. */
  think(): void;
  /** Scores the first rows in some modes. */
  scoreRows(modes: readonly ReasoningMode[], most: number): void;
  stopGeneration(): void;
  readHeldOut(): void;
  /** Takes all rows of a file as questions. */
  readQuestionFile(file: File): void;
  /** The sample of word problems, ready to be asked. */
  openSums(): void;
  predict(
    asked: { readonly text: string; readonly pair?: string },
    from: { runId: string } | { modelId: string },
  ): Promise<Prediction>;
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
