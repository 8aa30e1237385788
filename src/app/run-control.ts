// Runs on the page: start, pause, resume, stop, show, delete, download. The worker does the work and keeps the files.
import {
  type CheckpointInfo,
  mainResult,
  type RunEvent,
  type RunResults,
} from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { type ErrorRecord, StudioError } from "../lib/errors.ts";
import { holdQueue } from "../state/queue-store.ts";
import { bestCheckpoint, newRun } from "../state/run-state.ts";
import {
  applyEvents,
  forgetRun,
  getCurrentId,
  getForemostRun,
  getLiveRun,
  getLoadedRun,
  getRun,
  getStoredRuns,
  loadRun,
  setCurrentRun,
  setStoredRuns,
  showRun,
} from "../state/run-store.ts";
import { goTo, useStudioStore } from "../state/studio-store.ts";
import { firstFree } from "../state/training-form.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { askPersistence } from "../storage/estimate.ts";
import { findRunning, listRuns, readResults } from "../storage/runs.ts";
import { en } from "../ui/text/en.ts";
import { attempt } from "./attempt.ts";
import { saveCheckpointToDisk, saveToDisk } from "./download.ts";
import type { Link } from "./link.ts";
import { takenRecords } from "./next-record.ts";
import { readEvents } from "./read-events.ts";
import { showTitle } from "./title.ts";

interface RunParts {
  readonly link: Link;
  /** Resolves once the device has started, so that a button pressed right after the page came up works. */
  whenStarted(): Promise<void>;
  /** Called when the device has started, before a new run begins. */
  beforeBegin(record: RunRecord, signal: AbortSignal): Promise<void>;
  /** The same before one goes on. */
  beforeResume(runId: string): Promise<void>;
  /** Called after something was saved or deleted. */
  onStorageChange(): Promise<void>;
  /** What another tab told of its run in the last seconds: some of it is not in the storage yet. */
  heard(runId: string): readonly RunEvent[];
  /** Called with the runs that other tabs work on. */
  onElsewhere(runIds: readonly string[]): void;
}

/**
 * Milliseconds after which what had happened in another tab has reached the storage: mostly at once, later where its worker
 * is in the middle of a save.
 */
const timesToStore = [1_000, 5_000, 20_000];

/** What the page can do with runs. */
export function createRunControl(parts: RunParts) {
  const { link, whenStarted, beforeBegin, beforeResume } = parts;
  const { onStorageChange, heard, onElsewhere } = parts;
  const receive = (events: readonly RunEvent[]) => {
    applyEvents(events);
    showTitle(getForemostRun());
    if (events.some(({ type }) => type === "checkpointSaved" || type === "checkpointDeleted")) {
      attempt(onStorageChange);
    }
    if (events.some(({ type }) => type === "ended")) attempt(refresh);
  };

  /** The start of a run that the worker does not know of yet. */
  let starting: AbortController | null = null;
  /** The run that this tab's worker takes up just now: it has told nothing of it yet. */
  let takenUp: string | null = null;

  /** Reads the list of stored runs anew. */
  const refresh = async () => {
    const entries = await listRuns();
    const { held, interrupted } = await findRunning(entries);
    const results = await Promise.all(entries.map(({ record }) => readResults(record.id)));
    const own = getLiveRun()?.record.id;
    const elsewhere = held.filter((id) => id !== own && id !== takenUp);
    setStoredRuns(
      entries.map((entry, index) => ({
        ...entry,
        interrupted: interrupted.includes(entry.record.id),
        elsewhere: elsewhere.includes(entry.record.id),
        result: mainResultOf(results[index]),
      })),
    );
    onElsewhere(elsewhere);
  };

  /** At start-up: the newest run is shown, an interrupted one first, then one that another tab works on. */
  const restore = async () => {
    await refresh();
    const stored = getStoredRuns();
    const first =
      stored.find((entry) => entry.interrupted) ??
      stored.find((entry) => entry.elsewhere) ??
      stored[0];
    if (first !== undefined) await open(first.record.id);
  };

  /** Reads a run that another tab works on, and what was heard of it since. */
  const readWatched = async (record: RunRecord) => {
    const known = await readEvents(record);
    const lines = new Set(known.map((event) => JSON.stringify(event)));
    const since = heard(record.id).filter((event) => !lines.has(JSON.stringify(event)));
    loadRun(record, [...known, ...since]);
  };

  const rereadWatched = async (record: RunRecord) => {
    const entry = getStoredRuns().find((each) => each.record.id === record.id);
    if (entry?.elsewhere) await readWatched(record);
  };

  /** Puts a stored run into memory, or leaves it where it is there already. */
  const load = async (runId: string) => {
    const known = getLoadedRun(runId);
    if (known !== undefined && known.phase !== "interrupted") return known;
    const entry = getStoredRuns().find(({ record }) => record.id === runId);
    if (entry === undefined) throw new StudioError("This run is not in the storage any more.");
    await readWatched(entry.record);
    if (entry.elsewhere) {
      // What the other tab had told before this one listened, and had not stored yet.
      for (const time of timesToStore) {
        setTimeout(() => attempt(() => rereadWatched(entry.record)), time);
      }
    }
    if (entry.interrupted) {
      applyEvents([interruption(runId, undefined)]);
      await recountCheckpoints(runId);
    }
    return getLoadedRun(runId) ?? newRun(entry.record);
  };

  const open = async (runId: string) => {
    await load(runId);
    showRun(runId);
    showTitle(getForemostRun());
  };

  /** A new run from a checkpoint of a stored one, or from its start (null), with some other settings. */
  const continueRun = async (
    runId: string,
    path: string | null,
    changes: Partial<TrainingArguments>,
  ): Promise<void> => {
    const source = getStoredRuns().find(({ record }) => record.id === runId)?.record;
    if (source === undefined) throw new StudioError("This run is not in the storage any more.");
    const others = takenRecords();
    const taken = new Set(
      others.flatMap(({ name, arguments: { output_dir } }) => [name, output_dir]),
    );
    const { output_dir } = source.arguments;
    const next = (name: string) => {
      // A number at the end may be a copy's or belong to the name.
      const original = name.replace(/-\d+$/u, "");
      const stem = taken.has(original) ? original : name;
      return firstFree(
        path === null ? stem : `${name.replace(/-continued(?:-\d+)?$/u, "")}-continued`,
        taken,
      );
    };
    await begin(
      {
        ...source,
        id: crypto.randomUUID(),
        name: next(source.name),
        created_at: new Date().toISOString(),
        backend: useStudioStore.getState().backendChoice,
        arguments: {
          ...source.arguments,
          ...changes,
          output_dir: next(output_dir),
          logging_dir: null,
        },
        continued_from: path,
      },
      "always",
    );
    goTo("run");
  };

  /** Begins a run; rejects with the worker's refusal, and then nothing is left of it. It is shown unless someone reads another one. */
  const begin = async (record: RunRecord, show: "always" | "afterCurrent") => {
    refuseWhileLive();
    const before = getRun()?.record.id;
    const isReading = before !== undefined && before !== getCurrentId();
    attempt(askPersistence);
    loadRun(record);
    setCurrentRun(record.id);
    if (show === "always" || !isReading) showRun(record.id);
    const start = new AbortController();
    starting = start;
    try {
      await whenStarted();
      await beforeBegin(record, start.signal);
      start.signal.throwIfAborted();
      starting = null;
      await link.request("startRun", { record });
    } catch (error) {
      forgetRun(record.id);
      if (before !== undefined) showRun(before);
      throw error;
    } finally {
      if (starting === start) starting = null;
      await refresh();
      showTitle(getForemostRun());
    }
  };

  const pause = async () => {
    if (starting !== null) {
      const { notBegun, notBegunHint } = en.run;
      throw new StudioError(notBegun, { hint: notBegunHint });
    }
    await link.request("pauseRun", {});
  };

  const stop = async () => {
    if (starting === null) await link.request("stopRun", {});
    else starting.abort(new StudioError(en.run.startTakenBack, { code: "cancelled" }));
  };

  /** Goes on with a run and shows it, or with `isQuiet` leaves the screen as it is. */
  const resume = async (runId: string, isQuiet = false) => {
    const live = getLiveRun();
    if (live?.record.id === runId && live.phase === "paused") {
      await link.request("unpauseRun", {});
      return;
    }
    refuseWhileLive();
    if (isQuiet) await load(runId);
    else await open(runId);
    setCurrentRun(runId);
    if (!isQuiet) goTo("run");
    takenUp = runId;
    try {
      await whenStarted();
      await beforeResume(runId);
      await link.request("resumeRun", { runId });
    } finally {
      takenUp = null;
      await refresh();
    }
  };

  /** The worker is gone: its run, if it lived, waits to be resumed. Gives the news of it. */
  const interrupt = (error: ErrorRecord): RunEvent | null => {
    const run = getLiveRun();
    if (run === null) return null;
    const event = interruption(run.record.id, error);
    applyEvents([event]);
    showTitle(getForemostRun());
    holdQueue(true);
    attempt(refresh);
    attempt(() => recountCheckpoints(run.record.id));
    return event;
  };

  const download = async (runId: string, path?: string) => {
    const run = await load(runId);
    const wanted = path ?? bestCheckpoint(run)?.path;
    if (wanted === undefined) {
      throw new StudioError("This run has no saved checkpoint yet.", {
        hint: "Wait for the first save, or stop the run: that saves one.",
      });
    }
    const folder = wanted.slice(wanted.lastIndexOf("/") + 1);
    await saveCheckpointToDisk(wanted, `${run.record.name}-${folder}`);
  };

  const exportForCluster = async (runId: string) => {
    const { record } = await load(runId);
    saveToDisk(`${record.name}-cluster.zip`, await link.request("zipForCluster", { runId }));
  };

  return {
    exportForCluster,
    receive,
    refresh,
    restore,
    load,
    open,
    begin,
    continueRun,
    saveNewBest: () => link.request("saveNewBest", {}),
    resume,
    pause,
    stop,
    interrupt,
    download,
  };
}

function refuseWhileLive(): void {
  const run = getLiveRun();
  if (run === null) return;
  throw new StudioError(`${run.record.name} is still going on.`, {
    hint: "Stop it, or wait until it ends.",
  });
}

/** A worker that died between a save and the news of it has told too little: what lies in the storage counts. */
async function recountCheckpoints(runId: string): Promise<void> {
  const output = getLoadedRun(runId)?.record.arguments.output_dir;
  if (output === undefined) return;
  const stored = await listCheckpoints(output);
  const run = getLoadedRun(runId);
  if (run === undefined) return;
  const event = { version: 1, runId, time: Date.now() } as const;
  const lacks = (list: readonly CheckpointInfo[], { path }: CheckpointInfo) =>
    list.every((other) => other.path !== path);
  const { bestSavedStep: bestStep, saveTime: duration } = run;
  applyEvents([
    ...stored
      .filter((checkpoint) => lacks(run.checkpoints, checkpoint))
      .map((checkpoint) => {
        const news = { type: "checkpointSaved", checkpoint, bestStep, duration } as const;
        return { ...event, ...news };
      }),
    ...run.checkpoints
      // One that the run began with lies in another run's folder.
      .filter(({ path }) => path.startsWith(`${output}/`))
      .filter((checkpoint) => lacks(stored, checkpoint))
      .map(({ path, step }) => ({ ...event, type: "checkpointDeleted", path, step }) as const),
  ]);
}

/** The news that nobody works on a run any more. */
export function interruption(runId: string, error: ErrorRecord | undefined): RunEvent {
  const event = {
    version: 1,
    runId,
    time: Date.now(),
    type: "phaseChanged",
    phase: "interrupted",
  } as const;
  return error === undefined ? event : { ...event, note: error.message };
}

const mainResultOf = (results: RunResults | undefined) =>
  results === undefined ? null : mainResult(results);
