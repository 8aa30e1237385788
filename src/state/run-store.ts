// The run on the screen and the list of stored runs.
import { create } from "zustand";
import type { RunEvent } from "../config/events.ts";
import type { RunRecord, RunStatus } from "../config/run-record.ts";
import { runKey, useIsRemoved } from "./removal-store.ts";
import { newRun, type Run, reduceRun } from "./run-state.ts";

/** A stored run in a list. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  /** Its worker is gone without an end: it can be resumed. */
  readonly interrupted: boolean;
  /** Of the held-out rows with the final model, or null where they were not scored. */
  readonly accuracy: number | null;
}

interface RunStore {
  readonly run: Run | null;
  readonly stored: readonly StoredRun[];
}

const useRunStore = create<RunStore>(() => ({ run: null, stored: [] }));

/** The run that the Run and Results pages show, or null before the first one. */
export const useRun = () => useRunStore((state) => state.run);
/** Stored runs, newest first, without those that were deleted on the screen. */
export function useStoredRuns(): readonly StoredRun[] {
  const isRemoved = useIsRemoved();
  const stored = useRunStore((state) => state.stored);
  return stored.filter(({ record }) => !isRemoved(runKey(record.id)));
}

export const getRun = () => useRunStore.getState().run;
export const getStoredRuns = () => useRunStore.getState().stored;
export const setStoredRuns = (stored: readonly StoredRun[]) => useRunStore.setState({ stored });

/** Shows a run: a new one, or a stored one rebuilt from its events. */
export function showRun(record: RunRecord, events: readonly RunEvent[] = []): void {
  useRunStore.setState({ run: reduceRun(newRun(record), events) });
}

/** Applies events of the shown run; those of other runs are ignored. */
export function applyEvents(events: readonly RunEvent[]): void {
  useRunStore.setState(({ run }) => {
    if (run === null) return {};
    const own = events.filter((event) => event.runId === run.record.id);
    return { run: reduceRun(run, own) };
  });
}

/** Gives the shown run its new name. */
export function renameShownRun(runId: string, name: string): void {
  useRunStore.setState(({ run }) =>
    run?.record.id === runId ? { run: { ...run, record: { ...run.record, name } } } : {},
  );
}

/** Shows no run. */
export const clearRun = () => useRunStore.setState({ run: null });
