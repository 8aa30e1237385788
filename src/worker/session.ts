// One run, from its record to its end: it composes model, data, trainer and storage. It knows no page and touches no `self`.
import type { RunEvent, RunHeader } from "../config/events.ts";
import type { Pins } from "../config/pins.ts";
import { taskOf } from "../config/problem-type.ts";
import { type RunStatus, trainsEmbeddings } from "../config/run-record.ts";
import { planSteps, type StepPlan, totalBatchSize } from "../config/step-arithmetic.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { validateArguments } from "../config/validate-arguments.ts";
import { dealBatches, epochBatches } from "../data/sampler.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import {
  checkpointPath,
  copyCheckpoint,
  deleteCheckpoint,
  stepOf,
} from "../storage/checkpoints.ts";
import { saveEvaluationRows } from "../storage/evaluations.ts";
import { holdRun } from "../storage/run-lock.ts";
import { createRun, listRuns, writeResults, writeStatus } from "../storage/runs.ts";
import { createOptimizer } from "../trainer/optimizers/create-optimizer.ts";
import {
  disposeOptimizer,
  importOptimizer,
  initOptimizer,
  type OptimizerState,
} from "../trainer/optimizers/optimizer.ts";
import {
  bestCheckpointStep,
  newProgress,
  type TrainEvent,
  type TrainProgress,
  train,
} from "../trainer/train.ts";
import { createUpdater, type Updater } from "../trainer/updater.ts";
import { createTask, type TaskParts } from "./create-task.ts";
import { createGate } from "./macrotask.ts";
import { createRunMirror } from "./mirror-run.ts";
import type { PerformanceMeter } from "./performance-meter.ts";
import { readCheckpointWeights } from "./restore-checkpoint.ts";
import { findRestart } from "./resume-run.ts";
import { createRunLog } from "./run-log.ts";
import type { RunTask, TrainedModel } from "./run-task.ts";
import { createRunUpdates } from "./run-updates.ts";
import { saveRun } from "./save-run.ts";

/** What a session works with. */
export interface SessionParts extends TaskParts {
  /** Continue a stored run from its newest checkpoint. */
  readonly resume: boolean;
  emit(event: RunEvent): void;
}

/** The run that a worker works on. */
export interface Session {
  pause(): void;
  unpause(): void;
  /** Finishes the update, saves, ends. */
  stop(): void;
  readonly isPaused: boolean;
  /** From now on each new best is saved, also where no save is due. */
  saveNewBest(): void;
  /** The folder that runs are mirrored to was changed. */
  reopenMirror(): Promise<void>;
  /** Resolves when the run has ended, however it ended. */
  readonly done: Promise<void>;
}

/** Checks and stores the run, then starts it. Throws before anything is stored where it cannot start. */
export async function startSession(parts: SessionParts): Promise<Session> {
  const { record, resume } = parts;
  const from = record.continued_from;
  const task = await createTask(parts);
  const plan = planSteps(record.arguments, task.trainRows);
  await refuseBadArguments(parts, task);
  if (from !== null && !resume) {
    refuseLateStart(from, plan);
    await copyCheckpoint(from, record.arguments.output_dir);
  }
  if (!resume) await createRun(record, runningStatus(0, plan, parts.backend.pins));

  const gate = createGate();
  const control = { stop: false, savesNewBest: false };
  const { log, mirror } = openLog(parts, task);
  const run: Run = { ...parts, task, plan, gate, control, log };
  let done: Promise<void> = Promise.resolve();
  await new Promise<void>((begin, refuse) => {
    done = holdRun(record.id, async () => {
      begin();
      // A folder whose handle cannot be read is no reason not to train.
      await mirror.open().catch(() => {});
      await workOn(run);
      await mirror.finish().catch(() => {});
    });
    done.catch(refuse);
  });
  const report = run.log.report;
  return {
    pause() {
      if (gate.isClosed) return;
      gate.close();
      report({ type: "phaseChanged", phase: "paused" });
    },
    unpause() {
      if (!gate.isClosed) return;
      report({ type: "phaseChanged", phase: "training" });
      gate.open();
    },
    stop() {
      control.stop = true;
      gate.open();
    },
    get isPaused() {
      return gate.isClosed;
    },
    saveNewBest() {
      control.savesNewBest = true;
      report({ type: "savingNewBest" });
    },
    reopenMirror: mirror.open,
    done,
  };
}

interface Run extends SessionParts {
  readonly task: RunTask;
  readonly plan: StepPlan;
  readonly gate: ReturnType<typeof createGate>;
  readonly control: { stop: boolean; savesNewBest: boolean };
  readonly log: ReturnType<typeof createRunLog>;
}

/** The run's log, and its copy in the user's folder, which follows what the log is told. */
function openLog({ record, emit }: SessionParts, { config }: RunTask) {
  const { output_dir: outputDir } = record.arguments;
  const dir = loggingDir(record.arguments);
  const log = createRunLog({
    runId: record.id,
    dir,
    texts: {
      "args/text_summary": JSON.stringify(record.arguments, null, 2),
      "model_config/text_summary": `${JSON.stringify(config, null, 2)}\n`,
    },
    emit(event) {
      emit(event);
      mirror.notice(event);
    },
  });
  const mirror = createRunMirror({
    run: { id: record.id, name: record.name, outputDir, loggingDir: dir },
    report: log.report,
    flush: log.flush,
  });
  return { log, mirror };
}

const runningStatus = (step: number, plan: StepPlan, pins: Pins): RunStatus => ({
  version: 1,
  phase: "running",
  step,
  max_steps: plan.maxSteps,
  heartbeat: Date.now(),
  error: null,
  pins,
});

async function refuseBadArguments({ record, base }: SessionParts, task: RunTask): Promise<void> {
  const others = (await listRuns()).filter((entry) => entry.record.id !== record.id);
  const [problem] = validateArguments(record.arguments, {
    trainRows: task.trainRows,
    evaluationRows: task.evaluationRows,
    takenFolders: others.map((entry) => entry.record.arguments.output_dir),
    modelMaxLength: base.summary.maxLength,
    task: taskOf(record.dataset),
    trainsEmbeddings: trainsEmbeddings(record.mode),
  });
  if (problem !== undefined) {
    throw new StudioError(`${problem.argument}: ${problem.message}`, { hint: problem.hint });
  }
  const { num_trainable_layers: trained = 1 } = record;
  const { length: layers } = base.summary.layers;
  if (record.mode === "last" && trained > layers) {
    throw new StudioError(
      `num_trainable_layers: ${trained} layers cannot be trained, ${base.summary.name} has ${layers}.`,
      { hint: `Choose 1 to ${layers}.` },
    );
  }
}

function refuseLateStart(from: string, { maxSteps }: StepPlan): void {
  const step = stepOf(from);
  if (step < maxSteps) return;
  throw new StudioError(
    `${from} has ${step} updates behind it, and with these settings the run has ${maxSteps}.`,
    { hint: "Set more epochs, or more max_steps." },
  );
}

/** The run's work. It never throws: a failure is an event, a stored status and a log line. */
async function workOn(run: Run): Promise<void> {
  const { record, plan, log } = run;
  let progress = newProgress();
  const end = async (phase: "completed" | "stopped" | "failed", error?: unknown) => {
    const described = error === undefined ? undefined : toErrorRecord(error);
    const shown =
      described === undefined ? null : { message: described.message, hint: described.hint };
    await writeStatus(record.id, {
      ...runningStatus(progress.globalStep, plan, run.backend.pins),
      phase,
      error: shown,
    });
    log.report({ type: "ended", phase, ...(described === undefined ? {} : { error: described }) });
    await log.flush();
  };
  const { guard } = run.backend;
  let model: TrainedModel | undefined;
  let optimizer: OptimizerState | undefined;
  let updater: Updater | undefined;
  try {
    log.report({
      type: "phaseChanged",
      phase: "preparing",
      note: "Reading and tokenising the rows",
    });
    await run.gate.pass();
    model = await guard(
      run.task.createModel(
        (note) => log.report({ type: "phaseChanged", phase: "preparing", note }),
        run.gate,
      ),
    );
    const restored =
      run.resume || record.continued_from !== null ? await restore(run, model) : null;
    progress = restored?.progress ?? progress;
    optimizer =
      restored?.optimizer ?? initOptimizer(createOptimizer(record.arguments), model.trainable);
    updater = createUpdater({
      trainable: model.trainable,
      rule: createOptimizer(record.arguments),
      state: optimizer,
      steps: model.steps,
      settings: {
        objective: model.objective,
        weightDecay: record.arguments.weight_decay,
        maxGradNorm: record.arguments.max_grad_norm,
      },
    });
    await reportStart(run, model, progress);
    await guard(followTraining(run, model, optimizer, updater, progress));
    await guard(score(run, model, progress));
    const isCut = progress.globalStep < plan.maxSteps && !progress.stoppedEarly;
    await end(isCut ? "stopped" : "completed");
  } catch (error) {
    if (error instanceof StudioError && error.code === "device-lost") {
      // No end: the stored run stays one that was cut off, and the page goes on with it on a new device.
      log.report({ type: "deviceLost", message: error.message });
      await log.flush().catch(() => {});
      return;
    }
    await end("failed", error).catch(() => {
      // The storage itself failed: the page still learns of the first error.
      log.report({ type: "ended", phase: "failed", error: toErrorRecord(error) });
    });
  } finally {
    updater?.dispose();
    if (optimizer !== undefined) disposeOptimizer(optimizer);
    model?.dispose();
  }
}

async function restore(run: Run, model: TrainedModel) {
  const { record, backend, log } = run;
  const restored = await findRestart({
    outputDir: record.arguments.output_dir,
    trainable: [...model.trainable.keys()],
    pins: backend.pins,
    isOther: !run.resume,
    report: log.report,
  });
  await log.restart(restored?.progress.logHistory ?? []);
  if (restored === null) return null;
  model.assign(restored.weights);
  const rule = createOptimizer(record.arguments);
  return {
    progress: restored.progress,
    optimizer: importOptimizer(rule, model.trainable, restored.optimizer),
  };
}

async function reportStart(run: Run, model: TrainedModel, progress: TrainProgress): Promise<void> {
  const { record, plan, task, backend, log } = run;
  const args = record.arguments;
  const header: RunHeader = {
    numExamples: task.trainRows,
    numEvaluationExamples: task.evaluationRows,
    totalTrainBatchSize: totalBatchSize(args),
    updatesPerEpoch: plan.updatesPerEpoch,
    maxSteps: plan.maxSteps,
    trainableParameters: model.trainableCount,
    allParameters: model.parameterCount,
    backend: backend.backend,
    adapter: backend.adapter,
  };
  await writeStatus(record.id, runningStatus(progress.globalStep, plan, backend.pins));
  log.report({ type: "started", header, fromStep: progress.globalStep });
  log.report({ type: "phaseChanged", phase: "preparing", note: "Measuring the baselines" });
  await run.gate.pass();
  const baselines = task.baselines();
  if (baselines !== null) log.report({ type: "baselinesMeasured", baselines });
  if (progress.globalStep === 0) {
    for (const message of task.notes) log.report({ type: "warned", message });
  }
}

async function followTraining(
  run: Run,
  model: TrainedModel,
  optimizer: OptimizerState,
  updater: Updater,
  progress: TrainProgress,
): Promise<void> {
  const { record, plan, gate, control } = run;
  const args = record.arguments;
  const { ofLoop, meter, tellPerformance } = createRunUpdates({
    ...{ model, updater, progress, gate, backend: run.backend, report: run.log.report },
    rows: args.per_device_train_batch_size,
  });
  const events = train({
    args,
    plan,
    progress,
    control,
    batchesOfEpoch: (epoch) =>
      // One device today; a longer list of replicas gets the others' share.
      dealBatches(
        epochBatches(args, model.trainLengths, epoch),
        args.per_device_train_batch_size,
        1,
        args.dataloader_drop_last,
      )[0] ?? [],
    ...ofLoop,
    async evaluate() {
      const { loss, metrics, rows } = await model.evaluate(() => gate.pass(), {
        dropLast: args.dataloader_drop_last,
      });
      const batches = Math.ceil(rows / args.per_device_eval_batch_size);
      return { loss, metrics, rows, batches };
    },
    logFigures: () => model.logFigures?.() ?? {},
    now: () => performance.now() / 1000,
    nextTask: () => gate.pass(),
  });
  for await (const event of events) {
    progress.savesNewBest ||= control.savesNewBest;
    if (event.type === "step") reportStep(run, event, meter);
    else await follow(run, model, optimizer, progress, event);
  }
  tellPerformance();
}

function reportStep(
  { log }: Run,
  event: Extract<TrainEvent, { type: "step" }>,
  meter: PerformanceMeter,
): void {
  log.report({
    type: "step",
    step: event.step,
    epoch: event.epoch,
    loss: finite(event.loss),
    grad_norm: finite(event.gradNorm),
    learning_rate: event.learningRate,
    ...meter.recent(),
  });
}

async function follow(
  run: Run,
  model: TrainedModel,
  optimizer: OptimizerState,
  progress: TrainProgress,
  event: Exclude<TrainEvent, { type: "step" }>,
): Promise<void> {
  const { record, plan, log } = run;
  const { output_dir } = record.arguments;
  switch (event.type) {
    case "log":
      log.report({ type: "logged", row: event.row });
      return;
    case "evaluating":
      log.report({ type: "phaseChanged", phase: "evaluating" });
      return;
    case "evaluation":
      log.report({ type: "evaluated", row: event.row, isBest: event.isBest });
      log.report({ type: "phaseChanged", phase: "training" });
      return;
    case "bestNotSaved":
      log.report({ type: "bestNotSaved", step: event.step, metric: event.metric });
      return;
    case "save": {
      const { gate, control, task, base, backend } = run;
      const parts = {
        record,
        plan,
        progress,
        base,
        backend,
        config: task.config,
        gate,
        control,
      };
      const isSaved = await saveRun({ ...parts, model, optimizer, step: event.step }, log);
      if (isSaved) await writeStatus(record.id, runningStatus(event.step, plan, backend.pins));
      return;
    }
    case "delete": {
      const path = checkpointPath(output_dir, event.step);
      await deleteCheckpoint(path);
      log.report({ type: "checkpointDeleted", path, step: event.step });
      return;
    }
    case "epochEnd":
      log.report({ type: "epochEnded", epoch: event.epoch, step: event.step });
      return;
    case "stopEarly": {
      const times =
        event.scores === 1 ? "The last score was" : `The last ${event.scores} scores were`;
      const message = `${times} no gain: early stopping ends the run at step ${event.step}.`;
      log.report({ type: "warned", message });
      return;
    }
    case "end":
      log.report({ type: "summarized", row: event.row });
      return;
    default:
      event satisfies never;
  }
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

/** Loads the best checkpoint where the run asks for it, and scores the weights that a download gives. */
async function score(run: Run, model: TrainedModel, progress: TrainProgress): Promise<void> {
  const { record, log } = run;
  const { output_dir, load_best_model_at_end } = record.arguments;
  const newest = Math.max(progress.stopSave ?? 0, ...progress.savedSteps);
  const saved = bestCheckpointStep(progress) ?? (newest === 0 ? null : newest);
  const path = saved === null ? null : checkpointPath(output_dir, saved);
  if (path !== null && saved !== progress.globalStep) {
    model.assign(await readCheckpointWeights(path));
    if (load_best_model_at_end) log.report({ type: "bestLoaded", path, step: saved ?? 0 });
  }
  if (run.task.evaluationRows === 0) return;
  log.report({ type: "phaseChanged", phase: "evaluating", note: "Scoring the final model" });
  const { results, rows } = await run.task.results(model, {
    checkpoint: path,
    step: saved ?? progress.globalStep,
    nextTask: () => run.gate.pass(),
  });
  if (rows !== null) await saveEvaluationRows(output_dir, rows);
  await writeResults(record.id, results);
  log.report({ type: "resultsMeasured", results });
}
