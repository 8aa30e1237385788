// Which checkpoints a new save makes superfluous. Pure: it deletes nothing.

/**
 * Steps to delete after a save, oldest first, as the Trainer rotates: all but the newest `limit`, but never the best and
 * never the newest. `limit` null or not above 0 keeps all. Unlike the Trainer with limit 1, the newest stays at the end of
 * a run too: without it the run could not be resumed (a listed difference).
 */
export function checkpointsToDelete(
  steps: readonly number[],
  limit: number | null,
  bestStep: number | null,
): number[] {
  if (limit === null || limit <= 0) return [];
  const sorted = [...steps].sort((a, b) => a - b);
  const newest = sorted.at(-1);
  const isProtected = (step: number) => step === newest || step === bestStep;
  const room = Math.max(limit, sorted.filter(isProtected).length);
  return sorted.filter((step) => !isProtected(step)).slice(0, Math.max(0, sorted.length - room));
}
