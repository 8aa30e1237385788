// Class probabilities of one text.
import * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "../data/collate.ts";
import { type Classifier, logitsOf } from "./classifier.ts";

/** Probabilities of the first row of a batch, one a label. */
export async function predictProbabilities(
  classifier: Classifier,
  batch: TokenBatch,
): Promise<number[]> {
  const probabilities = tf.tidy(() => tf.softmax(logitsOf(classifier, batch)));
  const values = await probabilities.data();
  probabilities.dispose();
  return [...values].slice(0, classifier.labels.length);
}
