// Attention by the WGSL kernels: which variant, which buffers, how many workgroups.
import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { dropThreshold, keptScale } from "../dropout/dropout-mask.ts";
import { lanes, oncePerVariant } from "../wgsl.ts";
import type { AttentionInputs, AttentionShape } from "./attention.ts";
import {
  attentionForward,
  attentionKeyGradient,
  attentionQueryGradient,
} from "./attention.wgsl.ts";
import type { TokenRows } from "./token-rows.ts";

/** Beyond it an invocation cannot hold its query. */
const widestHead = 256;

/** What decides how many buffers a kernel binds. */
interface Kinds {
  readonly isFused: boolean;
  readonly drops: boolean;
  readonly turns: boolean;
}

/** True where the kernels take it: every place of the batch is a row. */
export const isForGpu = (
  kernels: GpuKernels,
  { tokenPositions }: TokenRows,
  { dim }: Pick<AttentionShape, "dim">,
  { isFused, drops, turns }: Kinds,
): boolean =>
  tokenPositions === undefined &&
  dim <= widestHead &&
  // The gradient of the keys binds the most.
  kernels.mostBuffers >= (isFused ? 6 : 9) + Number(drops) + Number(turns);

const forwardOf = oncePerVariant(attentionForward);
const queryGradientOf = oncePerVariant(attentionQueryGradient);
const keyGradientOf = oncePerVariant(attentionKeyGradient);

const variantOf = (
  { projections, table }: AttentionInputs,
  { dim, causal, window, rate }: AttentionShape,
) => ({
  ...{ dim, causal, windowed: causal && window > 0, dropout: rate > 0 },
  ...{ isFused: projections.length === 1, turns: table !== undefined },
});

/** The output and the logarithms of the softmax's sums `[heads, rows]`. */
export function gpuAttention(
  kernels: GpuKernels,
  inputs: AttentionInputs,
  shape: AttentionShape,
): tf.Tensor[] {
  const { heads, dim } = shape;
  const { texts, blocks, seq } = sizesOf(inputs);
  const out = kernels.output([texts * seq, heads * dim]);
  const sums = kernels.output([heads, texts * seq]);
  kernels.run(
    forwardOf(variantOf(inputs, shape)),
    { ...tensorsOf(inputs), out, sums },
    paramsOf(inputs, shape),
    texts * heads * blocks,
  );
  return [out, sums];
}

/** The gradients of the projections. */
export function gpuAttentionGradients(
  kernels: GpuKernels,
  dy: tf.Tensor2D,
  inputs: AttentionInputs,
  out: tf.Tensor2D,
  sums: tf.Tensor2D,
  shape: AttentionShape,
): tf.Tensor[] {
  const { heads, keyHeads } = shape;
  const { texts, blocks } = sizesOf(inputs);
  const gradients = inputs.projections.map((input) => kernels.output<tf.Rank.R2>(input.shape));
  const tensors = { ...tensorsOf(inputs), out, sums, dy };
  const params = paramsOf(inputs, shape);
  const variant = variantOf(inputs, shape);
  const [first, second, third] = gradients;
  const targets: Record<string, tf.Tensor> =
    second === undefined || third === undefined
      ? { gradient: first as tf.Tensor }
      : { d_query: first as tf.Tensor, d_key: second, d_value: third };
  kernels.run(queryGradientOf(variant), { ...tensors, ...targets }, params, texts * heads * blocks);
  kernels.run(
    keyGradientOf(variant),
    { ...tensors, ...targets },
    params,
    texts * keyHeads * blocks,
  );
  return gradients;
}

function sizesOf({ tokens }: AttentionInputs) {
  const [texts, seq] = tokens.attentionMask.shape;
  return { texts, seq, blocks: Math.ceil(seq / lanes) };
}

function tensorsOf({
  projections,
  tokens,
  keys,
  table,
}: AttentionInputs): Record<string, tf.Tensor> {
  const [first, second, third] = projections;
  const sources: Record<string, tf.Tensor> =
    second === undefined || third === undefined
      ? { fused: first as tf.Tensor }
      : { query: first as tf.Tensor, key: second, value: third };
  return { ...sources, mask: tokens.attentionMask, ...(keys && { keys }), ...(table && { table }) };
}

function paramsOf(inputs: AttentionInputs, shape: AttentionShape): Record<string, number> {
  const { heads, keyHeads, dim, window, scale, rate, slot } = shape;
  const isFused = inputs.projections.length === 1;
  const [queries, keys] = [heads * dim, keyHeads * dim];
  const stride = queries + 2 * keys;
  return {
    ...sizesOf(inputs),
    ...{ heads, key_heads: keyHeads, scale, slot, window },
    ...{ query_stride: isFused ? stride : queries, key_stride: isFused ? stride : keys },
    ...{ query_start: 0, key_start: isFused ? queries : 0 },
    value_start: isFused ? queries + keys : 0,
    threshold: dropThreshold(rate),
    kept_scale: keptScale(rate),
  };
}
