// Starting runs from the form: one, or the three that compare what pretraining is worth. What cannot start at once is queued.
import type { RunRecord } from "../config/run-record.ts";
import { useDatasetStore } from "../state/dataset-store.ts";
import { fillForm, renewForm } from "../state/form-store.ts";
import { getLiveRun, showRun } from "../state/run-store.ts";
import { forgetImportedCheckpoint, goTo } from "../state/studio-store.ts";
import { comparisonRecords, recordFromForm, takenRecords } from "./next-record.ts";
import type { createQueueControl } from "./queue-control.ts";
import type { createRunControl } from "./run-control.ts";

/** What the training page's buttons do. */
export function createStartControl(
  runs: ReturnType<typeof createRunControl>,
  queue: ReturnType<typeof createQueueControl>,
) {
  const start = async () => {
    const record = recordFromForm();
    if (getLiveRun() !== null) {
      await queue.add([record]);
    } else {
      goTo("run");
      try {
        await runs.begin(record, "always");
      } catch (error) {
        goTo("training");
        throw error;
      }
    }
    forgetImportedCheckpoint();
    renewForm(record.name.replace(/-\d+$/u, ""), takenRecords());
  };

  const startComparison = async () => {
    const records = comparisonRecords(takenRecords());
    const isFirst = getLiveRun() === null;
    await queue.add(records);
    const [first] = records;
    if (!isFirst || first === undefined || getLiveRun()?.record.id !== first.id) return;
    showRun(first.id);
    goTo("run");
  };

  return { start, startComparison };
}

/** Fills the form with a run's arguments, under a name and folder of its own. */
export function copyToForm(record: RunRecord): void {
  const { dataset } = useDatasetStore.getState();
  const rows = dataset.phase === "ready" ? dataset.inspection?.trainRows : undefined;
  fillForm(record, rows ?? 1, takenRecords());
}
