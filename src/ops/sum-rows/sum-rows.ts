// The sum over the rows of a matrix: our own kernel on wasm, else a product with a row of ones. tf.sum over axis 0 transposes
// the whole matrix first on wasm, which takes about 30 times as long.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";

/** float32 `[rows, columns]` to `[columns]`. */
export function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  return sumRowsOp({ x }) as tf.Tensor1D;
}

const sumRowsOp = defineOp({
  name: "StudioSumRows",
  saves: ["x"],
  forward({ x }) {
    const [rows, columns] = (x as tf.Tensor2D).shape;
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
