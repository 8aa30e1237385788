// The classification head: one linear layer on the pooled vector of any encoder.
import type * as tf from "@tensorflow/tfjs-core";
import { linear, linearParameters } from "./linear.ts";
import type { ModelContext, ParameterSpec } from "./model.ts";

/** Hugging Face's `initializer_range`. */
const initializerRange = 0.02;

/** `classifier.weight` `[numLabels, pooledSize]` and `classifier.bias` `[numLabels]`. */
export function classificationHeadParameters(
  numLabels: number,
  pooledSize: number,
): readonly ParameterSpec[] {
  return linearParameters("classifier", numLabels, pooledSize, initializerRange);
}

/** Logits `[batch, numLabels]` of pooled vectors `[batch, pooledSize]`. */
export function classify(context: ModelContext, pooled: tf.Tensor2D): tf.Tensor2D {
  return linear(context, "classifier", pooled);
}
