// Adafactor (Shazeer and Stern, 2018) as the Trainer sets it up: the given rate, no first moment, no parameter scaling.
// In the order of transformers.optimization.Adafactor.
import type * as tf from "@tensorflow/tfjs-core";
import {
  effectiveGradient,
  type OptimizerRule,
  type ParameterUpdate,
  slotOf,
} from "./optimizer.ts";

const squareFloor = 1e-30;
const clipThreshold = 1;
const decayRate = -0.8;

/** Matrices keep a row and a column of mean squares, everything else all of them. */
export function adafactor(): OptimizerRule {
  return {
    slots: (shape) =>
      shape.length >= 2
        ? {
            exp_avg_sq_row: { shape: shape.slice(0, -1), fill: 0 },
            exp_avg_sq_col: { shape: [...shape.slice(0, -2), ...shape.slice(-1)], fill: 0 },
          }
        : { exp_avg_sq: { shape, fill: 0 } },
    update(update) {
      const { parameter, step, learningRate, weightDecay } = update;
      const gradient = effectiveGradient(update, false);
      const beta2 = 1 - step ** decayRate;
      const square = gradient.square().add(squareFloor);
      const direction = rootInverse(update, square, beta2).mul(gradient);
      const rms = direction.square().mean().sqrt();
      const step1 = direction.div(rms.div(clipThreshold).maximum(1)).mul(learningRate);
      const kept =
        weightDecay === 0 ? parameter : parameter.sub(parameter.mul(weightDecay * learningRate));
      parameter.assign(kept.sub(step1));
    },
  };
}

/** 1 / sqrt of the running mean of the squares, put together from a row and a column for a matrix. */
function rootInverse(update: ParameterUpdate, square: tf.Tensor, beta2: number): tf.Tensor {
  const average = (slot: string, next: tf.Tensor): tf.Tensor => {
    const variable = slotOf(update, slot);
    const value = variable.mul(beta2).add(next.mul(1 - beta2));
    variable.assign(value);
    return value;
  };
  if (square.rank < 2) return average("exp_avg_sq", square).rsqrt();
  const row = average("exp_avg_sq_row", square.mean(-1));
  const column = average("exp_avg_sq_col", square.mean(-2));
  return row.div(row.mean(-1, true)).rsqrt().expandDims(-1).mul(column.expandDims(-2).rsqrt());
}
