// The sum over the rows of a matrix: our own kernel on wasm and webgpu, else a product with a row of ones. tf.sum over axis 0 transposes
// the whole matrix first on wasm, which takes about 30 times as long.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { sumRowsKernel } from "../layer-norm/norm.wgsl.ts";
import { lanes } from "../wgsl.ts";

/** float32 `[rows, columns]` to `[columns]`. */
export function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  return sumRowsOp({ x }) as tf.Tensor1D;
}

const sumRowsOp = defineOp({
  name: "StudioSumRows",
  saves: ["x"],
  forward({ x }) {
    const [rows, columns] = (x as tf.Tensor2D).shape;
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const sums = gpu.output([columns]);
      const groups = Math.ceil(columns / lanes);
      gpu.run(sumRowsKernel, { x: x as tf.Tensor, sums }, { rows, width: columns }, groups);
      return sums;
    }
    const kernels = cpuKernels();
    if (kernels === undefined) {
      return tf.reshape(tf.matMul(tf.fill([1, rows], 1), x as tf.Tensor2D), [columns]);
    }
    const sums = kernels.output([columns]);
    const grain = Math.max(8, Math.ceil(20_000 / rows / 8) * 8);
    const args = [kernels.address(x as tf.Tensor), rows, columns, kernels.address(sums)];
    kernels.split("sumRows", args, columns, grain);
    return sums;
  },
  gradients: (dy, [x]) => ({ x: () => tf.broadcastTo(dy, (x as tf.Tensor).shape) }),
});
