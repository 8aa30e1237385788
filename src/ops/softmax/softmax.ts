// Softmax over the last axis, with its gradient from the result. On wasm and webgpu it is one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { rowGrain } from "../grain.ts";
import { softmaxBackward, softmaxForward } from "./softmax.wgsl.ts";

/** Softmax of each row of x `[rows, width]`. */
export function softmax(x: tf.Tensor2D): tf.Tensor2D {
  return softmaxOp({ x }) as tf.Tensor2D;
}

const softmaxOp = defineOp({
  name: "StudioSoftmax",
  saves: [],
  savesOutput: true,
  forward(inputs) {
    const x = inputs.x as tf.Tensor2D;
    const [rows, width] = x.shape;
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const y = gpu.output(x.shape);
      gpu.run(softmaxForward, { x, y }, { width }, rows);
      return y;
    }
    const kernels = cpuKernels();
    if (kernels === undefined) return tf.softmax(x);
    const y = kernels.output(x.shape);
    const args = [kernels.address(x), kernels.address(y), width];
    kernels.split("softmaxForward", args, rows, rowGrain(width, 4));
    return y;
  },
  gradients: (dy, [y]) => ({ x: () => computeGradient(dy as tf.Tensor2D, y as tf.Tensor2D) }),
});

function computeGradient(dy: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor {
  const [rows, width] = y.shape;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const dx: tf.Tensor = gpu.output(y.shape);
    gpu.run(softmaxBackward, { dy, y, dx }, { width }, rows);
    return dx;
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.mul(y, tf.sub(dy, tf.sum(tf.mul(y, dy), -1, true)));
  }
  const dx = kernels.output(y.shape);
  const args = [...[dy, y, dx].map(kernels.address), width];
  kernels.split("softmaxBackward", args, rows, rowGrain(width, 2));
  return dx;
}
