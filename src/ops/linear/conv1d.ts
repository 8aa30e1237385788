// The same product as linear.ts for a weight that lies the other way round, `[in, out]`: GPT-2's Conv1D.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { gemm, heapMatrix } from "../../engine/cpu/gemm.ts";
import { defineOp, gradientsTogether } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";
import { gpuLinear, gpuLinearInput, gpuLinearWeights } from "./linear.wgsl.ts";

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
  return conv1dOp(inputs, { hasBias: bias !== undefined }) as tf.Tensor2D;
}

const conv1dOp = defineOp({
  name: "StudioConv1d",
  saves: ["x", "weight"],
  forward: (inputs) => product(inputs),
  gradients(dy, saved, { hasBias }, takeSum) {
    const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const upstream = dy as tf.Tensor2D;
      return {
        x: () => gpuLinearInput(gpu, upstream, [weight], { sum: takeSum("x"), flipped: true }),
        residual: () => tf.clone(dy),
        ...gradientsTogether(hasBias === true ? ["weight", "bias"] : ["weight"], () => {
          const sizes = [upstream.shape[1]];
          const found = gpuLinearWeights(gpu, upstream, x, sizes, hasBias === true, {
            flipped: true,
          });
          return { weight: found.weights[0] as tf.Tensor, bias: found.biases[0] as tf.Tensor };
        }),
      };
    }
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
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const parts = { weights: [weight], biases: bias === undefined ? [] : [bias], flipped: true };
    return gpuLinear(gpu, x, parts, residual && { residual });
  }
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
