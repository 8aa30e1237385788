// Layer normalisation over the last axis, with its gradient: tfjs has neither. On wasm and webgpu it is one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp, type TakeSum } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { rowGrain } from "../grain.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";
import { lanes } from "../wgsl.ts";
import { layerNormBackward, layerNormForward, normBlockRows, sumBlockPairs } from "./norm.wgsl.ts";

/** x `[rows, width]`, weight and bias `[width]`. The variance is the biased one, as in PyTorch's LayerNorm. */
export function layerNorm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
): tf.Tensor2D {
  return layerNormOp({ x, weight, bias }, { epsilon }) as tf.Tensor2D;
}

const layerNormOp = defineOp({
  name: "StudioLayerNorm",
  saves: ["x", "weight"],
  extras: 1, // each row's mean and inverse standard deviation, [rows, 2]
  forward(inputs, { epsilon }) {
    const { x, weight, bias } = inputs as Record<"x" | "weight" | "bias", tf.Tensor>;
    return computeForward(x as tf.Tensor2D, weight, bias, epsilon as number);
  },
  gradients(dy, saved, _attributes, takeSum) {
    const [x, weight, stats] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];
    // tfjs tidies up after each gradient: what they share is computed before.
    const computed = computeGradients(dy as tf.Tensor2D, x, weight, stats, takeSum);
    return {
      x: () => computed.x,
      weight: () => computed.weight,
      bias: () => computed.bias,
    };
  },
});

const forwardKernel = layerNormForward(false);
const backwardKernel = layerNormBackward({});
const addingKernel = layerNormBackward({ adds: true });

function computeForward(x: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor, epsilon: number) {
  const [rows, width] = x.shape;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const [y, stats] = [gpu.output([rows, width]), gpu.output([rows, 2])];
    gpu.run(forwardKernel, { x, weight, bias, y, stats }, { width, epsilon }, rows);
    return [y, stats];
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const mean = tf.mean(x, -1, true);
    const variance = tf.mean(tf.square(tf.sub(x, mean)), -1, true);
    const stats = tf.concat([mean, tf.rsqrt(tf.add(variance, epsilon))], 1) as tf.Tensor2D;
    return [tf.add(tf.mul(normalise(x, stats), weight), bias), stats];
  }
  const y = kernels.output([rows, width]);
  const stats = kernels.output([rows, 2]);
  const addresses = [x, weight, bias, y, stats].map(kernels.address);
  kernels.split("layerNormForward", [...addresses, width, epsilon], rows, rowGrain(width, 3));
  return [y, stats];
}

function normalise(x: tf.Tensor2D, stats: tf.Tensor2D): tf.Tensor2D {
  const [mean, inverseDeviation] = tf.split(stats, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return tf.mul(tf.sub(x, mean), inverseDeviation);
}

/** Rows whose share of the weight's gradient is summed by one thread. Fixed, so that the sums do not depend on the threads. */
const blockRows = 32;

function computeGradients(
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  stats: tf.Tensor2D,
  takeSum: TakeSum,
): { x: tf.Tensor; weight: tf.Tensor; bias: tf.Tensor } {
  const [rows, width] = x.shape;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const blocks = Math.ceil(rows / normBlockRows);
    const [dx, partials] = [gpu.output(x.shape), gpu.output([blocks, 2, width])];
    const others = takeSum("x");
    const tensors = { dy, x, weight, stats, dx, partials, ...(others && { others }) };
    gpu.run(others ? addingKernel : backwardKernel, tensors, { rows, width }, blocks);
    const [dWeight, dBias] = sumPartials(gpu, partials);
    return { x: dx, weight: dWeight, bias: dBias };
  }
  const kernels = cpuKernels();
  if (kernels === undefined) return computeCompositeGradients(dy, x, weight, stats);
  const blocks = Math.ceil(rows / blockRows);
  const [dx, dWeight, dBias] = [
    kernels.output([rows, width]),
    kernels.output([width]),
    kernels.output([width]),
  ];
  const partials = kernels.scratch("norm", blocks * 2 * width * 4);
  const addresses = [dy, x, weight, stats, dx].map(kernels.address);
  const args = [...addresses, partials, rows, width, blockRows];
  kernels.split("layerNormBackward", args, blocks, 1);
  for (const [gradient, offset] of [
    [dWeight, 0],
    [dBias, 4 * width],
  ] as const) {
    const sumArgs = [partials + offset, 2 * width, blocks, kernels.address(gradient)];
    kernels.call("sumBlocks", ...sumArgs, 0, width);
  }
  return { x: dx, weight: dWeight, bias: dBias };
}

/** The sums of two gradients' shares `[blocks, 2, width]`, which go. */
export function sumPartials(gpu: GpuKernels, partials: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const [blocks = 0, , width = 0] = partials.shape;
  const [first, second]: [tf.Tensor, tf.Tensor] = [gpu.output([width]), gpu.output([width])];
  const groups = Math.ceil((2 * width) / lanes);
  gpu.run(sumBlockPairs, { partials, first, second }, { blocks, width }, groups);
  partials.dispose();
  return [first, second];
}

function computeCompositeGradients(
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  stats: tf.Tensor2D,
) {
  const normalised = normalise(x, stats);
  const dNormalised = tf.mul(dy, weight);
  const along = tf.mean(tf.mul(dNormalised, normalised), -1, true);
  const offMean = tf.sub(dNormalised, tf.mean(dNormalised, -1, true));
  const inverseDeviation = tf.slice(stats, [0, 1], [-1, 1]);
  return {
    x: tf.mul(tf.sub(offMean, tf.mul(normalised, along)), inverseDeviation),
    weight: sumRows(tf.mul(dy, normalised)),
    bias: sumRows(dy),
  };
}
