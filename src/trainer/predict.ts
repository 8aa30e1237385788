// What a classifier says to texts, in plain numbers.
import * as tf from "@tensorflow/tfjs-core";
import type { ProblemType } from "../config/problem-type.ts";
import type { TokenBatch } from "../data/collate.ts";
import { type Classifier, logitsOf } from "./classifier.ts";
import { createObjective } from "./objective.ts";

/**
 * float32 `[batchSize, outputs]`, row by row: probabilities of classes, which add up to 1 in each row; a probability for each
 * label of a set; or the numbers of a regression.
 */
export async function predictOutputs(
  classifier: Classifier,
  problemType: ProblemType,
  batch: TokenBatch,
): Promise<Float32Array> {
  const objective = createObjective(problemType);
  const outputs = tf.tidy(() => objective.predictions(logitsOf(classifier, batch)));
  const values = (await outputs.data()) as Float32Array;
  outputs.dispose();
  return values.slice(0, batch.batchSize * classifier.labels.length);
}
