// The rule of AdamW with decoupled weight decay; its arithmetic is ops/adamw.
import { type AdamwOptions, updateAdamw } from "../../ops/adamw/adamw.ts";
import { type OptimizerRule, slotOf } from "./optimizer.ts";

/** Keeps the means of gradients and of their squares. */
export function adamw(options: AdamwOptions): OptimizerRule {
  return {
    inPlace: options,
    slots: (shape) => ({ exp_avg: { shape, fill: 0 }, exp_avg_sq: { shape, fill: 0 } }),
    update(update) {
      const tensors = {
        parameter: update.parameter,
        gradient: update.gradient,
        expAvg: slotOf(update, "exp_avg"),
        expAvgSq: slotOf(update, "exp_avg_sq"),
      };
      const { step, learningRate, weightDecay, gradientScale } = update;
      updateAdamw(tensors, { ...options, step, learningRate, weightDecay, gradientScale });
    },
  };
}
