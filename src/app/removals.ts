// Deletes that can be taken back: the storage is asked only when the time to undo is over.
import { toErrorRecord } from "../lib/errors.ts";
import { addRemoval, endRemoval, type Removal } from "../state/removal-store.ts";
import { setNotice } from "../state/studio-store.ts";

/** Milliseconds in which a removal can be taken back. */
const timeToUndo = 8_000;

interface Pending {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly onUndo: (() => void) | undefined;
}

/** The removals of this page. */
export function createRemovals() {
  const pending = new Map<string, Pending>();
  return {
    /** Hides something now and deletes it for good later. */
    remove(removal: Removal, commit: () => Promise<void>, onUndo?: () => void) {
      if (pending.has(removal.key)) return;
      addRemoval(removal);
      const timer = setTimeout(async () => {
        pending.delete(removal.key);
        // It stays hidden while it is being deleted; where that fails it shows again, with the reason.
        await commit().catch((error: unknown) => setNotice(toErrorRecord(error)));
        endRemoval(removal.key);
      }, timeToUndo);
      pending.set(removal.key, { timer, onUndo });
    },
    undo(key: string) {
      const found = pending.get(key);
      if (found === undefined) return;
      clearTimeout(found.timer);
      pending.delete(key);
      endRemoval(key);
      found.onUndo?.();
    },
    /** Forgets all of them: nothing is deleted. */
    forget() {
      for (const key of [...pending.keys()]) this.undo(key);
    },
  };
}
export type Removals = ReturnType<typeof createRemovals>;
