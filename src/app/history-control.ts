// Stored runs on the page: rename, delete with undo, compare, export, import. The shown run is run-control's.
import type { RunEvent } from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { loggingDir } from "../config/training-arguments.ts";
import { StudioError } from "../lib/errors.ts";
import { checkpointKey, runKey } from "../state/removal-store.ts";
import {
  applyEvents,
  forgetRun,
  getForemostRun,
  getLiveRun,
  getRun,
  getStoredRuns,
  renameLoadedRun,
} from "../state/run-store.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { deleteCheckpoint } from "../storage/checkpoints.ts";
import { readEvaluationRows } from "../storage/evaluations.ts";
import { appendLogs } from "../storage/logs.ts";
import { archiveNewerRun, archiveRun } from "../storage/run-archive.ts";
import { holdRun } from "../storage/run-lock.ts";
import { deleteRun, renameRun } from "../storage/runs.ts";
import { attempt } from "./attempt.ts";
import { rememberRuns } from "./canary.ts";
import { saveZipToDisk } from "./download.ts";
import type { Link } from "./link.ts";
import type { Removals } from "./removals.ts";
import { showTitle } from "./title.ts";

interface HistoryParts {
  readonly link: Link;
  readonly removals: Removals;
  /** Reads the list of stored runs anew. */
  refresh(): Promise<void>;
  /** Shows a stored run. */
  open(runId: string): Promise<void>;
  onStorageChange(): Promise<void>;
}

/** What the page can do with stored runs. */
export function createHistoryControl(parts: HistoryParts) {
  const { link, removals, refresh, open, onStorageChange } = parts;

  const rename = async (runId: string, name: string) => {
    const wanted = name.trim();
    const record = recordOf(runId);
    if (wanted === "" || wanted === record.name) return;
    if (getStoredRuns().some((entry) => entry.record.name === wanted)) {
      throw new StudioError(`Another run is called ${wanted}.`, { hint: "Choose another name." });
    }
    await renameRun(runId, wanted);
    renameLoadedRun(runId, wanted);
    showTitle(getForemostRun());
    await refresh();
  };

  const remove = (runId: string) => {
    const { name } = recordOf(runId);
    const wasShown = getRun()?.record.id === runId;
    if (getLiveRun()?.record.id === runId) {
      throw new StudioError("A run that is going on cannot be deleted.", {
        hint: "Stop it first.",
      });
    }
    forgetRun(runId);
    showTitle(getForemostRun());
    const commit = async () => {
      // Another tab may have gone on with it.
      await holdRun(runId, () => deleteRun(runId));
      await Promise.all([refresh(), onStorageChange()]);
      rememberRuns(getStoredRuns().map(({ record }) => record.name));
    };
    const onUndo = () => {
      if (wasShown && getRun() === null) attempt(() => open(runId));
    };
    removals.remove({ key: runKey(runId), name }, commit, onUndo);
  };

  const removeCheckpoint = (runId: string, path: string) => {
    const { arguments: args } = recordOf(runId);
    const step = Number(path.slice(path.lastIndexOf("-") + 1));
    const commit = async () => {
      await deleteCheckpoint(path);
      const event: RunEvent = {
        version: 1,
        runId,
        time: Date.now(),
        type: "checkpointDeleted",
        path,
        step,
        by: "user",
      };
      await appendLogs(loggingDir(args), { "events.jsonl": [JSON.stringify(event)] });
      applyEvents([event]);
      await onStorageChange();
    };
    removals.remove({ key: checkpointKey(path), name: path }, commit);
  };

  const exportRun = async (runId: string) => {
    const newer = useStudioStore.getState().newerRuns.find(({ id }) => id === runId);
    if (newer !== undefined) return saveZipToDisk(await archiveNewerRun(newer), newer.name);
    await saveZipToDisk(await archiveRun(runId), recordOf(runId).name);
  };

  const importRun = async (file: File) => {
    const record = await link.request("importRun", { file });
    await Promise.all([refresh(), onStorageChange()]);
    return record;
  };

  return {
    rename,
    remove,
    removeCheckpoint,
    exportRun,
    importRun,
    readRows: (runId: string) => readEvaluationRows(recordOf(runId).arguments.output_dir),
  };
}

function recordOf(runId: string): RunRecord {
  const entry = getStoredRuns().find(({ record }) => record.id === runId);
  if (entry !== undefined) return entry.record;
  throw new StudioError("This run is not in the storage any more.");
}
