// The record of the run that the form describes, and of the three that compare what pretraining is worth.

import { presetArguments } from "../config/presets.ts";
import type { RunRecord, TrainingMode } from "../config/run-record.ts";
import { StudioError } from "../lib/errors.ts";
import { useDatasetStore } from "../state/dataset-store.ts";
import { useFormStore } from "../state/form-store.ts";
import { getQueue } from "../state/queue-store.ts";
import { getStoredRuns } from "../state/run-store.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { firstFree, readDraft, trainedLayers } from "../state/training-form.ts";

/** Every run that has a name and a folder already. */
export const takenRecords = (): RunRecord[] => [
  ...getStoredRuns().map(({ record }) => record),
  ...getQueue().map(({ record }) => record),
];

/** Throws a StudioError that says what is missing. */
export function recordFromForm(): RunRecord {
  const { dataset } = useDatasetStore.getState();
  const { model, backendChoice, importedCheckpoint } = useStudioStore.getState();
  const form = useFormStore.getState();
  const draft = readDraft(form.draft);
  if (dataset.phase !== "ready") throw new StudioError("There is no data set yet.");
  if (model.status !== "ready") throw new StudioError("The base model is not loaded yet.");
  if (!draft.ok) throw new StudioError("Some training arguments cannot be read.");
  return {
    version: 1,
    id: crypto.randomUUID(),
    name: form.name,
    created_at: new Date().toISOString(),
    mode: form.mode,
    ...trainedLayers(form),
    model_name_or_path: model.id,
    ...(model.summary.hub === undefined ? {} : { model_source: model.summary.hub }),
    dataset: dataset.choice,
    backend: backendChoice,
    comparison: null,
    continued_from: importedCheckpoint?.path ?? null,
    arguments: draft.args,
  };
}

const compared: readonly TrainingMode[] = ["scratch", "head", "full"];

/**
 * Three runs on the same rows: random weights, a new head, everything. They share all arguments but the learning rate,
 * which each takes from its own recommendation unless the user set it for the mode of the form.
 */
export function comparisonRecords(taken: readonly RunRecord[]): RunRecord[] {
  const { num_trainable_layers: _, ...first } = recordFromForm();
  const form = useFormStore.getState();
  const { mode, preset, touched } = form;
  const { dataset } = useDatasetStore.getState();
  const rows = dataset.phase === "ready" ? (dataset.inspection?.trainRows ?? 1) : 1;
  const comparison = crypto.randomUUID();
  const names = new Set(taken.map(({ name }) => name));
  const folders = new Set(taken.map((record) => record.arguments.output_dir));
  // A language model's head is its embeddings: it is not trained alone.
  const modes = compared.filter(
    (each) => each !== "head" || form.problemType !== "language_modeling",
  );
  return modes.map((each) => {
    const keepsRate = each === mode && touched.has("learning_rate");
    const rate = presetArguments(preset, each, rows, form).learning_rate;
    return {
      ...first,
      id: crypto.randomUUID(),
      name: firstFree(`${first.name}-${each}`, names),
      mode: each,
      comparison,
      continued_from: null,
      arguments: {
        ...first.arguments,
        ...(keepsRate ? {} : { learning_rate: rate }),
        output_dir: firstFree(`${first.arguments.output_dir}-${each}`, folders),
        logging_dir: null,
      },
    };
  });
}
