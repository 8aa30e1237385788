// Keeps a run's copy in the user's folder up to date while it trains. It never stops or slows the run: it copies what there is
// whenever the last copy is done, and where that fails the run's log says so, once.
import type { RunEventBody } from "../config/events.ts";
import { toErrorRecord } from "../lib/errors.ts";
import { createMirror, type MirroredRun } from "../storage/mirror.ts";
import { readMirrorFolder } from "../storage/mirror-folder.ts";

/** Milliseconds between two copies that only bring log lines. */
const logInterval = 3000;

interface MirrorParts {
  readonly run: MirroredRun;
  report(event: RunEventBody): void;
  /** Resolves when what was reported is in the storage. */
  flush(): Promise<void>;
}

/** Watches a run's events. `folder` gives the user's folder. */
export function createRunMirror({ run, report, flush }: MirrorParts, folder = readMirrorFolder) {
  let mirror: ReturnType<typeof createMirror> | null = null;
  let name = "";
  /** What the log says last. */
  let told: "nothing" | "copies" | "fails" = "nothing";
  let isDue = false;
  let copying: Promise<void> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = (now: "copies" | "fails", event: RunEventBody) => {
    if (told === now) return;
    told = now;
    report(event);
  };
  const copy = async () => {
    while (isDue && mirror !== null) {
      isDue = false;
      const current = mirror;
      try {
        await current.update();
        if (current === mirror) tell("copies", { type: "mirrorStarted", folder: name });
      } catch (error) {
        const { message, hint } = toErrorRecord(error);
        // Where another folder was chosen meanwhile, that one's copy is what counts.
        if (current === mirror) tell("fails", { type: "mirrorStopped", message, hint });
      }
    }
    copying = null;
  };
  const update = () => {
    clearTimeout(timer);
    timer = undefined;
    isDue = true;
    copying ??= copy();
  };

  return {
    /** Reads the user's choice, at the start and whenever it changed. */
    async open(): Promise<void> {
      const chosen = await folder();
      mirror = chosen === undefined ? null : createMirror(chosen, run);
      name = chosen?.name ?? "";
      told = "nothing";
      if (mirror !== null) update();
    },
    notice({ type }: RunEventBody): void {
      if (mirror === null || type === "step") return;
      if (type === "checkpointSaved" || type === "checkpointDeleted") update();
      // A folder that failed is tried again at the next save.
      else if (told !== "fails") timer ??= setTimeout(update, logInterval);
    },
    /** Copies the last lines and files of the run. */
    async finish(): Promise<void> {
      if (mirror === null) return;
      update();
      await copying;
      clearTimeout(timer);
      // The news of the copy itself.
      await flush();
    },
  };
}
