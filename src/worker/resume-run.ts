// Finds where a stored run can go on: its newest whole checkpoint. Damaged ones are told, removed and made again.
import type { RunEventBody } from "../config/events.ts";
import { describePinDifferences, type Pins } from "../config/pins.ts";
import { discardDamaged, listCheckpoints, newestCheckpoint } from "../storage/checkpoints.ts";
import type { TrainProgress } from "../trainer/train.ts";
import { type RestoredCheckpoint, readCheckpoint } from "./restore-checkpoint.ts";

interface ResumeParts {
  readonly outputDir: string;
  readonly trainable: readonly string[];
  /** What the run goes on on. */
  readonly pins: Pins;
  /** The checkpoint is another run's, just copied here: what was logged until then is told. */
  readonly isOther: boolean;
  report(event: RunEventBody): void;
}

/** The state to go on from, or null where no checkpoint is left and the run starts again. */
export async function findRestart(parts: ResumeParts): Promise<RestoredCheckpoint | null> {
  const { outputDir, report } = parts;
  const { checkpoint, damaged } = await newestCheckpoint(outputDir);
  for (const { path, problem } of damaged) {
    report({ type: "warned", message: `${problem} ${path} was removed.` });
    await discardDamaged(path);
  }
  if (checkpoint === null) {
    report({ type: "recovered", message: "No checkpoint was saved: the run starts again." });
    return null;
  }
  const restored = await readCheckpoint(checkpoint.path, parts.trainable);
  if (parts.isOther) {
    const { logHistory, best } = restored.progress;
    report({
      type: "historyTaken",
      checkpoint,
      rows: [...logHistory],
      bestStep: best?.step ?? null,
    });
  }
  report({ type: "recovered", message: `Continues from ${checkpoint.path}.` });
  const differences = describePinDifferences(restored.pins, parts.pins);
  if (differences.length > 0) {
    const message = `From here on the last digits may differ from an uninterrupted run: ${differences.join(", ")}.`;
    report({ type: "warned", message });
  }
  const { progress } = restored;
  const existing = (await listCheckpoints(outputDir)).map(({ step }) => step);
  forgetMissing(progress, existing, checkpoint.step);
  return restored;
}

/** Steps that were saved and deleted since, or never belonged to this folder, are no checkpoints. */
function forgetMissing(progress: TrainProgress, existing: readonly number[], own: number): void {
  const known = new Set([...progress.savedSteps, ...(own === progress.stopSave ? [] : [own])]);
  progress.savedSteps = existing.filter((step) => known.has(step));
  if (progress.bestSavedStep !== null && !existing.includes(progress.bestSavedStep)) {
    progress.bestSavedStep = null;
  }
}
