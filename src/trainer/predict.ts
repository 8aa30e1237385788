// Class probabilities of texts.
import * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "../data/collate.ts";
import { type Classifier, logitsOf } from "./classifier.ts";

/** float32 `[batchSize, classes]`, row by row; each row adds up to 1. */
export async function predictProbabilities(
  classifier: Classifier,
  batch: TokenBatch,
): Promise<Float32Array> {
  const probabilities = tf.tidy(() => tf.softmax(logitsOf(classifier, batch)));
  const values = (await probabilities.data()) as Float32Array;
  probabilities.dispose();
  return values.slice(0, batch.batchSize * classifier.labels.length);
}
