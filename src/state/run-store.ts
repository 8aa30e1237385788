// Runs in memory, built from their events: the one on the screen, the one that is worked on, those it is compared with.
// And the list of stored runs.
import { create } from "zustand";
import type { mainResult, RunEvent } from "../config/events.ts";
import type { RunRecord, RunStatus } from "../config/run-record.ts";
import { runKey, useIsRemoved } from "./removal-store.ts";
import { isLive, type LiveRun, newRun, type Run, reduceRun } from "./run-state.ts";

/** A stored run in a list. */
export interface StoredRun {
  readonly record: RunRecord;
  readonly status: RunStatus;
  /** Its worker is gone without an end: it can be resumed. */
  readonly interrupted: boolean;
  /** Another tab works on it: this one only watches. */
  readonly elsewhere: boolean;
  /** The main figure of the held-out rows with the final model, or null where they were not scored. */
  readonly result: ReturnType<typeof mainResult> | null;
}

interface RunStore {
  /** Runs whose events were read, by id. */
  readonly loaded: ReadonlyMap<string, Run>;
  /** Id of the run that the Run and Results pages show. */
  readonly shown: string | null;
  /** Id of the run that this tab works on, or worked on last. */
  readonly current: string | null;
  readonly stored: readonly StoredRun[];
}

const useRunStore = create<RunStore>(() => ({
  loaded: new Map(),
  shown: null,
  current: null,
  stored: [],
}));

const runOf = ({ loaded }: RunStore, id: string | null): Run | null =>
  (id === null ? undefined : loaded.get(id)) ?? null;
const live = (store: RunStore): LiveRun | null => {
  const current = runOf(store, store.current);
  return isLive(current) ? current : null;
};

/** The run that is worked on; where none is, the shown one. */
const foremost = (store: RunStore): Run | null => live(store) ?? runOf(store, store.shown);
/** The run that the Run and Results pages show, or null before the first one. */
export const useRun = () => useRunStore((store) => runOf(store, store.shown));
/** What the bar at the foot and the title tell of: the run that is worked on, else the shown one. */
export const useForemostRun = () => useRunStore(foremost);
/** The run that this tab works on, on whatever page one looks. */
export const useLiveRun = () => useRunStore(live);
/** True while another tab works on the run. */
export const useIsElsewhere = (runId: string) =>
  useRunStore(({ stored }) => stored.some((run) => run.record.id === runId && run.elsewhere));
/** Runs whose events were read, by id. */
export const useLoadedRuns = () => useRunStore((store) => store.loaded);
/** Stored runs, newest first, without those that were deleted on the screen. */
export function useStoredRuns(): readonly StoredRun[] {
  const isRemoved = useIsRemoved();
  const stored = useRunStore((state) => state.stored);
  return stored.filter(({ record }) => !isRemoved(runKey(record.id)));
}

/** The shown run. */
export const getRun = () => runOf(useRunStore.getState(), useRunStore.getState().shown);
export const getForemostRun = () => foremost(useRunStore.getState());
export const getLiveRun = () => live(useRunStore.getState());
/** Calls back after every change of a run. */
export const subscribeToRuns = (changed: () => void) => useRunStore.subscribe(changed);
/** Id of the run that this tab works on, or worked on last. */
export const getCurrentId = () => useRunStore.getState().current;
export const getLoadedRun = (id: string) => useRunStore.getState().loaded.get(id);
/** Calls `tell` with the names of the stored runs, newest first, now and at each change. */
export function watchStoredRuns(tell: (names: readonly string[]) => void): void {
  const names = () => getStoredRuns().map(({ record }) => record.name);
  tell(names());
  useRunStore.subscribe((now, before) => {
    if (now.stored !== before.stored) tell(names());
  });
}

export const getStoredRuns = () => useRunStore.getState().stored;
export const setStoredRuns = (stored: readonly StoredRun[]) => useRunStore.setState({ stored });

/** Keeps a run in memory: a new one, or a stored one rebuilt from its events. */
export function loadRun(record: RunRecord, events: readonly RunEvent[] = []): void {
  useRunStore.setState(({ loaded }) => ({
    loaded: new Map(loaded).set(record.id, reduceRun(newRun(record), events)),
  }));
}

/** Shows a run that is in memory. */
export const showRun = (id: string) => useRunStore.setState({ shown: id });
/** This tab works on a run from now on; null where another tab has gone on with it. */
export const setCurrentRun = (id: string | null) => useRunStore.setState({ current: id });

/** Applies events to the runs that they belong to; those of runs that are not in memory are ignored. */
export function applyEvents(events: readonly RunEvent[]): void {
  useRunStore.setState(({ loaded }) => {
    const next = new Map(loaded);
    for (const id of new Set(events.map(({ runId }) => runId))) {
      const run = next.get(id);
      if (run === undefined) continue;
      const own = events.filter(({ runId }) => runId === id);
      next.set(id, reduceRun(run, own));
    }
    return { loaded: next };
  });
}

/** Gives a run in memory its new name. */
export function renameLoadedRun(runId: string, name: string): void {
  useRunStore.setState(({ loaded }) => {
    const run = loaded.get(runId);
    if (run === undefined) return {};
    const renamed = { ...run, record: { ...run.record, name } };
    return { loaded: new Map(loaded).set(runId, renamed) };
  });
}

/** Forgets a run. */
export function forgetRun(id: string): void {
  useRunStore.setState(({ loaded, shown, current }) => {
    const next = new Map(loaded);
    next.delete(id);
    return {
      loaded: next,
      shown: shown === id ? null : shown,
      current: current === id ? null : current,
    };
  });
}
