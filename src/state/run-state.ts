// One run as the page shows it, built from its events alone. Plain TypeScript: live events and a replayed events.jsonl give the same state.
import type {
  Baselines,
  CheckpointInfo,
  EvaluationLogRow,
  Performance,
  RunEvent,
  RunHeader,
  RunPhase,
  RunResults,
  SummaryLogRow,
  TrainLogRow,
} from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { planSteps, rowsPerUpdate } from "../config/step-arithmetic.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** The newest update's figures. */
interface LatestStep {
  readonly loss: number | null;
  readonly grad_norm: number | null;
  readonly learning_rate: number;
  readonly epoch: number;
  readonly rowsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly paddingShare: number;
}

/** A row of the log with the seconds of training until then: pauses and interruptions are left out. */
export type Timed<Row> = Row & { readonly elapsed: number };

export interface Run {
  readonly record: RunRecord;
  readonly phase: RunPhase;
  /** What is being prepared. */
  readonly note: string | null;
  readonly header: RunHeader | null;
  /** Updates done. */
  readonly step: number;
  readonly latest: LatestStep | null;
  /** Where the time of the newest updates went. */
  readonly performance: Performance | null;
  readonly trainRows: readonly Timed<TrainLogRow>[];
  readonly evaluationRows: readonly Timed<EvaluationLogRow>[];
  readonly baselines: Baselines | null;
  readonly checkpoints: readonly CheckpointInfo[];
  /** Steps of the evaluations that were the best so far, saved or not; the last one is the best. */
  readonly bestSteps: readonly number[];
  /** Step of the best checkpoint, where one is known. */
  readonly bestSavedStep: number | null;
  readonly summary: SummaryLogRow | null;
  readonly results: RunResults | null;
  readonly error: ErrorRecord | null;
  /** The best score so far where its weights were not saved. */
  readonly bestNotSaved: { readonly step: number; readonly metric: number } | null;
  /** Each new best is saved, also where no save is due. */
  readonly savesNewBest: boolean;
  /** The save that waits for room in the storage. */
  readonly storageFull: { readonly step: number; readonly bytes: number } | null;
  /** Why the user's folder is not a copy of the run any more, where one was chosen. */
  readonly mirrorProblem: Pick<ErrorRecord, "message" | "hint"> | null;
  /** Milliseconds that the last save took; 0 before the first. */
  readonly saveTime: number;
  /** Milliseconds of training and scoring so far, and the newest event's time, from which they are counted. */
  readonly clock: { readonly elapsed: number; readonly last: number };
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
    performance: null,
    trainRows: [],
    evaluationRows: [],
    baselines: null,
    checkpoints: [],
    bestSteps: [],
    bestSavedStep: null,
    summary: null,
    results: null,
    error: null,
    bestNotSaved: null,
    savesNewBest: false,
    storageFull: null,
    mirrorProblem: null,
    saveTime: 0,
    clock: { elapsed: 0, last: 0 },
    events: [],
  };
}

/** Milliseconds of an update at the rate of the newest ones, or null until it can be told. */
export function updateTime({ header, latest, record }: Run): number | null {
  if (header === null || latest === null || latest.rowsPerSecond <= 0) return null;
  const plan = planSteps(record.arguments, header.numExamples);
  return (1000 * rowsPerUpdate(record.arguments, plan)) / latest.rowsPerSecond;
}

/** The run after these events, in their order. Rows past the step that a run continues from are dropped: the run makes them again. */
export function reduceRun(run: Run, events: readonly RunEvent[]): Run {
  const draft: Draft = { ...run };
  // Lists are copied once a batch and not once an event, and straight to their new length: a long run has 100,000 rows.
  const added: Added = { trainRows: [], evaluationRows: [], bestSteps: [], events: [] };
  for (const event of events) {
    if (event.type !== "step") added.events.push(event);
    draft.clock = readClock(draft, event);
    if (event.type === "started") join(draft, added);
    applyEvent(draft, event, added);
  }
  join(draft, added);
  return draft;
}

/** Puts what was added at the end of the lists. */
function join(run: Draft, added: Added): void {
  for (const name of listNames) {
    if (added[name].length === 0) continue;
    Object.assign(run, { [name]: (run[name] as readonly unknown[]).concat(added[name]) });
    added[name].length = 0;
  }
}

type Draft = { -readonly [Name in keyof Run]: Run[Name] };
const listNames = ["trainRows", "evaluationRows", "bestSteps", "events"] as const;
type Added = { readonly [Name in (typeof listNames)[number]]: Run[Name][number][] };

function applyEvent(run: Draft, event: RunEvent, added: Added): void {
  switch (event.type) {
    case "phaseChanged":
      run.phase = event.phase;
      run.note = event.note ?? null;
      return;
    case "started":
      continueFrom(run, event.fromStep, event.header);
      return;
    case "baselinesMeasured":
      run.baselines = event.baselines;
      return;
    case "step":
      run.step = event.step;
      run.latest = event;
      return;
    case "logged":
      run.step = Math.max(run.step, event.row.step);
      added.trainRows.push(timed(event.row, run));
      return;
    case "evaluated":
      run.step = Math.max(run.step, event.row.step);
      added.evaluationRows.push(timed(event.row, run));
      if (event.isBest) added.bestSteps.push(event.row.step);
      return;
    case "checkpointSaved":
      run.storageFull = null;
      if (event.bestStep !== null && event.bestStep >= (run.bestNotSaved?.step ?? 0)) {
        run.bestNotSaved = null;
      }
      run.step = Math.max(run.step, event.checkpoint.step);
      run.checkpoints = [...withoutStep(run.checkpoints, event.checkpoint.step), event.checkpoint];
      run.bestSavedStep = event.bestStep;
      run.saveTime = event.duration;
      return;
    case "checkpointDeleted":
      run.checkpoints = withoutStep(run.checkpoints, event.step);
      return;
    case "summarized":
      run.summary = event.row;
      return;
    case "resultsMeasured":
      run.results = event.results;
      return;
    case "ended":
      run.phase = event.phase;
      run.note = null;
      run.error = event.error ?? null;
      return;
    case "performanceMeasured":
      run.performance = event.performance;
      return;
    case "epochEnded":
    case "bestLoaded":
    case "warned":
      return;
    case "storageFull":
      run.storageFull = event;
      return;
    case "bestNotSaved":
      run.bestNotSaved = event;
      return;
    case "savingNewBest":
      run.savesNewBest = true;
      return;
    case "deviceLost":
      run.phase = "interrupted";
      run.note = event.message;
      return;
    case "mirrorStarted":
      run.mirrorProblem = null;
      return;
    case "mirrorStopped":
      run.mirrorProblem = event;
      return;
    case "recovered":
      return;
    case "historyTaken":
      takeHistory(run, event);
      return;
    default:
      event satisfies never;
  }
}

/** The clock after an event: time counts while the run trains or scores, and not while nobody worked on it. */
function readClock({ phase, clock }: Draft, event: RunEvent): Run["clock"] {
  const wasWorking = phase === "training" || phase === "evaluating";
  // The worker was gone before such an event: the time since the last sign of life is nobody's.
  const isNewSession =
    event.type === "phaseChanged" && (event.phase === "preparing" || event.phase === "interrupted");
  const spent = wasWorking && !isNewSession ? Math.max(0, event.time - clock.last) : 0;
  return { elapsed: clock.elapsed + spent, last: event.time };
}

const timed = <Row>(row: Row, { clock }: Draft): Timed<Row> => ({
  ...row,
  elapsed: clock.elapsed / 1000,
});

function takeHistory(run: Draft, event: Extract<RunEvent, { type: "historyTaken" }>): void {
  const { checkpoint, rows, bestStep } = event;
  run.checkpoints = [checkpoint];
  run.trainRows = rows.flatMap((row) => ("learning_rate" in row ? [timed(row, run)] : []));
  run.evaluationRows = rows.flatMap((row) => ("eval_loss" in row ? [timed(row, run)] : []));
  run.bestSteps = bestStep === null ? [] : [bestStep];
}

function continueFrom(run: Draft, fromStep: number, header: RunHeader): void {
  run.header = header;
  run.step = fromStep;
  run.latest = null;
  run.error = null;
  run.trainRows = run.trainRows.filter((row) => row.step <= fromStep);
  run.evaluationRows = run.evaluationRows.filter((row) => row.step <= fromStep);
  run.bestSteps = run.bestSteps.filter((step) => step <= fromStep);
  run.summary = null;
  run.results = null;
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
export function bestEvaluation(run: Run): Timed<EvaluationLogRow> | null {
  return run.evaluationRows.findLast((row) => row.step === run.bestSteps.at(-1)) ?? null;
}

/** A loss so many times the first one is no longer learning: the run was leaving already. */
const lostFactor = 2;

/**
 * The newest checkpoint worth going back to from a loss that is no number: its own loss is not far above where the run
 * began. Null where no such one is kept.
 */
export function lastGoodCheckpoint({ checkpoints, trainRows }: Run): CheckpointInfo | null {
  const [first] = trainRows;
  const limit = lostFactor * (first?.loss ?? Number.POSITIVE_INFINITY);
  const isGood = ({ step }: CheckpointInfo) => {
    // A row tells the loss before its update: the next one is the checkpoint's own.
    const next = trainRows.find((row) => row.step > step);
    const row = next ?? trainRows.at(-1);
    return row === undefined || (row.loss !== null && row.loss <= limit);
  };
  return checkpoints.findLast(isGood) ?? null;
}

/** The saved checkpoint that a run ends with: the best one, or the newest where none was scored. */
export function bestCheckpoint(run: Run): CheckpointInfo | null {
  const best = run.checkpoints.find((checkpoint) => checkpoint.step === run.bestSavedStep);
  return best ?? run.checkpoints.at(-1) ?? null;
}
