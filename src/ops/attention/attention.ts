// Scaled dot-product attention within each text of a batch, for padded rows and for rows without padding. On wasm, and on webgpu for
// padded rows (gpu-attention.ts), kernels work through blocks of queries and keys and compute only what a text may see; elsewhere it
// is a composite of tfjs operations. None keeps a matrix of scores: the gradients compute them again.
import * as tf from "@tensorflow/tfjs-core";
import { stepKey } from "../../engine/capture/step-inputs.ts";
import { type CpuKernels, cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { StudioError } from "../../lib/errors.ts";
import { type DropoutKey, dropThreshold, keptScale } from "../dropout/dropout-mask.ts";
import { rope, ropeTable, type Turn } from "../rope/rope.ts";
import { compositeGradients, compositeOutput } from "./composite.ts";
import { gpuAttention, gpuAttentionGradients, isForGpu } from "./gpu-attention.ts";
import { findHeapTokens, type TokenRows } from "./token-rows.ts";

export interface AttentionOptions {
  readonly heads: number;
  /** Heads of keys and values, where several heads of queries share one. */
  readonly keyHeads?: number;
  /** A token sees no later one. */
  readonly causal?: boolean;
  /** A causal token sees itself and the `window - 1` tokens before it; absent for all of them. */
  readonly window?: number | undefined;
  /** What the scores are multiplied by; one over the root of the head's width where it is not given. */
  readonly scale?: number | undefined;
  /**
   * Turns queries and keys by their positions first. Where every place of the batch is a row, a row's position must be its place in
   * the text: on webgpu the kernels then turn what they read.
   */
  readonly turn?: Turn | undefined;
  /** Drops a share `rate` of the weights. */
  readonly dropout?: { readonly rate: number; readonly key: DropoutKey } | undefined;
}

/** Queries, keys and values: `[rows, heads * dim]`, `[rows, keyHeads * dim]` twice; or the three side by side in one tensor. */
export type Projections = tf.Tensor2D | readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/**
 * Attention of each token to the tokens of its text.
 * @param tokens which rows are tokens of which text. No row attends to padding, and a row that sees no token gives zeros.
 * @returns `[rows, heads * dim]`, the heads side by side.
 */
export function attention(
  projections: Projections,
  tokens: TokenRows,
  options: AttentionOptions,
): tf.Tensor2D {
  const { heads, keyHeads = heads, causal = false, window = 0, dropout, turn } = options;
  const isFused = projections instanceof tf.Tensor;
  const width = isFused ? projections.shape[1] : projections[0].shape[1];
  const dim = isFused ? width / (heads + 2 * keyHeads) : width / heads;
  if (!Number.isInteger(dim) || !Number.isInteger(heads / keyHeads)) {
    throw new StudioError(
      `${heads} heads of queries and ${keyHeads} of keys do not divide a width of ${width}.`,
    );
  }
  const { scale = 1 / Math.sqrt(dim) } = options;
  const shape = {
    ...{ heads, keyHeads, dim, causal, window, scale, rate: dropout?.rate ?? 0 },
    ...{ key0: dropout?.key[0] ?? 0, key1: dropout?.key[1] ?? 0, slot: 0 },
  };
  const gpu = gpuKernels();
  const isGpus = (turns: boolean) =>
    gpu !== undefined &&
    isForGpu(gpu, tokens, shape, { isFused, drops: dropout !== undefined, turns });
  return tf.tidy(() => {
    const own: { table?: tf.Tensor; keys?: tf.Tensor } = {};
    let placed = projections;
    let slot = 0;
    if (turn !== undefined) {
      if (gpu !== undefined && isGpus(true)) own.table = ropeTable(gpu, turn);
      else placed = turnProjections(projections, shape, turn);
    }
    if (dropout !== undefined && isGpus(own.table !== undefined)) {
      ({ keys: own.keys, slot } = stepKey(dropout.key));
    }
    return run({ ...nameInputs(placed, tokens), ...own }, { ...shape, slot });
  });
}

/** Turns queries and keys before the attention. */
export function turnProjections(
  projections: Projections,
  { heads, keyHeads, dim }: Pick<AttentionShape, "heads" | "keyHeads" | "dim">,
  turn: Turn,
): Projections {
  if (projections instanceof tf.Tensor) {
    return rope(projections, turn, { heads: heads + keyHeads, rest: keyHeads * dim });
  }
  const [queries, keys, values] = projections;
  return [rope(queries, turn, { heads }), rope(keys, turn, { heads: keyHeads }), values];
}

function nameInputs(projections: Projections, tokens: TokenRows): Record<string, tf.Tensor> {
  const { attentionMask: mask, tokenPositions } = tokens;
  const positions = tokenPositions && { positions: tokenPositions };
  if (projections instanceof tf.Tensor) return { fused: projections, mask, ...positions };
  const [query, key, value] = projections;
  return { query, key, value, mask, ...positions };
}

/** An operation for each set of inputs. */
const operations = new Map<string, ReturnType<typeof define>>();

function run(inputs: Record<string, tf.Tensor>, shape: AttentionShape): tf.Tensor2D {
  const names = Object.keys(inputs);
  const name = `StudioAttention ${names}`;
  const operation = operations.get(name) ?? define(name, names);
  operations.set(name, operation);
  return operation(inputs, { ...shape }) as tf.Tensor2D;
}

/** The sizes and switches of one call. */
export interface AttentionShape {
  readonly heads: number;
  readonly keyHeads: number;
  readonly dim: number;
  readonly causal: boolean;
  /** 0 for none. */
  readonly window: number;
  readonly scale: number;
  /** Dropout, 0 for none. */
  readonly rate: number;
  readonly key0: number;
  readonly key1: number;
  /** Row of `keys` on webgpu. */
  readonly slot: number;
}

/** The tensors of one call. */
export interface AttentionInputs {
  /** Queries, keys and values, or one with the three side by side. */
  readonly projections: readonly tf.Tensor2D[];
  readonly tokens: TokenRows;
  /** Keys of the dropout, on webgpu. */
  readonly keys?: tf.Tensor;
  /** Cosines and sines of each place, on webgpu: `[length, dim]`. */
  readonly table?: tf.Tensor;
}
type Inputs = AttentionInputs;

function define(name: string, names: readonly string[]) {
  const projectionNames = names.filter(
    (input) => !["mask", "positions", "keys", "table"].includes(input),
  );
  const read = (inputs: Readonly<Record<string, tf.Tensor>>): Inputs => {
    const attentionMask = inputs.mask as tf.Tensor2D;
    const tokenPositions = inputs.positions as tf.Tensor1D | undefined;
    return {
      projections: projectionNames.map((input) => inputs[input] as tf.Tensor2D),
      tokens: { attentionMask, ...(tokenPositions && { tokenPositions }) },
      ...(inputs.keys && { keys: inputs.keys }),
      ...(inputs.table && { table: inputs.table }),
    };
  };
  return defineOp({
    name,
    saves: names,
    savesOutput: true,
    extras: 1, // the logarithms of the softmax's sums, [heads, rows]
    forward: (inputs, attributes) =>
      computeOutput(read(inputs), attributes as unknown as AttentionShape),
    gradients(dy, saved, attributes) {
      const inputs = read(
        Object.fromEntries(names.map((input, i) => [input, saved[i] as tf.Tensor])),
      );
      const [out, sums] = saved.slice(names.length) as [tf.Tensor2D, tf.Tensor2D];
      const shape = attributes as unknown as AttentionShape;
      // tfjs tidies up after each gradient: what they share is computed before.
      const computed = computeGradients(dy as tf.Tensor2D, inputs, out, sums, shape);
      return Object.fromEntries(
        projectionNames.map((input, i) => [input, () => computed[i] as tf.Tensor]),
      );
    },
  });
}

const kindsOf = ({ projections, keys, table }: Inputs) => ({
  isFused: projections.length === 1,
  ...{ drops: keys !== undefined, turns: table !== undefined },
});

function computeOutput(inputs: Inputs, shape: AttentionShape): tf.Tensor[] {
  const gpu = gpuKernels();
  if (gpu !== undefined && isForGpu(gpu, inputs.tokens, shape, kindsOf(inputs))) {
    return gpuAttention(gpu, inputs, shape);
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const { projections, tokens } = inputs;
    return [compositeOutput(separate(projections, shape), tokens, shape), tf.zeros([1, 1])];
  }
  const { heads, dim } = shape;
  const rows = inputs.projections[0]?.shape[0] ?? 0;
  const out = kernels.output<tf.Rank.R2>([rows, heads * dim]);
  const sums = kernels.output<tf.Rank.R2>([heads, rows]);
  const { args, extent, grain } = describe(kernels, inputs, out, sums, shape);
  kernels.split("attentionForward", args, extent, grain);
  return [out, sums];
}

function computeGradients(
  dy: tf.Tensor2D,
  inputs: Inputs,
  out: tf.Tensor2D,
  sums: tf.Tensor2D,
  shape: AttentionShape,
): tf.Tensor[] {
  const { projections, tokens } = inputs;
  const gpu = gpuKernels();
  if (gpu !== undefined && isForGpu(gpu, tokens, shape, kindsOf(inputs))) {
    return gpuAttentionGradients(gpu, dy, inputs, out, sums, shape);
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const parts = compositeGradients(dy, separate(projections, shape), tokens, shape);
    return projections.length === 1 ? [tf.concat(parts, 1)] : parts;
  }
  const gradients = projections.map((input) => kernels.output<tf.Rank.R2>(input.shape));
  const { args, clear, extent, grain } = describe(kernels, inputs, out, sums, shape);
  gradients.forEach(clear);
  const targets = addressParts(kernels, gradients, shape);
  kernels.split(
    "attentionBackward",
    [...args, kernels.address(dy), ...targets],
    extent,
    Math.ceil(grain / 3),
  );
  return gradients;
}

/** Queries, keys and values of a fused projection. */
function separate(
  projections: readonly tf.Tensor2D[],
  { heads, keyHeads, dim }: AttentionShape,
): readonly tf.Tensor2D[] {
  const [fused] = projections;
  if (projections.length > 1 || fused === undefined) return projections;
  return tf.split(fused, [heads * dim, keyHeads * dim, keyHeads * dim], 1);
}

/** Where queries, keys and values begin. */
function addressParts(
  kernels: CpuKernels,
  projections: readonly tf.Tensor2D[],
  { heads, keyHeads, dim }: AttentionShape,
): number[] {
  const addresses = projections.map(kernels.address);
  if (addresses.length > 1) return addresses;
  const [start = 0] = addresses;
  return [start, start + 4 * heads * dim, start + 4 * (heads + keyHeads) * dim];
}

/** What both kernels take, and how their work is shared out: by texts and key heads. */
function describe(
  kernels: CpuKernels,
  { projections, tokens }: Inputs,
  out: tf.Tensor2D,
  sums: tf.Tensor2D,
  shape: AttentionShape,
) {
  const { heads, keyHeads, dim, causal, window, scale, rate, key0, key1 } = shape;
  const [texts, seq] = tokens.attentionMask.shape;
  const found = findHeapTokens(kernels, tokens);
  const [queryStride, keyStride] = [
    projections[0]?.shape[1] ?? 0,
    projections.at(-1)?.shape[1] ?? 0,
  ];
  const args = [
    ...addressParts(kernels, projections, shape),
    ...[queryStride, keyStride, found.seq, found.positions, found.offsets, found.counts],
    ...[kernels.address(out), kernels.address(sums)],
    ...[out.shape[0], heads, keyHeads, dim, scale, causal ? 1 : 0, window],
    ...[rate === 0 ? 0 : dropThreshold(rate), keptScale(rate), key0, key1],
  ];
  // 10 microseconds are about 300,000 multiplications and additions; an item has these at most.
  const itemCost = 2 * seq * seq * dim * (heads / keyHeads);
  return {
    args,
    clear: found.clear,
    extent: texts * keyHeads,
    grain: Math.max(1, Math.floor(150_000 / itemCost)),
  };
}
