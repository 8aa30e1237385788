// One parameter's update by AdamW (Loshchilov and Hutter, 2019), in the order of torch.optim.AdamW. On wasm it is one kernel that
// works in place. It has no gradient.
import type * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { elementBlocks } from "../grain.ts";

/** The tensors of one parameter. All but the gradient get new values. */
interface AdamwTensors {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly expAvg: tf.Variable;
  readonly expAvgSq: tf.Variable;
}

export interface AdamwOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

interface AdamwStep extends AdamwOptions {
  /** Number of this update, from 1. */
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Clipping: the gradient counts times this. */
  readonly gradientScale: number;
}

/**
 * `p *= 1 - lr * wd`, then `p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)`. The caller tidies up.
 */
export function updateAdamw(tensors: AdamwTensors, options: AdamwStep): void {
  const { parameter, gradient, expAvg, expAvgSq } = tensors;
  const { step, learningRate, weightDecay, gradientScale, beta1, beta2, epsilon } = options;
  const keep = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const root = Math.sqrt(1 - beta2 ** step);
  const kernels = cpuKernels();
  if (kernels !== undefined) {
    const addresses = [parameter, gradient, expAvg, expAvgSq].map(kernels.address);
    const factors = [gradientScale, keep, beta1, 1 - beta1, beta2, 1 - beta2];
    const args = [...addresses, parameter.size, ...factors, stepSize, root, epsilon];
    kernels.split("adamw", args, ...elementBlocks(parameter.size));
    return;
  }
  const clipped = gradientScale === 1 ? gradient : gradient.mul(gradientScale);
  const mean = lerp(expAvg, clipped, 1 - beta1);
  const square = expAvgSq.mul(beta2).add(clipped.square().mul(1 - beta2));
  const denominator = square.sqrt().div(root).add(epsilon);
  const kept = keep === 1 ? parameter : parameter.mul(keep);
  parameter.assign(kept.sub(mean.div(denominator).mul(stepSize)));
  expAvg.assign(mean);
  expAvgSq.assign(square);
}

/** torch.lerp: from the nearer end, so that both ends are exact. */
const lerp = (start: tf.Tensor, end: tf.Tensor, weight: number): tf.Tensor =>
  weight < 0.5 ? start.add(end.sub(start).mul(weight)) : end.sub(end.sub(start).mul(1 - weight));
