// One update: forward and backward over its micro-batches, clipping, the optimiser. It knows no epochs and no schedule.
import * as tf from "@tensorflow/tfjs-core";
import { variableGradients } from "../engine/variable-gradients.ts";
import { totalNorm } from "../ops/total-norm/total-norm.ts";
import type { CapturedBatch } from "./captured-batch.ts";
import type { Objective, Targets } from "./objective.ts";
import {
  type OptimizerRule,
  type OptimizerState,
  type Trainable,
  updateOptimizer,
} from "./optimizers/optimizer.ts";

export interface StepResult {
  /** Mean over the update's rows, by their weights. */
  readonly loss: number;
  /** Total L2 norm of the gradients before clipping. */
  readonly gradNorm: number;
  /** Right guesses of all items, where the objective tells them and the update ran on a GPU. */
  readonly hits?: number;
}

/** A micro-batch: how its logits come about, and what they should be. */
export interface MicroBatch extends Targets {
  /** float32 `[rows, outputs]`, or the hidden states that a language model's objective takes; called inside the gradient tape. */
  logits(): tf.Tensor2D;
  /** For a GPU, which replays the step of batches that are alike. */
  readonly captured?: CapturedBatch;
}

/** What one update needs besides its batches. */
export interface UpdateOptions {
  readonly objective: Pick<Objective, "lossSum" | "itemCount">;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Gradients above this norm are scaled down to it; 0 switches clipping off. */
  readonly maxGradNorm: number;
}

/**
 * Runs one update. The loss is the mean over all items of all micro-batches, also for a short last group (the Trainer of
 * 5.18 adds up micro-batch means for encoders, a listed difference). With class weights it is torch's
 * `CrossEntropyLoss(weight)`: the weighted sum divided by the sum of the rows' weights. A loss that is not finite is
 * returned as it is, and then no weight is touched. No tensor is left over.
 */
export async function trainStep(
  trainable: Trainable,
  rule: OptimizerRule,
  state: OptimizerState,
  batches: readonly MicroBatch[],
  options: UpdateOptions,
): Promise<StepResult> {
  const { losses, gradients } = accumulate(trainable, batches, options.objective);
  const [lossTensor, normTensor] = tf.tidy(
    () => [tf.stack(losses).sum(), totalNorm([...gradients.values()])] as const,
  );
  tf.dispose(losses);
  try {
    const loss = (await lossTensor.data())[0] ?? Number.NaN;
    const gradNorm = (await normTensor.data())[0] ?? Number.NaN;
    if (Number.isFinite(loss) && Number.isFinite(gradNorm)) {
      const { learningRate, weightDecay, maxGradNorm } = options;
      const gradientScale = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (gradNorm + 1e-6)) : 1;
      const step = { learningRate, weightDecay, gradientScale };
      updateOptimizer(rule, state, trainable, gradients, step);
    }
    return { loss, gradNorm };
  } finally {
    tf.dispose([lossTensor, normTensor, ...gradients.values()]);
  }
}

function accumulate(
  trainable: Trainable,
  batches: readonly MicroBatch[],
  objective: UpdateOptions["objective"],
) {
  const total = batches.reduce((sum, batch) => sum + objective.itemCount(batch), 0);
  const variables = [...trainable.values()];
  const losses: tf.Scalar[] = [];
  const gradients = new Map<string, tf.Tensor>();
  for (const batch of batches) {
    const { value, gradients: found } = variableGradients(
      () => objective.lossSum(batch.logits(), batch).div(total) as tf.Scalar,
      variables,
    );
    losses.push(value);
    for (const [i, name] of [...trainable.keys()].entries()) {
      const gradient = found[i];
      if (gradient === undefined) continue;
      const sum = gradients.get(name);
      gradients.set(name, sum === undefined ? gradient : sum.add(gradient));
      if (sum !== undefined) tf.dispose([sum, gradient]);
    }
  }
  return { losses, gradients };
}
