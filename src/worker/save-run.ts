// One save of a run. Where the storage is full the run waits, and the save is tried again when the user goes on.
import type { CheckpointInfo, RunEventBody } from "../config/events.ts";
import type { Pins } from "../config/pins.ts";
import { StudioError } from "../lib/errors.ts";
import { saveCheckpoint } from "../storage/checkpoints.ts";
import { collectGarbage, type FileToWrite, missingBytes } from "../storage/folders.ts";
import { exportOptimizer, type OptimizerState } from "../trainer/optimizers/optimizer.ts";
import { readValues, type TensorValues } from "../trainer/tensor-values.ts";
import { bestCheckpointStep } from "../trainer/train.ts";
import { type Snapshot, snapshotFiles } from "./checkpoint-files.ts";
import type { TrainedModel } from "./run-task.ts";

interface SaveParts extends Pick<Snapshot, "record" | "plan" | "progress" | "base" | "config"> {
  readonly backend: { readonly pins: Pins };
  readonly model: Pick<TrainedModel, "parameters">;
  readonly optimizer: OptimizerState;
  readonly step: number;
  readonly gate: { close(): void; pass(): Promise<void> };
  readonly control: { readonly stop: boolean };
}

interface Log {
  report(event: RunEventBody): void;
  flush(): Promise<void>;
}

/** Writes a checkpoint and tells it. False where the user stopped the run while there was no room for it. */
export async function saveRun(parts: SaveParts, log: Log): Promise<boolean> {
  const { record, progress, model, optimizer, step } = parts;
  const before = performance.now();
  const weights = await readValues(model.parameters);
  refuseNotFinite(weights, step);
  const files = snapshotFiles({
    ...parts,
    weights,
    optimizer: record.arguments.save_only_model ? null : await exportOptimizer(optimizer),
    pins: parts.backend.pins,
  });
  const checkpoint = await saveWhenThereIsRoom(parts, files, log);
  if (checkpoint === null) {
    progress.savedSteps = progress.savedSteps.filter((saved) => saved !== step);
    if (progress.stopSave === step) progress.stopSave = null;
    return false;
  }
  const bestStep = bestCheckpointStep(progress);
  log.report({
    type: "checkpointSaved",
    checkpoint,
    bestStep,
    duration: performance.now() - before,
  });
  // Lines that find no room are kept for the next time.
  await log.flush().catch(() => {});
  return true;
}

/** A saved checkpoint is a good one: there is always one to go back to. */
function refuseNotFinite(weights: ReadonlyMap<string, TensorValues>, step: number): void {
  for (const [name, { data }] of weights) {
    const place = data.findIndex((value) => !Number.isFinite(value));
    if (place === -1) continue;
    throw new StudioError(
      `${name} is ${data[place]} after step ${step}: training cannot go on, and these weights are not saved.`,
      {
        hint: "Earlier checkpoints are untouched. Go on from one with a learning rate about ten times smaller.",
        code: "not-finite",
      },
    );
  }
}

async function saveWhenThereIsRoom(
  { record, step, gate, control }: SaveParts,
  files: readonly FileToWrite[],
  { report }: Log,
): Promise<CheckpointInfo | null> {
  for (;;) {
    try {
      return await saveCheckpoint(record.arguments.output_dir, step, files);
    } catch (error) {
      if (!(error instanceof StudioError && error.code === "storage-full")) throw error;
      if (control.stop) return null;
      // What was written of this checkpoint takes room for nothing.
      await collectGarbage();
      gate.close();
      report({ type: "storageFull", step, bytes: await missingBytes(files) });
      report({ type: "phaseChanged", phase: "paused" });
      await gate.pass();
    }
  }
}
