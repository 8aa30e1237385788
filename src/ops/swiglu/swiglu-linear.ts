// SwiGLU and the product after it in one, for a GPU: what lies between them is not kept for the way back, but computed again.
import type * as tf from "@tensorflow/tfjs-core";
import { clone } from "@tensorflow/tfjs-core";
import { defineOp } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { gpuLinear, gpuLinearInput, gpuLinearWeights } from "../linear/linear.wgsl.ts";
import { runElementwise } from "../wgsl.ts";
import { swigluBackwardSide, swigluForwardSide } from "./swiglu.wgsl.ts";

/** `swiglu(gate, up) · weightᵀ + residual`; `both` is gate and up side by side, `[rows, 2 * inner]`. On webgpu alone. */
export function swigluLinear(
  both: tf.Tensor2D,
  weight: tf.Tensor2D,
  residual: tf.Tensor2D,
): tf.Tensor2D {
  return swigluLinearOp({ both, weight, residual }) as tf.Tensor2D;
}

const swigluLinearOp = defineOp({
  name: "StudioSwigluLinear",
  saves: ["both", "weight"],
  forward(inputs) {
    const gpu = gpuKernels() as GpuKernels;
    const { both, weight, residual } = inputs as Record<string, tf.Tensor2D>;
    const product = multiply(gpu, both as tf.Tensor2D);
    const parts = { weights: [weight as tf.Tensor2D], biases: [] };
    return gpuLinear(gpu, product, parts, { residual: residual as tf.Tensor2D });
  },
  gradients(dy, saved) {
    const gpu = gpuKernels() as GpuKernels;
    const [both, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
    const inner = both.shape[1] / 2;
    return {
      both() {
        const dProduct = gpuLinearInput(gpu, dy as tf.Tensor2D, [weight]);
        const dBoth: tf.Tensor = gpu.output(both.shape);
        const tensors = { dy: dProduct, both, d_both: dBoth };
        runElementwise(gpu, swigluBackwardSide, tensors, dProduct.size, { inner });
        return dBoth;
      },
      weight() {
        const product = multiply(gpu, both);
        const sizes = [weight.shape[0]];
        return gpuLinearWeights(gpu, dy as tf.Tensor2D, product, sizes, false)
          .weights[0] as tf.Tensor;
      },
      residual: () => clone(dy),
    };
  },
});

function multiply(gpu: GpuKernels, both: tf.Tensor2D): tf.Tensor2D {
  const [rows, width] = both.shape;
  const y = gpu.output<tf.Rank.R2>([rows, width / 2]);
  runElementwise(gpu, swigluForwardSide, { both, y }, y.size, { inner: width / 2 });
  return y;
}
