// The RMS norm of each head of queries and keys before they meet (Dehghani et al. 2023, https://arxiv.org/abs/2302.05442), as Qwen 3 and
// Gemma 3 have it. On webgpu, where queries, keys and values lie side by side, it is one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import type { Projections } from "../attention/attention.ts";
import { sumPartials } from "../layer-norm/layer-norm.ts";
import { normBlockRows } from "../layer-norm/norm.wgsl.ts";
import { headNormBackward, headNormForward } from "./head-norm.wgsl.ts";
import { rmsNorm } from "./rms-norm.ts";

interface HeadNorm {
  readonly heads: number;
  readonly keyHeads: number;
  readonly epsilon: number;
  /** Added to the weights. */
  readonly offset: number;
}

/** Projections with each head of queries and keys divided by its root mean square, times the weights `[dim]`. Values stay. */
export function headNorm(
  projections: Projections,
  weights: { readonly query: tf.Tensor1D; readonly key: tf.Tensor1D },
  { heads, keyHeads, epsilon, offset }: HeadNorm,
): Projections {
  if (projections instanceof tf.Tensor) {
    const numbers = { dim: weights.query.size, heads, key_heads: keyHeads, epsilon, offset };
    return headNormOp({ x: projections, ...weights }, numbers) as tf.Tensor2D;
  }
  const [queries, keys, values] = projections;
  const normed = (x: tf.Tensor2D, weight: tf.Tensor1D) => {
    const apart = tf.reshape(x, [-1, weight.size]) as tf.Tensor2D;
    return tf.reshape(rmsNorm(apart, weight, epsilon, { offset }), x.shape) as tf.Tensor2D;
  };
  return [normed(queries, weights.query), normed(keys, weights.key), values];
}

type Numbers = Readonly<Record<"dim" | "heads" | "key_heads" | "epsilon" | "offset", number>>;

const headNormOp = defineOp({
  name: "StudioHeadNorm",
  saves: ["x", "query", "key"],
  extras: 1, // one over each head's root mean square, [rows, heads + keyHeads]
  forward({ x, query, key }, attributes) {
    const gpu = gpuKernels() as GpuKernels;
    const numbers = attributes as Numbers;
    const [rows] = (x as tf.Tensor2D).shape;
    const normed = numbers.heads + numbers.key_heads;
    const [y, inverses] = [gpu.output((x as tf.Tensor2D).shape), gpu.output([rows, normed])];
    const tensors = { x: x as tf.Tensor, ...named(query, key), y, inverses };
    gpu.run(headNormForward, tensors, numbers, rows * (normed + numbers.key_heads));
    return [y, inverses];
  },
  gradients(dy, saved, attributes) {
    const gpu = gpuKernels() as GpuKernels;
    const [x, query, key, inverses] = saved as [tf.Tensor2D, tf.Tensor, tf.Tensor, tf.Tensor];
    const numbers = attributes as Numbers;
    const [rows] = x.shape;
    const blocks = Math.ceil(rows / normBlockRows) * numbers.key_heads;
    const dx: tf.Tensor = gpu.output(x.shape);
    const partials = gpu.output([blocks, 2, numbers.dim]);
    const tensors = { dy, x, ...named(query, key), inverses, dx, partials };
    gpu.run(headNormBackward, tensors, { ...numbers, rows }, blocks);
    const [dQuery, dKey] = sumPartials(gpu, partials);
    return { x: () => dx, query: () => dQuery, key: () => dKey };
  },
});

const named = (query: tf.Tensor | undefined, key: tf.Tensor | undefined) => ({
  query_weight: query as tf.Tensor,
  key_weight: key as tf.Tensor,
});
