// How far each step of the job is, for the marks of the rail.

import { formatPercent } from "../../lib/format.ts";
import type { Dataset } from "../../state/dataset-store.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { useForm } from "../../state/form-store.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { useForemostRun, useRun } from "../../state/run-store.ts";
import { type Page, useModel } from "../../state/studio-store.ts";
import { readDraft } from "../../state/training-form.ts";

/** A tick, an amber dot, a few characters such as a percentage, or nothing. */
export type StepMark = "done" | "attention" | { readonly note: string } | null;

/** The mark of every entry of the rail. */
export function useStepMarks(): Readonly<Record<Page, StepMark>> {
  const model = useModel();
  const dataset = useDataset();
  const { draft } = useForm();
  const run = useForemostRun();
  const shown = useRun();
  const data = markData(dataset);
  return {
    model: model.status === "ready" ? "done" : model.status === "loading" ? null : "attention",
    data,
    training: readDraft(draft).ok ? (data === "done" ? "done" : null) : "attention",
    run: markRun(run),
    results: shown !== null && shown.results !== null ? "done" : null,
    playground: null,
    files: null,
    history: null,
    learn: null,
  };
}

function markData(dataset: Dataset): StepMark {
  if (dataset.phase === "failed") return "attention";
  if (dataset.phase !== "ready" || dataset.inspection === null) return null;
  return dataset.inspection.obstacle === null ? "done" : "attention";
}

function markRun(run: Run | null): StepMark {
  if (run === null) return null;
  if (isLive(run)) {
    const maxSteps = run.header?.maxSteps ?? 0;
    // Down, as in the title: 100 % stands for the end alone.
    const share = maxSteps === 0 ? 0 : Math.floor((run.step / maxSteps) * 100) / 100;
    return { note: formatPercent(share) };
  }
  return run.phase === "completed" || run.phase === "stopped" ? "done" : "attention";
}
