// Scores rows without gradients, in their order, batch by batch. Between batches the worker can answer messages.
import * as tf from "@tensorflow/tfjs-core";
import type { CapturedForward } from "../engine/capture/captured-forward.ts";
import { type CapturedBatch, stepOf } from "./captured-batch.ts";
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
  /** For a GPU, which replays the pass of batches that are alike. */
  readonly captured?: CapturedBatch;
}

/**
 * Scores all batches. `nextTask` is awaited between them. Throws nothing for a loss that is not finite: it is returned.
 * @param forward runs the passes as captured steps, where the back end does.
 */
export async function evaluate(
  batches: Iterable<EvaluationBatch>,
  objective: Objective,
  nextTask: () => Promise<void>,
  forward?: CapturedForward,
): Promise<Evaluation> {
  let lossSum = 0;
  let rows = 0;
  const parts: Float32Array[] = [];
  const seen: Targets[] = [];
  const predicted: number[] = [];
  for (const batch of batches) {
    const { loss, predictions: values } = await scoreBatch(batch, objective, forward);
    // Rows times the batch's mean: for unweighted single labels the factor is exactly 1.
    const factor = batch.labels.length / objective.itemCount(batch);
    lossSum += loss * factor;
    predicted.push(...argMaxRows(values, values.length / batch.labels.length));
    rows += batch.labels.length;
    seen.push(batch);
    parts.push(values);
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

/** The loss's sum and the predictions of one batch. */
async function scoreBatch(
  batch: EvaluationBatch,
  objective: Objective,
  forward: CapturedForward | undefined,
): Promise<{ loss: number; predictions: Float32Array }> {
  const compute = (): [tf.Scalar, tf.Tensor2D] => {
    const logits = batch.logits();
    return [objective.lossSum(logits, batch), objective.predictions(logits)];
  };
  if (forward !== undefined && batch.captured !== undefined) {
    const { key, inputs } = stepOf(batch);
    const [loss, predictions] = await forward.run({ key: `evaluate ${key}`, inputs, compute });
    return { loss: loss?.[0] ?? Number.NaN, predictions: predictions ?? new Float32Array() };
  }
  const [loss, predictions] = tf.tidy(compute);
  const result = {
    loss: (await loss.data())[0] ?? Number.NaN,
    predictions: new Float32Array((await predictions.data()) as Float32Array),
  };
  tf.dispose([loss, predictions]);
  return result;
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
