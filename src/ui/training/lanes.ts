// Puts the lives of checkpoints on lanes, so that two that exist at the same time never overlap.
import type { PlannedCheckpoint } from "../../config/timeline.ts";

/** Lane of each checkpoint, from 0. Where more live at once than there are lanes, the last one takes them all. */
export function assignLanes(checkpoints: readonly PlannedCheckpoint[], lanes: number): number[] {
  /** Step at which each lane is free again. */
  const freeAt: number[] = [];
  return checkpoints.map(({ step, deletedAt }) => {
    const free = freeAt.findIndex((until) => until <= step);
    const lane = Math.min(lanes - 1, free < 0 ? freeAt.length : free);
    // The save that deletes a checkpoint still needs a lane beside it.
    freeAt[lane] = deletedAt === null ? Number.POSITIVE_INFINITY : deletedAt + 1;
    return lane;
  });
}
