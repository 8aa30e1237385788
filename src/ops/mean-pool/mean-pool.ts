// The mean of each text's tokens, with its gradient. On wasm, and on webgpu for padded rows, it is one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { findHeapTokens, type TokenRows } from "../attention/token-rows.ts";
import { lanes, runElementwise } from "../wgsl.ts";
import { meanPoolBackward, meanPoolForward } from "./mean-pool.wgsl.ts";

/** hidden `[rows, width]` to `[batch, width]`; zeros for a text without tokens. */
export function meanPool(
  hidden: tf.Tensor2D,
  { attentionMask, tokenPositions }: TokenRows,
): tf.Tensor2D {
  const inputs = { hidden, mask: attentionMask };
  const attributes = { rows: hidden.shape[0] };
  return (
    tokenPositions === undefined
      ? paddedMean(inputs, attributes)
      : packedMean({ ...inputs, positions: tokenPositions }, attributes)
  ) as tf.Tensor2D;
}

const paddedMean = define("StudioMeanPool", ["mask"]);
const packedMean = define("StudioMeanPoolPacked", ["mask", "positions"]);

function define(name: string, saves: readonly string[]) {
  return defineOp({
    name,
    saves,
    forward(inputs) {
      const { hidden, mask, positions } = inputs as Record<string, tf.Tensor>;
      return computeMean(hidden as tf.Tensor2D, toTokens(mask, positions));
    },
    gradients: (dy, [mask, positions], { rows }) => ({
      hidden: () => computeGradient(dy as tf.Tensor2D, toTokens(mask, positions), rows as number),
    }),
  });
}

function toTokens(mask: tf.Tensor | undefined, positions: tf.Tensor | undefined): TokenRows {
  return {
    attentionMask: mask as tf.Tensor2D,
    ...(positions && { tokenPositions: positions as tf.Tensor1D }),
  };
}

function computeMean(hidden: tf.Tensor2D, tokens: TokenRows): tf.Tensor {
  const mask = tokens.attentionMask;
  const [batch] = mask.shape;
  const width = hidden.shape[1];
  const gpu = gpuKernels();
  if (gpu !== undefined && tokens.tokenPositions === undefined) {
    const mean = gpu.output([batch, width]);
    const parts = Math.ceil(width / lanes);
    const numbers = { seq: mask.shape[1], width, parts };
    gpu.run(meanPoolForward, { hidden, mask, mean }, numbers, batch * parts);
    return mean;
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.div(tf.matMul(membership(tokens), hidden), tokenCounts(tokens));
  }
  const { seq, positions, offsets } = findHeapTokens(kernels, tokens);
  const rows = seq === 0 ? 0 : positions;
  const mean = kernels.output([batch, width]);
  const args = [kernels.address(hidden), rows, offsets, kernels.address(mean), width];
  kernels.split("meanPoolForward", args, batch, 4);
  return mean;
}

function computeGradient(dy: tf.Tensor2D, tokens: TokenRows, rowCount: number): tf.Tensor {
  const [batch, width] = dy.shape;
  const mask = tokens.attentionMask;
  const gpu = gpuKernels();
  if (gpu !== undefined && tokens.tokenPositions === undefined) {
    const dx: tf.Tensor = gpu.output([rowCount, width]);
    const numbers = { seq: mask.shape[1], width };
    runElementwise(gpu, meanPoolBackward, { dy, mask, dx }, dx.size, numbers);
    return dx;
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.matMul(membership(tokens), tf.div(dy, tokenCounts(tokens)), true, false);
  }
  const { seq, positions, offsets, clear } = findHeapTokens(kernels, tokens);
  const rows = seq === 0 ? 0 : positions;
  const gradient = kernels.output<tf.Rank.R2>([rowCount, width]);
  clear(gradient);
  const args = [kernels.address(dy), rows, offsets, kernels.address(gradient), width];
  kernels.split("meanPoolBackward", args, batch, 4);
  return gradient;
}

/** float32 `[batch, rows]`; 1 where the row is a token of the text. */
function membership({ attentionMask, tokenPositions }: TokenRows): tf.Tensor2D {
  const [batch, seq] = attentionMask.shape;
  const places = tf.range(0, batch * seq, 1, "float32");
  const textOfPlace = tf.floor(tf.div(tf.add(places, 0.5), seq));
  const isOfText = tf.cast(
    tf.equal(
      tf.reshape(textOfPlace, [1, batch * seq]),
      tf.range(0, batch, 1, "float32").reshape([batch, 1]),
    ),
    "float32",
  );
  const tokens = tf.mul(isOfText, tf.reshape(tf.cast(attentionMask, "float32"), [1, batch * seq]));
  return (
    tokenPositions === undefined ? tokens : tf.gather(tokens, tokenPositions, 1)
  ) as tf.Tensor2D;
}

/** `[batch, 1]`, at least 1. */
function tokenCounts({ attentionMask }: TokenRows): tf.Tensor2D {
  return tf.maximum(tf.sum(tf.cast(attentionMask, "float32"), 1, true), 1);
}
