// Scores rows without gradients, in their order, batch by batch. Between batches the worker can answer messages.
import * as tf from "@tensorflow/tfjs-core";
import { argMaxRows, type Metrics, measure } from "./metrics.ts";
import type { Objective, Targets } from "./objective.ts";

export interface Evaluation {
  /** Sum over batches of rows times batch mean, divided by all rows, as the Trainer computes `eval_loss`. */
  readonly loss: number;
  /** Accuracy and the like, by the problem type. */
  readonly metrics: Metrics;
  /** float32 `[rows, outputs]`, row by row: probabilities, or the values of a regression. */
  readonly probabilities: Float32Array;
  /** Index of the greatest output of each row: the predicted class of a single label. */
  readonly predicted: readonly number[];
}

/** One batch to score. */
export interface EvaluationBatch extends Targets {
  /** float32 `[rows, outputs]`. */
  logits(): tf.Tensor2D;
}

/** Scores all batches. `nextTask` is awaited between them. Throws nothing for a loss that is not finite: it is returned. */
export async function evaluate(
  batches: Iterable<EvaluationBatch>,
  objective: Objective,
  nextTask: () => Promise<void>,
): Promise<Evaluation> {
  let lossSum = 0;
  let rows = 0;
  const parts: Float32Array[] = [];
  const seen: Targets[] = [];
  const predicted: number[] = [];
  for (const batch of batches) {
    const [loss, predictions] = tf.tidy(() => {
      const logits = batch.logits();
      return [objective.lossSum(logits, batch), objective.predictions(logits)] as const;
    });
    // Rows times the batch's mean: for unweighted single labels the factor is exactly 1.
    const factor = batch.labels.length / objective.itemCount(batch);
    lossSum += ((await loss.data())[0] ?? Number.NaN) * factor;
    const values = new Float32Array((await predictions.data()) as Float32Array);
    predicted.push(...argMaxRows(values, predictions.shape[1]));
    rows += batch.labels.length;
    seen.push(batch);
    parts.push(values);
    tf.dispose([loss, predictions]);
    await nextTask();
  }
  const probabilities = concat(parts);
  return {
    loss: lossSum / rows,
    metrics: measure(objective.problemType, probabilities, predicted, seen),
    probabilities,
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
