// RMSprop (Tieleman and Hinton, 2012), in the order of torch.optim.RMSprop.
import type * as tf from "@tensorflow/tfjs-core";
import { effectiveGradient, type OptimizerRule, slotOf } from "./optimizer.ts";

export interface RmspropOptions {
  readonly alpha: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly centered: boolean;
}

/** `g += wd * p`, `v = alpha * v + (1 - alpha) * g^2`, `p -= lr * g / (sqrt(v) + eps)`, by way of a momentum buffer where asked. */
export function rmsprop({ alpha, epsilon, momentum, centered }: RmspropOptions): OptimizerRule {
  return {
    slots: (shape) => ({
      square_avg: { shape, fill: 0 },
      ...(momentum > 0 ? { momentum_buffer: { shape, fill: 0 } } : {}),
      ...(centered ? { grad_avg: { shape, fill: 0 } } : {}),
    }),
    update(update) {
      const { parameter, learningRate } = update;
      const squareAvg = slotOf(update, "square_avg");
      const gradient = effectiveGradient(update, true);
      const square = squareAvg.mul(alpha).add(gradient.square().mul(1 - alpha));
      squareAvg.assign(square);
      let variance: tf.Tensor = square;
      if (centered) {
        const gradAvg = slotOf(update, "grad_avg");
        const mean = gradAvg.add(gradient.sub(gradAvg).mul(1 - alpha));
        gradAvg.assign(mean);
        variance = square.sub(mean.square());
      }
      let direction: tf.Tensor = gradient.div(variance.sqrt().add(epsilon));
      if (momentum > 0) {
        const buffer = slotOf(update, "momentum_buffer");
        direction = buffer.mul(momentum).add(direction);
        buffer.assign(direction);
      }
      parameter.assign(parameter.sub(direction.mul(learningRate)));
    },
  };
}
