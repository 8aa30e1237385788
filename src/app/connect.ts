// The composition root of the page: worker events become state, actions become requests. Nothing else knows both sides.
import { type BackendChoice, backendChoices, type FoundBackend } from "../config/run-record.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { installActions } from "../state/actions.ts";
import { getRun, getStoredRuns, watchStoredRuns } from "../state/run-store.ts";
import { goTo, setNotice, useStudioStore } from "../state/studio-store.ts";
import { estimateStorage } from "../storage/estimate.ts";
import { listNewerRuns } from "../storage/runs.ts";
import { en } from "../ui/text/en.ts";
import { startTrainingWorker, type TrainingWorker } from "../worker/client.ts";
import { attempt, attemptAnew } from "./attempt.ts";
import { startAttention, tellEnd, toggleTellsEnd } from "./attention.ts";
import { createBackendChoice } from "./backend-choice.ts";
import { describeLoss, rememberRuns } from "./canary.ts";
import { createDatasetControl } from "./dataset-control.ts";
import { createDeviceBenchmarkControl } from "./device-benchmark-control.ts";
import { saveToDisk } from "./download.ts";
import { createEventFeed } from "./event-feed.ts";
import { createFilesControl } from "./files-control.ts";
import { createHistoryControl } from "./history-control.ts";
import { createHubControl } from "./hub-control.ts";
import type { Link } from "./link.ts";
import { createMirrorControl } from "./mirror-control.ts";
import { createModelControl } from "./model-control.ts";
import { createPlaygroundControl } from "./playground-control.ts";
import { createPredictionControl } from "./prediction-control.ts";
import { createQueueControl } from "./queue-control.ts";
import { createRemovals } from "./removals.ts";
import { createRunControl } from "./run-control.ts";
import { createSpeedControl } from "./speed-control.ts";
import { copyToForm, createStartControl } from "./start-control.ts";
import { createTabs } from "./tabs.ts";
import { setTheme, startTheme } from "./theme.ts";

/** Starts the worker, wires events to stores and installs the actions. Called once, before the first render. */
export function connect(): void {
  let worker: TrainingWorker | undefined;
  const link: Link = {
    request: (name, params) => {
      if (worker === undefined) return Promise.reject(new Error("The worker was not started."));
      return worker.request(name, params);
    },
  };
  const datasets = createDatasetControl(link, (id) => models.load(id));
  const runs = createRunControl({
    link,
    whenStarted: () => started,
    beforeBegin: (record, signal) => backends.chooseFor(record, signal),
    beforeResume: (runId) => backends.returnTo(runId),
    onStorageChange: refreshStorage,
    heard: (runId) => tabs.heard(runId),
    onElsewhere: (runIds) => tabs.watch(runIds),
  });
  const removals = createRemovals();
  const models = createModelControl({ link, removals, onStorageChange: refreshStorage });
  const { refresh, open } = runs;
  const history = createHistoryControl({
    link,
    removals,
    refresh,
    open,
    onStorageChange: refreshStorage,
  });
  const predictions = createPredictionControl(link, en.results.file.headings);
  const files = createFilesControl({ removals, endWorker: () => worker?.terminate() });
  const mirror = createMirrorControl(link);
  const playground = createPlaygroundControl(link, () => started);
  const queue = createQueueControl((record) => runs.begin(record, "afterCurrent"));
  const speed = createSpeedControl(link);
  const benchmark = createDeviceBenchmarkControl(link);
  const starts = createStartControl(runs, queue);
  const tabs = createTabs({
    receive: runs.receive,
    refresh,
    resumeQuietly: (runId) => runs.resume(runId, true),
    ready: () => started,
  });

  /** What was dropped while the worker starts waits for it. */
  let started: Promise<void> = Promise.resolve();
  const start = (choice: BackendChoice, found: FoundBackend | null = null) => {
    started = startWorker(choice, found);
    return started;
  };
  /** Hands on what the worker has told so far. */
  let flushNews = () => {};
  const startWorker = async (choice: BackendChoice, found: FoundBackend | null) => {
    worker?.terminate();
    useStudioStore.setState({ backendChoice: choice, device: { status: "starting" } });
    const feed = createEventFeed((events) => {
      runs.receive(events);
      const loss = events.find((event) => event.type === "deviceLost");
      if (loss !== undefined) attempt(() => recover(loss.runId, choice, found));
      tellEnd(events);
      speed.receive(events);
      attempt(() => queue.receive(events));
    });
    flushNews = feed.flush;
    worker = startTrainingWorker({
      onEvent: (event) => {
        tabs.tell(event);
        feed.take(event);
      },
      onWritten: playground.receiveWritten,
      onScored: playground.receiveScored,
      onDeath: (error) => {
        feed.flush();
        runs.interrupt(error);
        // One that never started would die again at once; its request tells the user.
        if (useStudioStore.getState().device.status === "ready") void start(choice, found);
      },
    });
    try {
      const info = await link.request("startBackend", { ...startOptions(), choice, found });
      useStudioStore.setState({ device: { status: "ready", info } });
    } catch (error) {
      useStudioStore.setState({ device: { status: "failed", error: toErrorRecord(error) } });
      return;
    }
    await models.load(useStudioStore.getState().model.id);
    // What is wrong with a data set keeps no run of another one from starting.
    attempt(datasets.inspect);
  };

  const recovered = new Set<string>();
  /** The device of a run is gone: once, a new worker with a new device goes on with it. */
  const recover = async (runId: string, choice: BackendChoice, found: FoundBackend | null) => {
    const { device } = useStudioStore.getState();
    const before = device.status === "ready" ? device.info.backend : null;
    await runs.refresh();
    if (recovered.has(runId)) throw new StudioError(en.resume.device.twice, en.resume.device);
    recovered.add(runId);
    await start(choice, found);
    const now = useStudioStore.getState().device;
    if (now.status !== "ready") return;
    if (now.info.backend !== before) throw new StudioError(en.resume.device.gone, en.resume.device);
    await runs.resume(runId);
  };

  const backends = createBackendChoice({
    link,
    startOptions,
    restart: (found) => start("auto", found),
    tell: (runId, note) =>
      runs.receive([
        { version: 1, runId, time: Date.now(), type: "phaseChanged", phase: "preparing", note },
      ]),
  });

  /** Where a run that was cut off is shown, its back end is started: what the page says of going on then holds. */
  const returnToShown = async () => {
    const id = getRun()?.record.id;
    const stored = getStoredRuns().find(({ record }) => record.id === id);
    if (stored?.interrupted === true) await backends.returnTo(stored.record.id);
  };

  const hub = createHubControl({
    link,
    whenStarted: () => started,
    onStored: async (id) => {
      await models.list();
      await models.choose(id);
      await Promise.all([models.list(), datasets.inspect()]);
    },
    onStorageChange: refreshStorage,
  });

  installActions({
    setTheme,
    chooseBackend: (choice) => {
      flushNews();
      const interrupted = runs.interrupt({
        message: "The back end was changed.",
        hint: "Resume the run to go on.",
      });
      // This tab means to go on with it: the others leave it alone.
      if (interrupted !== null) tabs.tell(interrupted);
      attempt(() => start(choice));
    },
    chooseModel: (id) =>
      attempt(async () => {
        await models.choose(id);
        await Promise.all([models.list(), datasets.inspect()]);
      }),
    loadModelAnyway: (id) =>
      attempt(async () => {
        await models.load(id);
        await Promise.all([models.list(), datasets.inspect()]);
      }),
    importModel: (files) =>
      attempt(async () => {
        setNotice(null);
        await started;
        await models.importFiles(files);
        await Promise.all([datasets.inspect(), refreshStorage()]);
      }),
    importFoundFolder: (folder) =>
      attempt(async () => {
        setNotice(null);
        await started;
        await models.importFolder(folder);
        await Promise.all([datasets.inspect(), refreshStorage()]);
      }),
    forgetFoundFolders: models.forgetFound,
    removeModel: (id) =>
      attempt(async () => {
        if (await models.remove(id)) await datasets.inspect();
      }),
    findOnHub: (typed, revision) => attempt(() => hub.find(typed, revision)),
    cancelFindOnHub: hub.cancelFind,
    downloadFromHub: () => attempt(hub.download),
    stopDownload: hub.stop,
    resumeDownload: (source) => attempt(() => hub.resume(source)),
    forgetDownload: (source) => attempt(() => hub.forget(source)),
    setHubUrl: hub.setUrl,
    chooseDataset: (file) => attempt(() => datasets.readFile(file)),
    rereadDataset: (options) => attempt(() => datasets.reread(options)),
    chooseSample: (name) => attempt(() => datasets.readSample(name)),
    changeChoice: (change) => attempt(() => datasets.change(change)),
    chooseEvaluationFile: (file) => attempt(() => datasets.readEvaluation(file)),
    dropEvaluationFile: () => attempt(datasets.dropEvaluation),
    measureLengths: (args) => attempt(() => datasets.measureLengths(args)),
    previewTokens: (row, maxLength) => link.request("previewTokens", { row, maxLength }),
    fetchRows: (first, count) => attempt(() => datasets.fetchRows(first, count)),
    startTraining: () => attempt(starts.start),
    startComparison: () => attempt(starts.startComparison),
    copyRun: (runId) =>
      attempt(async () => {
        const { record } = await runs.load(runId);
        if (useStudioStore.getState().model.id !== record.model_name_or_path) {
          await models.load(record.model_name_or_path);
        }
        await datasets.use(record.dataset);
        copyToForm(record);
        goTo("training");
      }),
    loadRuns: (runIds) => attempt(() => Promise.all(runIds.map(runs.load))),
    measureDevice: () => attempt(benchmark.measure),
    measureSpeed: (key) => attempt(() => speed.measure(key)),
    toggleTellsEnd: () => attempt(toggleTellsEnd),
    removeFromQueue: queue.remove,
    moveInQueue: queue.move,
    startQueue: () => attempt(queue.goOn),
    pause: () => attempt(runs.pause),
    resume: (runId) => attempt(() => runs.resume(runId)),
    stop: () => attempt(runs.stop),
    exportForCluster: (runId) => attempt(() => runs.exportForCluster(runId)),
    saveNewBest: () => attempt(runs.saveNewBest),
    continueRun: runs.continueRun,
    startFromWeights: (runId, path) =>
      attempt(async () => {
        await models.takeCheckpoint(runId, path);
        await datasets.inspect();
        goTo("training");
      }),
    openRun: (runId) => attempt(() => runs.open(runId)),
    renameRun: history.rename,
    removeRun: (runId) => attempt(async () => history.remove(runId)),
    removeCheckpoint: (runId, path) => attempt(async () => history.removeCheckpoint(runId, path)),
    undoRemoval: removals.undo,
    readEvaluationRows: history.readRows,
    exportRun: (runId) => attempt(() => history.exportRun(runId)),
    importRun: (file) => attempt(() => history.importRun(file)),
    chooseMirror: () => attempt(mirror.choose),
    allowMirror: () => attempt(mirror.allow),
    forgetMirror: () => attempt(mirror.forget),
    listFiles: files.list,
    previewFile: files.preview,
    downloadFile: (path) => attempt(() => files.download(path)),
    downloadFolder: (path) => attempt(() => files.downloadFolder(path)),
    eraseEverything: files.erase,
    downloadCheckpoint: (runId, path) => attempt(() => runs.download(runId, path)),
    verifyInPython: async (runId) => {
      const name = getRun()?.record.name ?? "run";
      saveToDisk(`${name}-verify.zip`, await link.request("exportVerification", { runId }));
    },
    saveFile: saveToDisk,
    predictFile: (runId, file) => attempt(() => predictions.start(runId, file)),
    choosePredictionColumn: (column) => attempt(() => predictions.chooseColumn(column)),
    choosePredictionSheet: (sheet) => attempt(() => predictions.chooseSheet(sheet)),
    savePrediction: (format) => attempt(() => predictions.save(format)),
    closePrediction: () => attempt(predictions.close),
    listGenerators: () => attempt(playground.listSources),
    writeOn: () => attemptAnew(playground.write),
    sendMessage: () => attemptAnew(playground.send),
    think: () => attemptAnew(playground.think),
    scoreRows: (modes, most) => attemptAnew(() => playground.score(modes, most)),
    stopGeneration: () => attempt(playground.stop),
    readHeldOut: () => attempt(playground.readHeldOut),
    readQuestionFile: (file) => attempt(() => playground.readFileRows(file)),
    openSums: () => attempt(playground.openSums),
    predict: (asked, from) => link.request("predict", { ...asked, from }),
  });

  startTheme();
  startAttention();
  attempt(models.list);
  attempt(hub.restore);
  attempt(refreshStorage);
  attempt(mirror.restore);
  attempt(async () => {
    await runs.restore();
    const newerRuns = await listNewerRuns();
    useStudioStore.setState({ newerRuns });
    const kept = [
      ...getStoredRuns().map(({ record }) => record.name),
      ...newerRuns.map(({ name }) => name),
    ];
    const lost = describeLoss(kept);
    if (lost !== null) setNotice(lost);
    rememberRuns(kept);
    watchStoredRuns((stored) => {
      // Where the list turns empty without a deletion the storage was cleared under the page: the next start tells it.
      if (stored.length > 0) rememberRuns(stored);
      attempt(returnToShown);
    });
    await started;
    await returnToShown();
  });
  queue.restore();
  speed.restore();
  benchmark.restore();
  attempt(() => start(chosenBackend()));
}

async function refreshStorage(): Promise<void> {
  useStudioStore.setState({ storage: await estimateStorage() });
}

/** `?backend=` of the address, or `auto`. */
function chosenBackend(): BackendChoice {
  const asked = new URLSearchParams(location.search).get("backend");
  return backendChoices.find((choice) => choice === asked) ?? "auto";
}

/** `?threads=` and `?software` of the address are for tests and benchmarks: what the studio would choose itself. */
function startOptions() {
  const asked = new URLSearchParams(location.search);
  const threads = Number(asked.get("threads"));
  return {
    siteUrl: document.baseURI,
    threads: Number.isInteger(threads) && threads > 0 ? Math.min(threads, 32) : undefined,
    acceptSoftware: asked.has("software"),
  };
}
