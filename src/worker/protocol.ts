// Every message between the page and the training worker. Requests have one reply each; run events come by themselves.
import type {
  DatasetChoice,
  DatasetInfo,
  DatasetInspection,
  FindingKind,
  LengthFigures,
  ReadOptions,
  TableRow,
} from "../config/dataset.ts";
import type { DeviceBenchmark } from "../config/device-benchmark.ts";
import type { RunEvent } from "../config/events.ts";
import type {
  OpenedPrediction,
  PredictedRows,
  PredictionFile,
  PredictionHeadings,
  PredictionRequest,
} from "../config/file-prediction.ts";
import type {
  GenerationProgress,
  GenerationRequest,
  GenerationResult,
} from "../config/generation.ts";
import type { HeldOutSource, HeldOutTable } from "../config/held-out.ts";
import type { HubModel, HubReference } from "../config/hub.ts";
import type { TokenPreview } from "../config/language-data.ts";
import type { ModelOutline, ModelSummary } from "../config/model-summary.ts";
import type { Pins } from "../config/pins.ts";
import type { ProblemType } from "../config/problem-type.ts";
import type { ScoreProgress, ScoreRequest } from "../config/reasoning.ts";
import type { MemoryLimits } from "../config/run-memory.ts";
import type { BackendChoice, BackendOptions, RunRecord } from "../config/run-record.ts";
import type { SpeedFigures } from "../config/time-estimate.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** What the tensors run on, and why. */
export interface DeviceInfo {
  readonly backend: "webgpu" | "wasm" | "cpu";
  /** Adapter or processor, in words. */
  readonly adapter: string;
  /** One sentence: why this back end runs. */
  readonly reason: string;
  /** What decides the order of its sums. */
  readonly pins: Pins;
  /** What it grants for tensors. */
  readonly memory: MemoryLimits;
}

/** What a model says to a text, with the trained weights and with the weights that the run started from. */
export interface Prediction {
  readonly labels: readonly string[];
  readonly problemType: ProblemType;
  /** One entry a label: probabilities, which add up to 1 for classes; or the numbers of a regression. */
  readonly after: readonly number[];
  readonly before: readonly number[] | null;
}

/** A checkpoint of the Trainer, or of another browser, that was dropped on the page with all that a resume needs. */
export interface ImportedCheckpoint {
  readonly path: string;
  readonly step: number;
  readonly maxSteps: number;
  /** The run's arguments as far as its files name them, as JSON. */
  readonly arguments: string;
}

/** Requests to the worker: parameters and result of each. */
export interface Requests {
  /** Starts the tensor back end. Asked once, first. `siteUrl` is where the page and its embedded models lie. */
  startBackend: {
    params: { choice: BackendChoice; siteUrl: string } & BackendOptions;
    result: DeviceInfo;
  };
  /** Why the back end that runs is the right one for the next run. */
  explainBackend: { params: { reason: string }; result: null };
  loadModel: { params: { id: string }; result: ModelSummary };
  /** What a config.json alone tells of a model. Refused where the studio cannot read such a model. */
  describeConfig: { params: { config: string }; result: ModelOutline };
  /** The same of a stored or embedded model. */
  describeModel: { params: { id: string }; result: ModelOutline };
  /** Stores a dropped zip or folder as a base model. */
  importModel: {
    /** `name`: the folder's, or "" where the files came without one. `within`: the folder of a zip that is meant, "" for its top; null where none was found. */
    params: { files: readonly File[]; name: string; within: string | null };
    result: { summary: ModelSummary; checkpoint: ImportedCheckpoint | null };
  };
  inspectDataset: {
    params: { choice: DatasetChoice; modelId: string; maxLength: number };
    result: DatasetInspection;
  };
  /** Rows of the last inspected data set, by their place in the list of all rows or of a finding's. */
  readRows: {
    params: { start: number; count: number; finding: FindingKind | null; maxLength: number };
    result: readonly TableRow[];
  };
  /** A row of the last inspected data set, token by token; null where it is left out, or where no language model is trained. */
  previewTokens: { params: { row: number; maxLength: number }; result: TokenPreview | null };
  /** What the arguments make of the lengths of the last inspected data set; null where none is inspected. */
  measureLengths: { params: { args: TrainingArguments }; result: LengthFigures | null };
  /** A few updates of a run, thrown away: how fast it will be here. Refused where a run or another trial begins. */
  tryRun: {
    /** `most`: milliseconds of timed updates, and nothing else is tried; null for a whole trial. */
    params: { record: RunRecord; most: number | null };
    result: SpeedFigures;
  };
  /** Measures the running back end for some seconds. Refused while a run is going on. */
  measureDevice: { params: Record<string, never>; result: DeviceBenchmark };
  /** Replies once the run has begun; the rest comes as events. */
  startRun: { params: { record: RunRecord }; result: null };
  /** Continues an interrupted or stopped run from its newest checkpoint. */
  resumeRun: { params: { runId: string }; result: null };
  pauseRun: { params: Record<string, never>; result: null };
  unpauseRun: { params: Record<string, never>; result: null };
  /** Finishes the update, saves, ends. */
  stopRun: { params: Record<string, never>; result: null };
  /** A zip with which a run goes on in Python. */
  zipForCluster: { params: { runId: string }; result: Blob };
  /** Stores a run that was exported as a zip. */
  importRun: { params: { file: File }; result: RunRecord };
  /** Takes a read table to predict its rows. */
  openPrediction: { params: PredictionRequest; result: OpenedPrediction };
  chooseTextColumn: { params: { column: string }; result: null };
  /** Predicts some rows of the opened table. Refused while a run trains. */
  predictRows: { params: { start: number; count: number }; result: PredictedRows };
  /** The opened table with its predictions in further columns. */
  writePrediction: {
    params: { format: "csv" | "xlsx"; headings: PredictionHeadings };
    result: PredictionFile;
  };
  closePrediction: { params: Record<string, never>; result: null };
  /** Another folder to mirror to was chosen, none any more, or it may be written again. */
  reopenMirror: { params: Record<string, never>; result: null };
  /** From now on each new best is saved, also where no save is due. */
  saveNewBest: { params: Record<string, never>; result: null };
  /** A zip that replays a stored run's first updates in Python. */
  exportVerification: { params: { runId: string }; result: Blob };
  /** One text, or a pair of them, with a run's best weights, or with a base model that has a head. */
  predict: {
    params: { text: string; pair?: string; from: { runId: string } | { modelId: string } };
    result: Prediction;
  };
  /** Writes a prompt on. Replies with the last token; the text comes piece by piece before. Waits while a run trains. */
  generate: { params: GenerationRequest; result: GenerationResult };
  /** Answers questions and tells each as it is scored; replies when all are, or after a stop. */
  scoreReasoning: { params: ScoreRequest; result: null };
  /** Ends what is being written or scored within one token. */
  stopGeneration: { params: Record<string, never>; result: null };
  /** The first held-out rows of a data set, with all their cells. */
  readHeldOut: { params: { from: HeldOutSource; most: number }; result: HeldOutTable };
}
export type RequestName = keyof Requests;

/** Page to worker. */
export type RequestMessage = {
  [Name in RequestName]: {
    readonly id: number;
    readonly request: Name;
    readonly params: Requests[Name]["params"];
  };
}[RequestName];

/** Worker to page. */
export type WorkerMessage =
  | {
      readonly type: "reply";
      readonly id: number;
      readonly result: Requests[RequestName]["result"];
    }
  | {
      readonly type: "refusal";
      readonly id: number;
      readonly error: ErrorRecord;
    }
  | { readonly type: "event"; readonly event: RunEvent }
  | { readonly type: "written"; readonly progress: GenerationProgress }
  | { readonly type: "scored"; readonly progress: ScoreProgress };

/** The disposable worker that reads one data set file: its one question and its answers. */
export interface ReadFileMessage {
  readonly file: File;
  readonly options: ReadOptions;
}
export type ReadFileAnswer =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "read"; readonly info: DatasetInfo }
  | { readonly type: "refused"; readonly error: ErrorRecord };

/** The worker that speaks to the Hub: its one question and its answers. `stop` ends a download; what arrived is stored first. */
export type HubMessage =
  | ({ readonly type: "find"; readonly reference: HubReference } & HubConnection)
  | ({ readonly type: "download"; readonly model: HubModel } & HubConnection)
  | { readonly type: "stop" };
interface HubConnection {
  readonly hubUrl: string;
  /** Lives in memory only, here and in the worker. */
  readonly token: string | null;
}
export type HubAnswer =
  | { readonly type: "found"; readonly model: HubModel }
  | { readonly type: "progress"; readonly bytes: number }
  | { readonly type: "stored"; readonly id: string }
  | { readonly type: "stopped" }
  | { readonly type: "refused"; readonly error: ErrorRecord };
