// The same product as linear.ts for a weight that lies the other way round, `[in, out]`: GPT-2's Conv1D.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { gemm, heapMatrix } from "../../engine/cpu/gemm.ts";
import { defineOp } from "../../engine/define-op.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";

/** x `[rows, in]`, weight `[in, out]`, bias `[out]` and a residual `[rows, out]` that is added last give `[rows, out]`. */
export function conv1d(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const inputs: Record<string, tf.Tensor> = { x, weight };
  if (bias !== undefined) inputs.bias = bias;
  if (residual !== undefined) inputs.residual = residual;
  return conv1dOp(inputs) as tf.Tensor2D;
}

const conv1dOp = defineOp({
  name: "StudioConv1d",
  saves: ["x", "weight"],
  forward: (inputs) => product(inputs),
  gradients(dy, saved) {
    const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
    const isHeap = cpuKernels() !== undefined;
    // On wasm tf.matMul reads a transposed operand as it lies; elsewhere its flags take slow paths.
    return {
      x: () =>
        isHeap
          ? tf.matMul(dy, weight, false, true)
          : tf.transpose(tf.matMul(weight, tf.transpose(dy))),
      weight: () => (isHeap ? tf.matMul(x, dy, true, false) : tf.matMul(tf.transpose(x), dy)),
      bias: () => sumRows(dy as tf.Tensor2D),
      residual: () => tf.clone(dy),
    };
  },
});

function product(inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor2D {
  const { bias, residual } = inputs;
  const [x, weight] = [inputs.x as tf.Tensor2D, inputs.weight as tf.Tensor2D];
  const kernels = cpuKernels();
  if (kernels === undefined) {
    let y: tf.Tensor2D = tf.matMul(x, weight);
    if (bias !== undefined) y = tf.add(y, bias);
    return residual === undefined ? y : tf.add(y, residual);
  }
  const [rows, inSize] = x.shape;
  const outSize = weight.shape[1];
  const y = kernels.output<tf.Rank.R2>([rows, outSize]);
  gemm(
    kernels,
    heapMatrix(kernels.address(x), inSize),
    heapMatrix(kernels.address(weight), outSize),
    kernels.address(y),
    [rows, outSize, inSize],
    {
      ...(bias === undefined ? {} : { bias: kernels.address(bias) }),
      ...(residual === undefined ? {} : { residual: kernels.address(residual) }),
    },
  );
  return y;
}
