// The page's side of the workers: typed requests, events, and the news that a worker died. It knows no store.
import type { DatasetInfo, ReadOptions } from "../config/dataset.ts";
import type { RunEvent } from "../config/events.ts";
import type { GenerationProgress } from "../config/generation.ts";
import type { HubModel, HubReference } from "../config/hub.ts";
import type { ScoreProgress } from "../config/reasoning.ts";
import { type ErrorRecord, fromErrorRecord, StudioError } from "../lib/errors.ts";
import dataWorkerUrl from "./data.worker.ts?worker&url";
import hubWorkerUrl from "./hub.worker.ts?worker&url";
import type {
  HubAnswer,
  HubMessage,
  ReadFileAnswer,
  ReadFileMessage,
  RequestMessage,
  RequestName,
  Requests,
  WorkerMessage,
} from "./protocol.ts";
import trainerWorkerUrl from "./trainer.worker.ts?worker&url";

export interface TrainingWorker {
  /** Asks the worker; rejects with its refusal, or when it dies. */
  request<Name extends RequestName>(
    name: Name,
    params: Requests[Name]["params"],
  ): Promise<Requests[Name]["result"]>;
  /** Ends the worker on purpose: `onDeath` is not called. */
  terminate(): void;
}

export interface TrainingWorkerHandlers {
  onEvent(event: RunEvent): void;
  onWritten(progress: GenerationProgress): void;
  onScored(progress: ScoreProgress): void;
  /** The worker is gone: crashed, out of memory, or closed by the browser. */
  onDeath(error: ErrorRecord): void;
}

interface Pending {
  resolve(result: never): void;
  reject(error: Error): void;
}

// Trusted Types let a worker start only from a URL that a policy has allowed; this one allows our own files.
const workerUrls = [trainerWorkerUrl, dataWorkerUrl, hubWorkerUrl];
const policy = globalThis.trustedTypes?.createPolicy("studio-workers", {
  createScriptURL(url: string): string {
    if (workerUrls.includes(url)) return url;
    throw new TypeError(`${url} is not a worker of this studio.`);
  },
});

function openWorker(url: string, name: string): Worker {
  const allowed = policy === undefined ? url : policy.createScriptURL(url);
  return new Worker(allowed as string, { type: "module", name });
}

/** Starts the training worker. */
export function startTrainingWorker(handlers: TrainingWorkerHandlers): TrainingWorker {
  const lifeLock = `studio-worker-${crypto.randomUUID()}`;
  const worker = openWorker(trainerWorkerUrl, lifeLock);
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let isOver = false;
  let isWatched = false;

  const die = (error: ErrorRecord) => {
    if (isOver) return;
    end(fromErrorRecord(error));
    handlers.onDeath(error);
  };
  const end = (error: Error) => {
    isOver = true;
    worker.terminate();
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  // A dead worker sends nothing. It holds a lock all its life, so getting that lock is the news of its death.
  const watch = () => {
    isWatched = true;
    void navigator.locks?.request(lifeLock, () =>
      die({
        message: "The training worker stopped without a word.",
        hint: "The browser may have run out of memory. Saved checkpoints are kept: resume from the newest one.",
      }),
    );
  };

  worker.onerror = (event) => {
    event.preventDefault();
    die({ message: `The training worker failed: ${event.message || "it could not be loaded"}.` });
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
    if (isOver) return;
    if (!isWatched) watch();
    switch (data.type) {
      case "event":
        return handlers.onEvent(data.event);
      case "written":
        return handlers.onWritten(data.progress);
      case "scored":
        return handlers.onScored(data.progress);
      case "reply":
        pending.get(data.id)?.resolve(data.result as never);
        return pending.delete(data.id);
      case "refusal":
        pending.get(data.id)?.reject(fromErrorRecord(data.error));
        return pending.delete(data.id);
      default:
        return data satisfies never;
    }
  };

  return {
    request(name, params) {
      if (isOver) return Promise.reject(new StudioError("The training worker is not running."));
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        worker.postMessage({ id, request: name, params } as RequestMessage);
      });
    },
    terminate: () => end(new StudioError("The training worker was restarted.")),
  };
}

/** Reads and stores a data set file in a worker of its own, which ends with the answer. A new call should abort the old one. */
export function readDatasetFile(
  file: File,
  options: ReadOptions,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<DatasetInfo> {
  const worker = openWorker(dataWorkerUrl, "studio-reader");
  return new Promise<DatasetInfo>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    worker.onerror = (event) => {
      event.preventDefault();
      reject(
        new StudioError(
          `${file.name} could not be read: ${event.message || "the reader stopped"}.`,
          {
            hint: "The file may be too large for this device's memory. Try a smaller part of it.",
          },
        ),
      );
    };
    worker.onmessage = ({ data }: MessageEvent<ReadFileAnswer>) => {
      if (data.type === "progress") onProgress(data.share);
      else if (data.type === "read") resolve(data.info);
      else reject(fromErrorRecord(data.error));
    };
    worker.postMessage({ file, options } satisfies ReadFileMessage);
  }).finally(() => worker.terminate());
}

/** Where the Hub is, and the token that lets the user in. */
interface HubConnection {
  readonly hubUrl: string;
  readonly token: string | null;
}

/** Looks a model up on the Hub. Aborting the signal forgets the question. */
export async function findOnHub(
  reference: HubReference,
  connection: HubConnection,
  signal: AbortSignal,
): Promise<HubModel> {
  const worker = openWorker(hubWorkerUrl, "studio-hub");
  const answer = await askHub(worker, { type: "find", reference, ...connection }, { signal });
  if (answer.type !== "found") throw new StudioError("The look-up ended without a model.");
  return answer.model;
}

/** A download that goes on. */
export interface HubDownload {
  /** The stored model's id; null where it was stopped. */
  readonly done: Promise<string | null>;
  /** Ends it; what has arrived is stored first. */
  stop(): void;
}

/** Downloads a model that was found. `onProgress` is told the bytes that have arrived of all its files. */
export function downloadFromHub(
  model: HubModel,
  connection: HubConnection,
  onProgress: (bytes: number) => void,
): HubDownload {
  const worker = openWorker(hubWorkerUrl, "studio-hub");
  const done = askHub(worker, { type: "download", model, ...connection }, { onProgress });
  return {
    done: done.then((answer) => (answer.type === "stored" ? answer.id : null)),
    stop: () => worker.postMessage({ type: "stop" } satisfies HubMessage),
  };
}

interface HubListeners {
  onProgress?(bytes: number): void;
  readonly signal?: AbortSignal;
}

/** The worker's last word; it ends with it. Rejects with its refusal, or where it dies. */
function askHub(
  worker: Worker,
  question: HubMessage,
  { onProgress, signal }: HubListeners,
): Promise<HubAnswer> {
  return new Promise<HubAnswer>((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
    worker.onerror = (event) => {
      event.preventDefault();
      reject(
        new StudioError(`The download stopped: ${event.message || "its worker ended"}.`, {
          hint: "What has arrived is kept. Go on with the download.",
        }),
      );
    };
    worker.onmessage = ({ data }: MessageEvent<HubAnswer>) => {
      if (data.type === "progress") onProgress?.(data.bytes);
      else if (data.type === "refused") reject(fromErrorRecord(data.error));
      else resolve(data);
    };
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
