// Adagrad (Duchi and others, 2011), in the order of torch.optim.Adagrad.
import { effectiveGradient, type OptimizerRule, slotOf } from "./optimizer.ts";

export interface AdagradOptions {
  readonly lrDecay: number;
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
}

/** `g += wd * p`, `s += g^2`, `p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)`. */
export function adagrad(options: AdagradOptions): OptimizerRule {
  return {
    slots: (shape) => ({ sum: { shape, fill: options.initialAccumulatorValue } }),
    update(update) {
      const { parameter, step, learningRate } = update;
      const sum = slotOf(update, "sum");
      const gradient = effectiveGradient(update, true);
      const rate = learningRate / (1 + (step - 1) * options.lrDecay);
      const next = sum.add(gradient.square());
      sum.assign(next);
      parameter.assign(parameter.sub(gradient.div(next.sqrt().add(options.epsilon)).mul(rate)));
    },
  };
}
