// x · Wᵀ + b, with an activation and a residual where the model has them, and its gradient. On wasm it is one product of our own
// kernel that does the rest before a result leaves the cache. Elsewhere it transposes activations explicitly and never the
// weight: tfjs's transpose flags take slow paths on webgpu, and the weight is the largest matrix of the three.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { gemm, heapMatrix } from "../../engine/cpu/gemm.ts";
import { defineOp } from "../../engine/define-op.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";

export interface LinearOptions {
  /** Applied after the bias. */
  readonly activation?: "relu";
  /** Added last: `[rows, out]`. */
  readonly residual?: tf.Tensor2D;
}

/** x `[rows, in]`, weight `[out, in]` and bias `[out]` give `[rows, out]`. A frozen input's gradient is not computed. */
export function linear(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
  { activation, residual }: LinearOptions = {},
): tf.Tensor2D {
  // The activation's gradient is read off the output, to which nothing may have been added then.
  if (activation !== undefined && residual !== undefined) {
    return tf.add(linear(x, weight, bias, { activation }), residual);
  }
  const inputs: Record<string, tf.Tensor> = { x, weight };
  if (bias !== undefined) inputs.bias = bias;
  if (residual !== undefined) inputs.residual = residual;
  return (activation === "relu" ? reluLinear(inputs) : plainLinear(inputs)) as tf.Tensor2D;
}

interface LinearInputs {
  readonly x: tf.Tensor2D;
  readonly weight: tf.Tensor2D;
  readonly bias?: tf.Tensor1D;
  readonly residual?: tf.Tensor2D;
}

const plainLinear = defineOp({
  name: "StudioLinear",
  saves: ["x", "weight"],
  forward: (inputs) => product(inputs as unknown as LinearInputs),
  gradients: (dy, [x, weight]) =>
    gradients(dy as tf.Tensor2D, x as tf.Tensor2D, weight as tf.Tensor2D),
});

const reluLinear = defineOp({
  name: "StudioLinearRelu",
  saves: ["x", "weight"],
  savesOutput: true,
  forward: (inputs) => product(inputs as unknown as LinearInputs, "relu"),
  gradients: (dy, [x, weight, y]) =>
    gradients(
      tf.mul(dy, tf.step(y as tf.Tensor2D)) as tf.Tensor2D,
      x as tf.Tensor2D,
      weight as tf.Tensor2D,
    ),
});

function product(inputs: LinearInputs, activation?: "relu"): tf.Tensor2D {
  const { x, weight, bias, residual } = inputs;
  const kernels = cpuKernels();
  if (kernels === undefined) {
    let y: tf.Tensor2D = tf.transpose(tf.matMul(weight, tf.transpose(x)));
    if (bias !== undefined) y = tf.add(y, bias);
    if (activation === "relu") y = tf.relu(y);
    return residual === undefined ? y : tf.add(y, residual);
  }
  const [rows, inSize] = x.shape;
  const [outSize] = weight.shape;
  const y = kernels.output<tf.Rank.R2>([rows, outSize]);
  gemm(
    kernels,
    heapMatrix(kernels.address(x), inSize),
    heapMatrix(kernels.address(weight), inSize, true),
    kernels.address(y),
    [rows, outSize, inSize],
    {
      ...(bias === undefined ? {} : { bias: kernels.address(bias) }),
      ...(activation === undefined ? {} : { activation }),
      ...(residual === undefined ? {} : { residual: kernels.address(residual) }),
    },
  );
  return y;
}

/** `dy` is the gradient of what left the product, before an activation. */
function gradients(dy: tf.Tensor2D, x: tf.Tensor2D, weight: tf.Tensor2D) {
  return {
    x: () => tf.matMul(dy, weight),
    // On wasm tf.matMul reads a transposed operand as it lies.
    weight: () =>
      cpuKernels() === undefined ? tf.matMul(tf.transpose(dy), x) : tf.matMul(dy, x, true, false),
    bias: () => sumRows(dy),
    residual: () => tf.clone(dy),
  };
}
