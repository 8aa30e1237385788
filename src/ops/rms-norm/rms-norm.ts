// Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467), with its gradient.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp, type TakeSum } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { rowGrain } from "../grain.ts";
import { normBlockRows, rmsNormBackward, rmsNormForward } from "../layer-norm/norm.wgsl.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";

export interface RmsNormOptions {
  /** Added to the weight, which then says how far a scale is from it. */
  readonly offset?: number;
  /** Added to the result: `[rows, width]`. */
  readonly residual?: tf.Tensor2D;
}

/** x `[rows, width]` divided by each row's root mean square, times weight `[width]`. On webgpu the options cost nothing. */
export function rmsNorm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  epsilon: number,
  { offset = 0, residual }: RmsNormOptions = {},
): tf.Tensor2D {
  if (gpuKernels() === undefined) {
    const scale: tf.Tensor1D = offset === 0 ? weight : tf.add(weight, offset);
    const normed = rmsNormOp({ x, weight: scale }, { epsilon, offset: 0 }) as tf.Tensor2D;
    return residual === undefined ? normed : tf.add(residual, normed);
  }
  return rmsNormOp(
    { x, weight, ...(residual && { residual }) },
    { epsilon, offset },
  ) as tf.Tensor2D;
}

const rmsNormOp = defineOp({
  name: "StudioRmsNorm",
  saves: ["x", "weight"],
  extras: 1, // one over each row's root mean square, [rows, 1]
  forward(inputs, { epsilon, offset }) {
    const { x, weight } = inputs as { x: tf.Tensor2D; weight: tf.Tensor1D };
    const [rows, width] = x.shape;
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const [y, inverses] = [gpu.output(x.shape), gpu.output([rows, 1])];
      const numbers = { width, epsilon: epsilon as number, offset: offset as number };
      const { residual } = inputs;
      const tensors = { x, weight, y, inverses, ...(residual && { residual }) };
      gpu.run(forwardKernels[residual === undefined ? 0 : 1], tensors, numbers, rows);
      return [y, inverses];
    }
    const kernels = cpuKernels();
    if (kernels === undefined) {
      const square = tf.mean(tf.square(x), -1, true);
      const inverse = tf.rsqrt(tf.add(square, epsilon as number));
      return [tf.mul(tf.mul(x, inverse), weight), inverse];
    }
    const y = kernels.output([rows, width]);
    const inverse = kernels.output([rows, 1]);
    const addresses = [x, weight, y, inverse].map(kernels.address);
    const args = [...addresses, width, epsilon as number];
    kernels.split("rmsNormForward", args, rows, rowGrain(width, 2));
    return [y, inverse];
  },
  gradients(dy, saved, { offset }, takeSum) {
    const [x, weight, inverse] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];
    // tfjs tidies up after each gradient: what they share is computed before.
    const computed =
      gpuGradients(dy as tf.Tensor2D, [x, weight, inverse], offset as number, takeSum) ??
      computeGradients(dy as tf.Tensor2D, x, weight, inverse);
    return { x: () => computed.x, weight: () => computed.weight, residual: () => tf.clone(dy) };
  },
});

/** Without and with something that is added. */
const forwardKernels = [rmsNormForward(false), rmsNormForward(true)] as const;
const backwardKernels = [rmsNormBackward(false), rmsNormBackward(true)] as const;

function gpuGradients(
  dy: tf.Tensor2D,
  [x, weight, inverses]: readonly [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D],
  offset: number,
  takeSum: TakeSum,
): { x: tf.Tensor; weight: tf.Tensor } | undefined {
  const gpu = gpuKernels();
  if (gpu === undefined) return undefined;
  const [rows, width] = x.shape;
  const blocks = Math.ceil(rows / normBlockRows);
  const [dx, partials] = [gpu.output(x.shape), gpu.output<tf.Rank.R2>([blocks, width])];
  const others = takeSum("x");
  const tensors = { dy, x, weight, inverses, dx, partials, ...(others && { others }) };
  const kernel = backwardKernels[others === undefined ? 0 : 1];
  gpu.run(kernel, tensors, { rows, width, offset }, blocks);
  const sums = sumRows(partials);
  partials.dispose();
  return { x: dx, weight: sums };
}

/** Rows whose share of the weight's gradient is summed by one thread. Fixed, so that the sums do not depend on the threads. */
const blockRows = 32;

function computeGradients(
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  inverse: tf.Tensor2D,
): { x: tf.Tensor; weight: tf.Tensor } {
  const [rows, width] = x.shape;
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const normalised = tf.mul(x, inverse);
    const slope = tf.mul(dy, weight);
    const along = tf.mean(tf.mul(slope, normalised), -1, true);
    return {
      x: tf.mul(tf.sub(slope, tf.mul(normalised, along)), inverse),
      weight: sumRows(tf.mul(dy, normalised)),
    };
  }
  const blocks = Math.ceil(rows / blockRows);
  const dx = kernels.output([rows, width]);
  const dWeight = kernels.output([width]);
  const partials = kernels.scratch("norm", blocks * width * 4);
  const addresses = [dy, x, weight, inverse, dx].map(kernels.address);
  kernels.split("rmsNormBackward", [...addresses, partials, rows, width, blockRows], blocks, 1);
  kernels.call("sumBlocks", partials, width, blocks, kernels.address(dWeight), 0, width);
  return { x: dx, weight: dWeight };
}
