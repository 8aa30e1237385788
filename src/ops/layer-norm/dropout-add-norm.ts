// Dropout, the sum with a residual and the layer norm of it, as one operation: how a layer of BERT ends each of its parts.
import * as tf from "@tensorflow/tfjs-core";
import { stepKey } from "../../engine/capture/step-inputs.ts";
import { defineOp } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { dropoutAdd } from "../dropout/dropout.ts";
import { type DropoutKey, dropThreshold, keptScale } from "../dropout/dropout-mask.ts";
import { layerNorm, sumPartials } from "./layer-norm.ts";
import { layerNormBackward, layerNormForward, normBlockRows } from "./norm.wgsl.ts";

/** A layer norm's parameters and what it adds to the variance. */
export interface LayerNormParameters {
  readonly weight: tf.Tensor1D;
  readonly bias: tf.Tensor1D;
  readonly epsilon: number;
}

/** `layerNorm(residual + dropout(x))` of `[rows, width]`. On webgpu it is one kernel each way. */
export function dropoutAddNorm(
  x: tf.Tensor2D,
  residual: tf.Tensor2D,
  { weight, bias, epsilon }: LayerNormParameters,
  { rate, key }: { readonly rate: number; readonly key: DropoutKey },
): tf.Tensor2D {
  if (rate === 0 || gpuKernels() === undefined) {
    return layerNorm(dropoutAdd(x, residual, rate, key), weight, bias, epsilon);
  }
  return tf.tidy(() => {
    const { keys, slot } = stepKey(key);
    const inputs = { x, residual, weight, bias, keys };
    return dropoutAddNormOp(inputs, { epsilon, rate, slot }) as tf.Tensor2D;
  });
}

interface Attributes {
  readonly epsilon: number;
  readonly rate: number;
  readonly slot: number;
}

const dropOf = ({ rate, slot }: Attributes) => ({
  ...{ slot, threshold: dropThreshold(rate), scale: keptScale(rate) },
});

const forwardKernel = layerNormForward(true);
const backwardKernel = layerNormBackward({ drops: true });

const dropoutAddNormOp = defineOp({
  name: "StudioDropoutAddNorm",
  saves: ["weight", "keys"],
  extras: 2, // the sum, and each row's mean and inverse standard deviation, [rows, 2]
  forward(inputs, attributes) {
    const own = attributes as unknown as Attributes;
    const gpu = gpuKernels() as GpuKernels;
    const [rows, width] = (inputs.x as tf.Tensor2D).shape;
    const [y, sum] = [gpu.output([rows, width]), gpu.output([rows, width])];
    const stats = gpu.output([rows, 2]);
    const numbers = { width, epsilon: own.epsilon, ...dropOf(own) };
    gpu.run(forwardKernel, { ...inputs, y, sum, stats }, numbers, rows);
    return [y, sum, stats];
  },
  gradients(dy, saved, attributes) {
    const gpu = gpuKernels() as GpuKernels;
    const [weight, keys, x, stats] = saved as [tf.Tensor1D, tf.Tensor, tf.Tensor2D, tf.Tensor2D];
    const [rows, width] = x.shape;
    const blocks = Math.ceil(rows / normBlockRows);
    const [dx, dropped]: [tf.Tensor, tf.Tensor] = [gpu.output(x.shape), gpu.output(x.shape)];
    const partials = gpu.output([blocks, 2, width]);
    const tensors = { dy, x, weight, stats, keys, dx, d_dropped: dropped, partials };
    const numbers = { rows, width, ...dropOf(attributes as unknown as Attributes) };
    gpu.run(backwardKernel, tensors, numbers, blocks);
    const [dWeight, dBias] = sumPartials(gpu, partials);
    return {
      x: () => dropped,
      residual: () => dx,
      weight: () => dWeight,
      bias: () => dBias,
    };
  },
});
