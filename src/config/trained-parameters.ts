// How many parameters a mode trains.
import type { ModelSummary } from "./model-summary.ts";
import type { TrainingMode } from "./run-record.ts";

/** What a model ends in: a classifier's number of classes, or a language model's logits. */
export type HeadKind = number | "language";

/** Trained parameters of a model with this head, or null while the model is not known. */
export function trainedParameters(
  mode: TrainingMode,
  model: Pick<ModelSummary, "counts"> | null,
  head: HeadKind,
  numTrainableLayers: number,
): number | null {
  if (model === null) return null;
  const { layers, pooling } = model.counts;
  const trainedHead = headParameters(model, head);
  if (mode === "head") return trainedHead;
  if (mode !== "last") return allParameters(model, head);
  const trainedLayers = layers.slice(-numTrainableLayers).reduce((sum, layer) => sum + layer, 0);
  return trainedLayers + pooling + trainedHead;
}

/** All parameters, the head's included. */
export function allParameters(model: Pick<ModelSummary, "counts">, head: HeadKind): number {
  const { layers, embeddings, pooling } = model.counts;
  const inLayers = layers.reduce((sum, layer) => sum + layer, 0);
  return embeddings + inLayers + pooling + headParameters(model, head);
}

const headParameters = ({ counts }: Pick<ModelSummary, "counts">, head: HeadKind): number =>
  head === "language" ? (counts.languageHead ?? 0) : counts.head + counts.eachLabel * head;
