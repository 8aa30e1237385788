// Stochastic gradient descent, in the order of torch.optim.SGD.
import type * as tf from "@tensorflow/tfjs-core";
import {
  effectiveGradient,
  type OptimizerRule,
  type ParameterUpdate,
  slotOf,
} from "./optimizer.ts";

export interface SgdOptions {
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
}

/** `g += wd * p`, `b = momentum * b + (1 - dampening) * g` (the first `b` is `g`), `p -= lr * b`. */
export function sgd(options: SgdOptions): OptimizerRule {
  const hasMomentum = options.momentum !== 0;
  return {
    slots: (shape) => (hasMomentum ? { momentum_buffer: { shape, fill: 0 } } : {}),
    update(update) {
      const gradient = effectiveGradient(update, true);
      const direction = hasMomentum ? withMomentum(update, gradient, options) : gradient;
      update.parameter.assign(update.parameter.sub(direction.mul(update.learningRate)));
    },
  };
}

function withMomentum(
  update: ParameterUpdate,
  gradient: tf.Tensor,
  { momentum, dampening, nesterov }: SgdOptions,
): tf.Tensor {
  const buffer = slotOf(update, "momentum_buffer");
  const next =
    update.step === 1 ? gradient.clone() : buffer.mul(momentum).add(gradient.mul(1 - dampening));
  buffer.assign(next);
  return nesterov ? gradient.add(next.mul(momentum)) : next;
}
