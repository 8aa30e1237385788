// Runs that wait for the device, in their order, and why the next one does not start by itself.
import { create } from "zustand";
import type { RunRecord } from "../config/run-record.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** A run that waits. Its record is complete: it needs nothing of the form any more. */
export interface QueuedRun {
  readonly record: RunRecord;
  /** Why it was refused when its turn came. It stays until it is started again or removed. */
  readonly error: ErrorRecord | null;
}

interface QueueStore {
  readonly queue: readonly QueuedRun[];
  /** The queue goes on only when someone says so: a run was stopped, or the page was opened anew. */
  readonly isHeld: boolean;
}

const useQueueStore = create<QueueStore>(() => ({ queue: [], isHeld: false }));

export const useQueue = () => useQueueStore((state) => state.queue);
export const useQueueIsHeld = () => useQueueStore((state) => state.isHeld);
export const getQueue = () => useQueueStore.getState().queue;
export const queueIsHeld = () => useQueueStore.getState().isHeld;
export const setQueue = (queue: readonly QueuedRun[]) => useQueueStore.setState({ queue });
export const holdQueue = (isHeld: boolean) => useQueueStore.setState({ isHeld });

/** The queue with one run moved by so many places, within its ends. */
export function moveInQueue(
  queue: readonly QueuedRun[],
  id: string,
  by: number,
): readonly QueuedRun[] {
  const from = queue.findIndex(({ record }) => record.id === id);
  const moved = queue[from];
  if (moved === undefined) return queue;
  const rest = queue.filter((each) => each !== moved);
  const to = Math.min(rest.length, Math.max(0, from + by));
  return [...rest.slice(0, to), moved, ...rest.slice(to)];
}
