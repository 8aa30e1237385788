// How many parameters a mode trains.
import type { ModelSummary } from "./model-summary.ts";
import type { TrainingMode } from "./run-record.ts";

/** Trained parameters of a classifier with so many classes, or null while the model is not known. */
export function trainedParameters(
  mode: TrainingMode,
  model: Pick<ModelSummary, "counts"> | null,
  classes: number,
  numTrainableLayers: number,
): number | null {
  if (model === null) return null;
  const { layers, pooling, head, eachLabel } = model.counts;
  const trainedHead = head + eachLabel * classes;
  if (mode === "head") return trainedHead;
  if (mode !== "last") return allParameters(model, classes);
  const trainedLayers = layers.slice(-numTrainableLayers).reduce((sum, layer) => sum + layer, 0);
  return trainedLayers + pooling + trainedHead;
}

/** All parameters of the classifier, its head included. */
export function allParameters({ counts }: Pick<ModelSummary, "counts">, classes: number): number {
  const layers = counts.layers.reduce((sum, layer) => sum + layer, 0);
  return counts.embeddings + layers + counts.pooling + counts.head + counts.eachLabel * classes;
}
