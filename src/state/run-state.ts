// One run as the page shows it, built from its events alone. Plain TypeScript: live events and a replayed events.jsonl give the same state.
import type {
  Baselines,
  CheckpointInfo,
  EvaluationLogRow,
  RunEvent,
  RunHeader,
  RunPhase,
  RunResults,
  SummaryLogRow,
  TrainLogRow,
} from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** The newest update's figures. */
interface LatestStep {
  readonly loss: number | null;
  readonly grad_norm: number | null;
  readonly learning_rate: number;
  readonly epoch: number;
  /** Milliseconds. */
  readonly stepTime: number;
  readonly rowsPerSecond: number;
}

export interface Run {
  readonly record: RunRecord;
  readonly phase: RunPhase;
  /** What is being prepared. */
  readonly note: string | null;
  readonly header: RunHeader | null;
  /** Updates done. */
  readonly step: number;
  readonly latest: LatestStep | null;
  readonly trainRows: readonly TrainLogRow[];
  readonly evaluationRows: readonly EvaluationLogRow[];
  readonly baselines: Baselines | null;
  readonly checkpoints: readonly CheckpointInfo[];
  /** Step of the best evaluation, saved or not. */
  readonly bestStep: number | null;
  /** Step of the best checkpoint, where one is known. */
  readonly bestSavedStep: number | null;
  readonly summary: SummaryLogRow | null;
  readonly results: RunResults | null;
  readonly error: ErrorRecord | null;
  /** Everything but single steps, oldest first: the log panel. */
  readonly events: readonly RunEvent[];
}

/** A run before its first event. */
export function newRun(record: RunRecord): Run {
  return {
    record,
    phase: "preparing",
    note: null,
    header: null,
    step: 0,
    latest: null,
    trainRows: [],
    evaluationRows: [],
    baselines: null,
    checkpoints: [],
    bestStep: null,
    bestSavedStep: null,
    summary: null,
    results: null,
    error: null,
    events: [],
  };
}

/** The run after one event. Rows past the step that a run continues from are dropped: the run makes them again. */
export function reduceRun(run: Run, event: RunEvent): Run {
  const next = applyEvent(run, event);
  return event.type === "step" ? next : { ...next, events: [...next.events, event] };
}

function applyEvent(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case "phaseChanged":
      return { ...run, phase: event.phase, note: event.note ?? null };
    case "started":
      return continueFrom(run, event.fromStep, event.header);
    case "baselinesMeasured":
      return { ...run, baselines: event.baselines };
    case "step":
      return { ...run, step: event.step, latest: event };
    case "logged":
      return {
        ...run,
        step: Math.max(run.step, event.row.step),
        trainRows: [...run.trainRows, event.row],
      };
    case "evaluated":
      return {
        ...run,
        step: Math.max(run.step, event.row.step),
        evaluationRows: [...run.evaluationRows, event.row],
        bestStep: event.isBest ? event.row.step : run.bestStep,
      };
    case "checkpointSaved":
      return {
        ...run,
        step: Math.max(run.step, event.checkpoint.step),
        checkpoints: [...withoutStep(run.checkpoints, event.checkpoint.step), event.checkpoint],
        bestSavedStep: event.bestStep,
      };
    case "checkpointDeleted":
      return { ...run, checkpoints: withoutStep(run.checkpoints, event.step) };
    case "summarized":
      return { ...run, summary: event.row };
    case "resultsMeasured":
      return { ...run, results: event.results };
    case "ended":
      return { ...run, phase: event.phase, note: null, error: event.error ?? null };
    case "epochEnded":
    case "bestLoaded":
    case "warned":
    case "recovered":
      return run;
    default:
      return event satisfies never;
  }
}

function continueFrom(run: Run, fromStep: number, header: RunHeader): Run {
  return {
    ...run,
    header,
    step: fromStep,
    latest: null,
    error: null,
    trainRows: run.trainRows.filter((row) => row.step <= fromStep),
    evaluationRows: run.evaluationRows.filter((row) => row.step <= fromStep),
    bestStep: run.bestStep !== null && run.bestStep > fromStep ? null : run.bestStep,
    summary: null,
    results: null,
  };
}

const withoutStep = (checkpoints: readonly CheckpointInfo[], step: number) =>
  checkpoints.filter((checkpoint) => checkpoint.step !== step);

/** Phases in which a worker works on the run, or waits to go on. */
const livePhases = ["preparing", "training", "evaluating", "paused"] as const;
export type LiveRun = Run & { readonly phase: (typeof livePhases)[number] };

/** True while a worker works on the run, or waits to go on. */
export function isLive(run: Run | null): run is LiveRun {
  return livePhases.some((phase) => phase === run?.phase);
}

/** The evaluation row that decides the best checkpoint so far. */
export function bestEvaluation(run: Run): EvaluationLogRow | null {
  return run.evaluationRows.findLast((row) => row.step === run.bestStep) ?? null;
}

/** The saved checkpoint that a run ends with: the best one, or the newest where none was scored. */
export function bestCheckpoint(run: Run): CheckpointInfo | null {
  const best = run.checkpoints.find((checkpoint) => checkpoint.step === run.bestSavedStep);
  return best ?? run.checkpoints.at(-1) ?? null;
}
