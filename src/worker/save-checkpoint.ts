// One save of a run. Where the storage is full the run waits, and the save is tried again when the user goes on.
import type { CheckpointInfo, RunEventBody } from "../config/events.ts";
import { StudioError } from "../lib/errors.ts";
import { saveCheckpoint } from "../storage/checkpoints.ts";
import { collectGarbage, type FileToWrite, missingBytes } from "../storage/folders.ts";

interface SaveParts {
  readonly outputDir: string;
  readonly step: number;
  readonly files: readonly FileToWrite[];
  readonly gate: { close(): void; pass(): Promise<void> };
  readonly control: { readonly stop: boolean };
  report(event: RunEventBody): void;
}

/** The saved checkpoint, or null where the user stopped the run while there was no room for it. */
export async function saveWhenThereIsRoom(parts: SaveParts): Promise<CheckpointInfo | null> {
  const { outputDir, step, files, gate, control, report } = parts;
  for (;;) {
    try {
      return await saveCheckpoint(outputDir, step, files);
    } catch (error) {
      if (!(error instanceof StudioError && error.code === "storage-full")) throw error;
      if (control.stop) return null;
      // What was written of this checkpoint takes room for nothing.
      await collectGarbage();
      gate.close();
      report({ type: "storageFull", step, bytes: await missingBytes(files) });
      report({ type: "phaseChanged", phase: "paused" });
      await gate.pass();
      report({ type: "phaseChanged", phase: "training" });
    }
  }
}
