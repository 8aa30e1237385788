// Runs on the page: start, pause, resume, stop, show, delete, download. The worker does the work and keeps the files.
import { mainResult, type RunEvent, type RunResults } from "../config/events.ts";
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
import { askPersistence } from "../storage/estimate.ts";
import { findInterrupted, listRuns, readResults } from "../storage/runs.ts";
import { attempt } from "./attempt.ts";
import { saveCheckpointToDisk, saveToDisk } from "./download.ts";
import type { Link } from "./link.ts";
import { readEvents } from "./read-events.ts";
import { showTitle } from "./title.ts";

/** What the page can do with runs. `onStorageChange` is called after something was saved or deleted. */
export function createRunControl(link: Link, onStorageChange: () => Promise<void>) {
  const receive = (events: readonly RunEvent[]) => {
    applyEvents(events);
    showTitle(getForemostRun());
    if (events.some(({ type }) => type === "checkpointSaved" || type === "checkpointDeleted")) {
      attempt(onStorageChange);
    }
    if (events.some(({ type }) => type === "ended")) attempt(refresh);
  };

  /** Reads the list of stored runs anew. */
  const refresh = async () => {
    const [entries, interrupted] = await Promise.all([listRuns(), findInterrupted()]);
    const cut = new Set(interrupted.map((entry) => entry.record.id));
    const results = await Promise.all(entries.map(({ record }) => readResults(record.id)));
    setStoredRuns(
      entries.map((entry, index) => ({
        ...entry,
        interrupted: cut.has(entry.record.id),
        result: mainResultOf(results[index]),
      })),
    );
  };

  /** At start-up: the newest run is shown, an interrupted one first. */
  const restore = async () => {
    await refresh();
    const stored = getStoredRuns();
    const first = stored.find((entry) => entry.interrupted) ?? stored[0];
    if (first !== undefined) await open(first.record.id);
    attempt(watchHeldRuns);
  };

  /**
   * A run that seems to go on elsewhere: another tab has it, or the worker of the page that was just left still dies. Its lock
   * tells which, a moment later.
   */
  const watchHeldRuns = async (tries = 10): Promise<void> => {
    const held = getStoredRuns().filter(
      ({ record, status, interrupted }) =>
        status.phase === "running" && !interrupted && record.id !== getCurrentId(),
    );
    if (held.length === 0 || tries === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await refresh();
    for (const { record } of held) {
      const entry = getStoredRuns().find((each) => each.record.id === record.id);
      if (entry?.interrupted && record.id !== getCurrentId()) {
        applyEvents([interruption(record.id, undefined)]);
      }
    }
    showTitle(getForemostRun());
    return watchHeldRuns(tries - 1);
  };

  /** Puts a stored run into memory, or leaves it where it is there already. */
  const load = async (runId: string) => {
    const known = getLoadedRun(runId);
    if (known !== undefined && known.phase !== "interrupted") return known;
    const entry = getStoredRuns().find(({ record }) => record.id === runId);
    if (entry === undefined) throw new StudioError("This run is not in the storage any more.");
    loadRun(entry.record, await readEvents(entry.record));
    if (entry.interrupted) applyEvents([interruption(runId, undefined)]);
    return getLoadedRun(runId) ?? newRun(entry.record);
  };

  const open = async (runId: string) => {
    await load(runId);
    showRun(runId);
    showTitle(getForemostRun());
  };

  /** A new run from a checkpoint of a stored one, with some other settings. */
  const continueRun = async (
    runId: string,
    path: string,
    changes: Partial<TrainingArguments>,
  ): Promise<void> => {
    const stored = getStoredRuns();
    const source = stored.find(({ record }) => record.id === runId)?.record;
    if (source === undefined) throw new StudioError("This run is not in the storage any more.");
    const taken = (wanted: string) =>
      stored.some(({ record }) => record.name === wanted || record.arguments.output_dir === wanted);
    const free = (stem: string) => {
      for (let number = 2; ; number += 1)
        if (!taken(`${stem}-${number}`)) return `${stem}-${number}`;
    };
    const { output_dir } = source.arguments;
    await begin(
      {
        ...source,
        id: crypto.randomUUID(),
        name: free(`${source.name.replace(/-continued-\d+$/u, "")}-continued`),
        created_at: new Date().toISOString(),
        backend: useStudioStore.getState().backendChoice,
        arguments: {
          ...source.arguments,
          ...changes,
          output_dir: free(`${output_dir.replace(/-continued-\d+$/u, "")}-continued`),
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
    try {
      await link.request("startRun", { record });
    } catch (error) {
      forgetRun(record.id);
      if (before !== undefined) showRun(before);
      throw error;
    } finally {
      await refresh();
      showTitle(getForemostRun());
    }
  };

  const resume = async (runId: string) => {
    const live = getLiveRun();
    if (live?.record.id === runId && live.phase === "paused") {
      await link.request("unpauseRun", {});
      return;
    }
    refuseWhileLive();
    await open(runId);
    setCurrentRun(runId);
    goTo("run");
    await link.request("resumeRun", { runId });
    await refresh();
  };

  /** The worker is gone: the shown run, if it lived, waits to be resumed. */
  const interrupt = (error: ErrorRecord) => {
    const run = getLiveRun();
    if (run === null) return;
    applyEvents([interruption(run.record.id, error)]);
    showTitle(getForemostRun());
    holdQueue(true);
    attempt(refresh);
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
    pause: () => link.request("pauseRun", {}),
    stop: () => link.request("stopRun", {}),
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

function interruption(runId: string, error: ErrorRecord | undefined): RunEvent {
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
