// Dropout (Srivastava et al. 2014) whose mask is drawn again in the backward pass. The same key gives the same mask on every back
// end: on wasm and webgpu a kernel draws it, elsewhere it is drawn here and uploaded.
import * as tf from "@tensorflow/tfjs-core";
import { stepKey } from "../../engine/capture/step-inputs.ts";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { elementBlocks } from "../grain.ts";
import { runElementwise } from "../wgsl.ts";
import { dropoutAddKernel, dropoutKernel, uniformNoiseKernel } from "./dropout.wgsl.ts";
import {
  type DropoutKey,
  drawBits,
  dropoutFactors,
  dropThreshold,
  keptScale,
} from "./dropout-mask.ts";

/** Sets a share `rate` (0 to 1) of the elements of x to 0 and divides the others by `1 - rate`. Any shape. */
export function dropout<Kind extends tf.Tensor>(x: Kind, rate: number, key: DropoutKey): Kind {
  if (rate === 0) return x;
  if (gpuKernels() !== undefined) {
    return tf.tidy(() => {
      const { keys, slot } = stepKey(key);
      return keyedDropoutOp({ x, keys }, { rate, slot }) as Kind;
    });
  }
  return dropoutOp({ x }, { rate, key0: key[0], key1: key[1] }) as Kind;
}

/** `residual + dropout(x)`; on webgpu one kernel. */
export function dropoutAdd(
  x: tf.Tensor2D,
  residual: tf.Tensor2D,
  rate: number,
  key: DropoutKey,
): tf.Tensor2D {
  if (rate === 0 || gpuKernels() === undefined) return tf.add(dropout(x, rate, key), residual);
  return tf.tidy(() => {
    const { keys, slot } = stepKey(key);
    return dropoutAddOp({ x, residual, keys }, { rate, slot }) as tf.Tensor2D;
  });
}

/** Adds noise to x, uniform between `-reach` and `reach`. The noise is a constant for the gradient. */
export function addUniformNoise(x: tf.Tensor2D, reach: number, key: DropoutKey): tf.Tensor2D {
  if (gpuKernels() === undefined) {
    const values = Float32Array.from(
      { length: x.size },
      (_, index) => (drawBits(index, key[0], key[1]) / 2 ** 31 - 1) * reach,
    );
    return tf.add(x, tf.tensor2d(values, x.shape));
  }
  return tf.tidy(() => {
    const { keys, slot } = stepKey(key);
    return uniformNoiseOp({ x, keys }, { reach, slot }) as tf.Tensor2D;
  });
}

const uniformNoiseOp = defineOp({
  name: "StudioUniformNoise",
  saves: [],
  forward({ x, keys }, { reach, slot }) {
    const gpu = gpuKernels() as GpuKernels;
    const y = gpu.output((x as tf.Tensor).shape);
    const numbers = { reach: reach as number, slot: slot as number };
    runElementwise(gpu, uniformNoiseKernel, { x, keys, y } as Tensors, y.size, numbers);
    return y;
  },
  gradients: (dy) => ({ x: () => tf.clone(dy) }),
});

type Tensors = Readonly<Record<string, tf.Tensor>>;

const keyedDropoutOp = defineOp({
  name: "StudioKeyedDropout",
  saves: ["keys"],
  forward: ({ x, keys }, attributes) => dropKeyed(x as tf.Tensor, keys as tf.Tensor, attributes),
  gradients: (dy, [keys], attributes) => ({
    x: () => dropKeyed(dy, keys as tf.Tensor, attributes),
  }),
});

const dropoutAddOp = defineOp({
  name: "StudioDropoutAdd",
  saves: ["keys"],
  forward({ x, residual, keys }, attributes) {
    const { rate, slot } = attributes as { rate: number; slot: number };
    const gpu = gpuKernels() as GpuKernels;
    const y: tf.Tensor = gpu.output((x as tf.Tensor).shape);
    const numbers = { slot, threshold: dropThreshold(rate), scale: keptScale(rate) };
    runElementwise(gpu, dropoutAddKernel, { x, residual, keys, y } as Tensors, y.size, numbers);
    return y;
  },
  gradients: (dy, [keys], attributes) => ({
    x: () => dropKeyed(dy, keys as tf.Tensor, attributes),
    residual: () => tf.clone(dy),
  }),
});

function dropKeyed(
  x: tf.Tensor,
  keys: tf.Tensor,
  attributes: Readonly<Record<string, unknown>>,
): tf.Tensor {
  const { rate, slot } = attributes as { rate: number; slot: number };
  const gpu = gpuKernels() as GpuKernels;
  const y: tf.Tensor = gpu.output(x.shape);
  const numbers = { slot, threshold: dropThreshold(rate), scale: keptScale(rate) };
  runElementwise(gpu, dropoutKernel, { x, keys, y }, x.size, numbers);
  return y;
}

const dropoutOp = defineOp({
  name: "StudioDropout",
  saves: [],
  forward: ({ x }, attributes) => drop(x as tf.Tensor, attributes),
  gradients: (dy, _saved, attributes) => ({ x: () => drop(dy, attributes) }),
});

function drop(x: tf.Tensor, attributes: Readonly<Record<string, unknown>>): tf.Tensor {
  const { rate, key0, key1 } = attributes as { rate: number; key0: number; key1: number };
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.mul(x, tf.tensor(dropoutFactors(x.size, rate, [key0, key1]), x.shape));
  }
  const y = kernels.output(x.shape);
  kernels.split(
    "dropout",
    [...[x, y].map(kernels.address), x.size, dropThreshold(rate), keptScale(rate), key0, key1],
    ...elementBlocks(x.size),
  );
  return y;
}
