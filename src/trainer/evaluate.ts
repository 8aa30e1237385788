// Scores rows without gradients, in their order, batch by batch. Between batches the worker can answer messages.
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropySum } from "../ops/cross-entropy/cross-entropy.ts";
import { argMaxRows } from "./metrics.ts";
import { totalWeight } from "./train-step.ts";

export interface Evaluation {
  /** Sum over batches of rows times batch mean, divided by all rows, as the Trainer computes `eval_loss`. */
  readonly loss: number;
  readonly accuracy: number;
  /** float32 `[rows, classes]`, row by row. */
  readonly probabilities: Float32Array;
  /** Predicted class of each row. */
  readonly predicted: readonly number[];
}

/** One batch to score. */
export interface EvaluationBatch {
  /** float32 `[rows, classes]`. */
  logits(): tf.Tensor2D;
  readonly labels: Int32Array;
  /** Class weight of each row; 1 where they are not given. */
  readonly weights?: Float32Array;
}

/** Scores all batches. `nextTask` is awaited between them. Throws nothing for a loss that is not finite: it is returned. */
export async function evaluate(
  batches: Iterable<EvaluationBatch>,
  nextTask: () => Promise<void>,
): Promise<Evaluation> {
  let lossSum = 0;
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  const predicted: number[] = [];
  for (const batch of batches) {
    const [loss, probabilities] = tf.tidy(() => {
      const logits = batch.logits();
      return [crossEntropySum(logits, batch.labels, batch.weights), tf.softmax(logits)] as const;
    });
    // Rows times the batch's mean: without weights the factor is exactly 1.
    const factor = batch.labels.length / totalWeight(batch);
    lossSum += ((await loss.data())[0] ?? Number.NaN) * factor;
    const values = new Float32Array((await probabilities.data()) as Float32Array);
    predicted.push(...argMaxRows(values, probabilities.shape[1]));
    labels.push(...batch.labels);
    parts.push(values);
    tf.dispose([loss, probabilities]);
    await nextTask();
  }
  const hits = predicted.filter((guess, row) => guess === labels[row]).length;
  return {
    loss: lossSum / labels.length,
    accuracy: hits / labels.length,
    probabilities: concat(parts),
    predicted,
  };
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
