// Runs on the page: start, pause, resume, stop, show, delete, download. The worker does the work and keeps the files.
import type { RunEvent } from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { type ErrorRecord, StudioError } from "../lib/errors.ts";
import { useDatasetStore } from "../state/dataset-store.ts";
import { renewForm, useFormStore } from "../state/form-store.ts";
import { bestCheckpoint, isLive } from "../state/run-state.ts";
import {
  applyEvents,
  clearRun,
  getRun,
  getStoredRuns,
  setStoredRuns,
  showRun,
} from "../state/run-store.ts";
import { goTo, useStudioStore } from "../state/studio-store.ts";
import { readDraft, trainedLayers } from "../state/training-form.ts";
import { askPersistence } from "../storage/estimate.ts";
import { findInterrupted, listRuns, readResults } from "../storage/runs.ts";
import { saveCheckpointToDisk } from "./download.ts";
import type { Link } from "./link.ts";
import { readEvents } from "./read-events.ts";
import { showTitle } from "./title.ts";

/** What the page can do with runs. `onStorageChange` is called after something was saved or deleted. */
export function createRunControl(link: Link, onStorageChange: () => Promise<void>) {
  const receive = (events: readonly RunEvent[]) => {
    applyEvents(events);
    showTitle(getRun());
    if (events.some(({ type }) => type === "checkpointSaved" || type === "checkpointDeleted")) {
      void onStorageChange();
    }
    if (events.some(({ type }) => type === "ended")) void refresh();
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
        accuracy: results[index]?.accuracy ?? null,
      })),
    );
  };

  /** At start-up: the newest run is shown, an interrupted one first. */
  const restore = async () => {
    await refresh();
    const stored = getStoredRuns();
    const first = stored.find((entry) => entry.interrupted) ?? stored[0];
    if (first !== undefined) await open(first.record.id);
  };

  const open = async (runId: string) => {
    const entry = getStoredRuns().find(({ record }) => record.id === runId);
    if (entry === undefined) throw new StudioError("This run is not in the storage any more.");
    showRun(entry.record, await readEvents(entry.record));
    if (entry.interrupted) applyEvents([interruption(runId, undefined)]);
    showTitle(getRun());
  };

  const start = async () => {
    refuseWhileLive();
    const record = recordFromForm();
    void askPersistence();
    showRun(record);
    goTo("run");
    try {
      await link.request("startRun", { record });
    } catch (error) {
      clearRun();
      goTo("training");
      throw error;
    } finally {
      await refresh();
    }
    renewForm(
      record.name.replace(/-\d+$/u, ""),
      getStoredRuns().map((entry) => entry.record),
    );
  };

  const resume = async (runId: string) => {
    const run = getRun();
    if (run?.record.id === runId && run.phase === "paused") {
      await link.request("unpauseRun", {});
      return;
    }
    refuseWhileLive();
    if (run?.record.id !== runId) await open(runId);
    goTo("run");
    await link.request("resumeRun", { runId });
    await refresh();
  };

  /** The worker is gone: the shown run, if it lived, waits to be resumed. */
  const interrupt = (error: ErrorRecord) => {
    const run = getRun();
    if (!isLive(run)) return;
    applyEvents([interruption(run.record.id, error)]);
    showTitle(getRun());
    void refresh();
  };

  const download = async (runId: string, path?: string) => {
    const run = getRun();
    const wanted = path ?? (run?.record.id === runId ? bestCheckpoint(run)?.path : undefined);
    if (run === null || wanted === undefined) {
      throw new StudioError("This run has no saved checkpoint yet.", {
        hint: "Wait for the first save, or stop the run: that saves one.",
      });
    }
    const folder = wanted.slice(wanted.lastIndexOf("/") + 1);
    await saveCheckpointToDisk(wanted, `${run.record.name}-${folder}`);
  };

  return {
    receive,
    refresh,
    restore,
    open,
    start,
    resume,
    pause: () => link.request("pauseRun", {}),
    stop: () => link.request("stopRun", {}),
    interrupt,
    download,
  };
}

function refuseWhileLive(): void {
  const run = getRun();
  if (!isLive(run)) return;
  throw new StudioError(`${run.record.name} is still going on.`, {
    hint: "Stop it, or wait until it ends.",
  });
}

function recordFromForm(): RunRecord {
  const { dataset } = useDatasetStore.getState();
  const { model, backendChoice } = useStudioStore.getState();
  const form = useFormStore.getState();
  const draft = readDraft(form.draft);
  if (dataset.phase !== "ready") throw new StudioError("There is no data set yet.");
  if (model.status !== "ready") throw new StudioError("The base model is not loaded yet.");
  if (!draft.ok) throw new StudioError("Some training arguments cannot be read.");
  return {
    version: 1,
    id: crypto.randomUUID(),
    name: form.name,
    created_at: new Date().toISOString(),
    mode: form.mode,
    ...trainedLayers(form),
    model_name_or_path: model.id,
    dataset: dataset.choice,
    backend: backendChoice,
    arguments: draft.args,
  };
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
