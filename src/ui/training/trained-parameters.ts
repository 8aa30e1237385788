// How many parameters a mode trains.
import type { ModelSummary } from "../../config/model-summary.ts";
import type { TrainingMode } from "../../config/run-record.ts";

/** Trained parameters of a classifier with so many classes, or null while the model is not known. */
export function trainedParameters(
  mode: TrainingMode,
  model: ModelSummary | null,
  classes: number,
): number | null {
  if (model === null) return null;
  const head = (model.pooledSize + 1) * classes;
  return mode === "head" ? head : allParameters(model, classes);
}

/** All parameters of the classifier, its head included. */
export function allParameters(model: ModelSummary, classes: number): number {
  const oldHead = model.labels === null ? 0 : (model.pooledSize + 1) * model.labels.length;
  return model.parameterCount - oldHead + (model.pooledSize + 1) * classes;
}
