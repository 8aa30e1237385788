// What the training worker does for each request. It holds the back end, the loaded models and the one session.
import type { DatasetInspection } from "../config/dataset.ts";
import type { DeviceBenchmark } from "../config/device-benchmark.ts";
import type { RunEvent } from "../config/events.ts";
import type { GenerationProgress } from "../config/generation.ts";
import type { ScoreProgress } from "../config/reasoning.ts";
import type { RunRecord } from "../config/run-record.ts";
import { encodeRow } from "../data/encode-row.ts";
import { inspectDataset, tableRows } from "../data/inspect-dataset.ts";
import { lintDataset } from "../data/lint.ts";
import { measureLengths } from "../data/padding.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { countWords, newTokenCounts, type TokenCounts } from "../data/token-counts.ts";
import { type RunningBackend, startBackend } from "../engine/backend.ts";
import { bundledWasmFiles } from "../engine/wasm-files.ts";
import { unzipFiles } from "../formats/zip.ts";
import { StudioError } from "../lib/errors.ts";
import { restoreRun } from "../storage/run-archive.ts";
import { measureDevice } from "../trainer/device-benchmark/device-benchmark.ts";
import type { BaseModel } from "./base-model.ts";
import { zipForCluster } from "./cluster-files.ts";
import { describeConfig } from "./describe-config.ts";
import { createFeatureStore } from "./feature-cache.ts";
import { createFilePredictor } from "./file-predictor.ts";
import { createGenerationSession } from "./generation-session.ts";
import { readHeldOut } from "./held-out.ts";
import { encodeLanguage } from "./language-data.ts";
import { inspectLanguage, type LanguageInspection } from "./language-inspection.ts";
import { createGate } from "./macrotask.ts";
import { createModelLibrary, type ModelLibrary } from "./model-library.ts";
import { createPredictor } from "./predictor.ts";
import type { RequestMessage, Requests } from "./protocol.ts";
import { readChosen } from "./read-chosen.ts";
import { type Session, startSession } from "./session.ts";
import { recordOf, recordToResume } from "./stored-record.ts";
import { createTemplateRenderer } from "./template-renderer.ts";
import { runTrial } from "./trial.ts";
import { exportVerification } from "./verification/export-verification.ts";

interface Surroundings {
  /** Address of the worker's own script. */
  readonly scriptUrl: string;
  emit(event: RunEvent): void;
  tellWritten(progress: GenerationProgress): void;
  tellScored(progress: ScoreProgress): void;
}

type Result = Requests[keyof Requests]["result"];

/** The data set that the data page shows. */
type Inspected = Omit<LanguageInspection, "inspection">;

/** One function that answers every request. */
export function createRequestHandlers({
  scriptUrl,
  emit: tell,
  tellWritten,
  tellScored,
}: Surroundings) {
  let backend: RunningBackend | undefined;
  let library: ModelLibrary | undefined;
  let session: Session | undefined;
  /** The session has told its end and is putting its things away. */
  let isEnding = false;
  let inspected: Inspected | undefined;
  const features = createFeatureStore();
  const render = createTemplateRenderer(scriptUrl);
  const countTokens = createTokenCounter();
  const models = () => library ?? refuse("The tensor back end has not been started.");
  const running = () => session ?? refuse("No run is going on.");
  const predictor = createPredictor((id) => models().load(id));
  const files = createFilePredictor(predictor.ofRun);
  // A question about another run disposes the classifier of the one before: they are answered one by one.
  const inTurn = createQueue();
  const refuseWhileTraining = () => {
    if (session !== undefined && !session.isPaused) {
      throw new StudioError("A run is going on: it needs the device.", {
        hint: "Files are predicted while it is paused, or when it has ended.",
        code: "device-busy",
      });
    }
  };

  const generation = createGenerationSession({
    loadBase: (id) => models().load(id),
    render,
    async whenFree(isStopped) {
      while (session !== undefined && !session.isPaused && !isStopped()) await wait(200);
    },
    tellWritten,
    tellScored,
  });

  const emit = (event: RunEvent) => {
    if (event.type === "ended") isEnding = true;
    tell(event);
  };

  /** The newest trial has the highest number; older ones give up within an update. */
  const trial = { number: 0, done: Promise.resolve() as Promise<unknown> };
  const tryOut = async ({ record, most }: Requests["tryRun"]["params"]) => {
    if (session !== undefined && !isEnding) refuse("A run is going on.");
    trial.number += 1;
    const own = trial.number;
    await trial.done;
    await session?.done;
    const base = await models().load(record.model_name_or_path);
    const isCancelled = () => own !== trial.number;
    if (isCancelled()) refuse("The trial was cancelled.");
    const device = backend ?? refuse("The tensor back end has not been started.");
    const parts = { record, base, backend: device, features, render, isCancelled };
    const figures = runTrial(parts, most);
    trial.done = figures.catch(() => {});
    return figures;
  };

  const measure = async (): Promise<DeviceBenchmark> => {
    if (session !== undefined && !isEnding) refuse("A run is going on: it needs the device.");
    trial.number += 1;
    const own = trial.number;
    await trial.done;
    const device = backend ?? refuse("The tensor back end has not been started.");
    const gate = createGate();
    const figures = device.guard(
      measureDevice(async () => {
        await gate.pass();
        if (own !== trial.number) {
          throw new StudioError("The measurement was cancelled.", { code: "cancelled" });
        }
      }),
    );
    trial.done = figures.catch(() => {});
    const { backend: name, adapter, pins } = device;
    return {
      ...{ version: 1, measured_at: Date.now(), backend: name, adapter },
      ...{ kernels: pins.kernels, threads: pins.threads, browser: navigator.userAgent },
      ...(await figures),
    };
  };

  const begin = async (record: RunRecord, resume: boolean) => {
    if (session !== undefined && !isEnding) refuse("A run is already going on in this tab.");
    trial.number += 1;
    await trial.done;
    // A queue starts its next run on the news that the last one ended.
    await session?.done;
    isEnding = false;
    generation.free();
    const base = await models().load(record.model_name_or_path);
    const device = backend ?? refuse("The tensor back end has not been started.");
    const started = await startSession({
      record,
      resume,
      base,
      backend: device,
      features,
      render,
      emit,
    });
    session = started;
    void started.done.finally(() => {
      session = undefined;
    });
    return null;
  };

  const inspect = async (
    params: Requests["inspectDataset"]["params"],
  ): Promise<DatasetInspection> => {
    const { choice } = params;
    const base = await models().load(params.modelId);
    if (choice.language !== null) {
      const parts = { choice, language: choice.language, base, render, gate: createGate() };
      const looked = inspectLanguage(await encodeLanguage(parts), base);
      inspected = looked;
      return looked.inspection;
    }
    const prepared = await readChosen(choice);
    const tokens = await countTokens(params, prepared, base);
    const lint = lintDataset(prepared, tokens);
    inspected = {
      rows: tableRows(prepared, tokens, lint.rowsOf),
      lengths: (args, device) => measureLengths(prepared, tokens, args, device),
      preview: () => null,
    };
    return inspectDataset(prepared, tokens, lint);
  };

  return async (message: RequestMessage): Promise<Result> => {
    switch (message.request) {
      case "startBackend": {
        const { choice, siteUrl, ...options } = message.params;
        backend = await startBackend(choice, bundledWasmFiles(scriptUrl), options);
        library = createModelLibrary(siteUrl);
        const { adapter, reason, pins, memory } = backend;
        return { backend: backend.backend, adapter, reason, pins, memory };
      }
      case "explainBackend":
        if (backend !== undefined) backend = { ...backend, reason: message.params.reason };
        return null;
      case "loadModel":
        return (await models().load(message.params.id)).summary;
      case "describeModel":
        return describeConfig(await models().readConfig(message.params.id));
      case "describeConfig":
        return describeConfig(message.params.config);
      case "importModel":
        return models().import(message.params);
      case "inspectDataset":
        return inspect(message.params);
      case "readRows":
        return inspected?.rows(message.params) ?? [];
      case "measureLengths":
        return inspected?.lengths(message.params.args, backend?.backend ?? "wasm") ?? null;
      case "previewTokens":
        return inspected?.preview(message.params.row, message.params.maxLength) ?? null;
      case "tryRun":
        return tryOut(message.params);
      case "measureDevice":
        return measure();
      case "startRun":
        return begin(message.params.record, false);
      case "resumeRun":
        return begin(await recordToResume(message.params.runId), true);
      case "pauseRun":
        running().pause();
        return null;
      case "unpauseRun":
        running().unpause();
        return null;
      case "stopRun":
        running().stop();
        return null;
      case "openPrediction":
        refuseWhileTraining();
        return inTurn(() => files.open(message.params));
      case "chooseTextColumn":
        return files.chooseColumn(message.params.column);
      case "predictRows":
        refuseWhileTraining();
        return inTurn(() => files.rows(message.params.start, message.params.count));
      case "writePrediction":
        return files.file(message.params.format, message.params.headings);
      case "closePrediction":
        return files.close();
      case "importRun": {
        const { file } = message.params;
        return restoreRun(await unzipFiles(file), file.name);
      }
      case "zipForCluster": {
        const record = await recordOf(message.params.runId);
        return zipForCluster(record, await models().load(record.model_name_or_path));
      }
      case "reopenMirror":
        await session?.reopenMirror();
        return null;
      case "saveNewBest":
        running().saveNewBest();
        return null;
      case "exportVerification": {
        if (session !== undefined) refuse("A run is going on. Verify when it has ended.");
        const record = await recordOf(message.params.runId);
        const base = await models().load(record.model_name_or_path);
        const device = backend ?? refuse("The tensor back end has not been started.");
        return exportVerification({ record, base, backend: device, features, render });
      }
      case "predict":
        return inTurn(() => predictor.one(message.params, message.params.from));
      case "generate":
        return generation.generate(message.params);
      case "scoreReasoning":
        return generation.score(message.params);
      case "stopGeneration":
        return generation.stop();
      case "readHeldOut":
        return readHeldOut(message.params.from, message.params.most);
      default:
        return message satisfies never;
    }
  };
}

const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

function refuse(message: string): never {
  throw new StudioError(message);
}

/** Runs pieces of work one after another. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(work: () => Promise<Value>): Promise<Value> => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}

/** Counts the tokens of each row once for a model and its text columns, giving way to messages now and then. */
function createTokenCounter() {
  const gate = createGate();
  let known: { key: string; counts: TokenCounts } | undefined;
  return async (
    { choice, modelId, maxLength }: Requests["inspectDataset"]["params"],
    { chosen }: PreparedDataset,
    { tokenizer }: BaseModel,
  ): Promise<TokenCounts> => {
    const { id, evaluation, text_column, join_columns, text_pair_column } = choice;
    const columns = [text_column, join_columns, text_pair_column];
    const key = JSON.stringify([modelId, id, evaluation?.id, ...columns]);
    if (known?.key === key) return known.counts;
    const counts = newTokenCounts(chosen.rows.length);
    for (const [row, { text, pair }] of chosen.rows.entries()) {
      const cells = pair === null ? { text } : { text, pair };
      const { ids } = encodeRow(tokenizer, cells, maxLength * 8);
      counts.tokens[row] = ids.length;
      counts.unknown[row] = ids.filter((token) => token === tokenizer.unknownId).length;
      counts.words[row] = countWords(text) + (pair === null ? 0 : countWords(pair));
      if (row % 200 === 199) await gate.pass();
    }
    known = { key, counts };
    return counts;
  };
}
