// What the form trains of a model, as the memory estimate needs it.

import type { ModelSummary } from "../../config/model-summary.ts";
import type { MemorySubject } from "../../config/run-memory.ts";
import { allParameters, trainedParameters } from "../../config/trained-parameters.ts";
import type { TrainingForm } from "../../state/training-form.ts";

/** Gradients flow through the layers from the lowest trained one up. */
export function memorySubject(
  model: ModelSummary,
  { mode, numTrainableLayers }: TrainingForm,
  classes: number,
): MemorySubject {
  const wanted = Number(numTrainableLayers);
  const last = Number.isInteger(wanted) && wanted >= 1 ? wanted : 1;
  const trained = { head: 0, last, full: model.layers.length, scratch: model.layers.length }[mode];
  const border = Math.max(0, model.layers.length - trained);
  return {
    allParameters: allParameters(model, classes),
    trainedParameters: trainedParameters(mode, model, classes, last) ?? 0,
    trainedLayers: model.layers.slice(border),
    frozenLayers: model.layers.slice(0, border),
    vocabularySize: model.vocabularySize,
  };
}
