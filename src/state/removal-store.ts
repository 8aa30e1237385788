// What was deleted on the screen and can still be taken back. A removal happens in the storage only when its time is over:
// a page that is left before that has deleted nothing.
import { create } from "zustand";

export interface Removal {
  /** `run <id>`, `checkpoint <path>` or `model <id>`. */
  readonly key: string;
  /** What it is called on the screen. */
  readonly name: string;
}

interface RemovalStore {
  readonly removals: readonly Removal[];
}

const useRemovalStore = create<RemovalStore>(() => ({ removals: [] }));

export const runKey = (id: string) => `run ${id}`;
export const modelKey = (id: string) => `model ${id}`;
export const checkpointKey = (path: string) => `checkpoint ${path}`;

/** Removals that can be taken back, oldest first. */
export const useRemovals = () => useRemovalStore((state) => state.removals);

/** True for what a list should not show any more. */
export function useIsRemoved(): (key: string) => boolean {
  const removals = useRemovals();
  return (key) => removals.some((removal) => removal.key === key);
}

export const addRemoval = (removal: Removal) =>
  useRemovalStore.setState(({ removals }) => ({ removals: [...removals, removal] }));
export const endRemoval = (key: string) =>
  useRemovalStore.setState(({ removals }) => ({
    removals: removals.filter((removal) => removal.key !== key),
  }));
