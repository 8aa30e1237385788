// AdamW with decoupled weight decay (Loshchilov and Hutter, 2019), in the order of torch.optim.AdamW.
import type * as tf from "@tensorflow/tfjs-core";
import { effectiveGradient, type OptimizerRule, slotOf } from "./optimizer.ts";

export interface AdamwOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** `p *= 1 - lr * wd`, then `p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)`. */
export function adamw({ beta1, beta2, epsilon }: AdamwOptions): OptimizerRule {
  return {
    slots: (shape) => ({ exp_avg: { shape, fill: 0 }, exp_avg_sq: { shape, fill: 0 } }),
    update(update) {
      const { parameter, step, learningRate, weightDecay } = update;
      const expAvg = slotOf(update, "exp_avg");
      const expAvgSq = slotOf(update, "exp_avg_sq");
      const gradient = effectiveGradient(update, false);
      const mean = lerp(expAvg, gradient, 1 - beta1);
      const square = expAvgSq.mul(beta2).add(gradient.square().mul(1 - beta2));
      const denominator = square
        .sqrt()
        .div(Math.sqrt(1 - beta2 ** step))
        .add(epsilon);
      const kept = weightDecay === 0 ? parameter : parameter.mul(1 - learningRate * weightDecay);
      parameter.assign(kept.sub(mean.div(denominator).mul(learningRate / (1 - beta1 ** step))));
      expAvg.assign(mean);
      expAvgSq.assign(square);
    },
  };
}

/** torch.lerp: from the nearer end, so that both ends are exact. */
const lerp = (start: tf.Tensor, end: tf.Tensor, weight: number): tf.Tensor =>
  weight < 0.5 ? start.add(end.sub(start).mul(weight)) : end.sub(end.sub(start).mul(1 - weight));
