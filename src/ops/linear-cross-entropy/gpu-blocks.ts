// The loss by the WGSL kernels, block by block of the vocabulary, as the processor's kernels work through it.
import type * as tf from "@tensorflow/tfjs-core";
import { blockSize } from "../../config/loss-block.ts";
import type { GpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { runElementwise } from "../wgsl.ts";
import type { LossInputs } from "./linear-cross-entropy.ts";
import {
  blockHidden,
  blockLogits,
  blockWeight,
  seeLogits,
  sumLosses,
  turnToSlopes,
} from "./linear-cross-entropy.wgsl.ts";

/** Loss and hits; the rows' denominators first in `[4, rows]`; the logits `[rows, vocabulary]`, or `[1]` where they came in blocks. */
export function gpuLoss(kernels: GpuKernels, inputs: LossInputs): tf.Tensor[] {
  const { hidden, weight, labels, smoothing, blockBytes: bytes } = inputs;
  const [rows, width] = hidden.shape;
  const vocabulary = weight.shape[0];
  const state = kernels.output([4, rows]);
  const size = blockSize(rows, vocabulary, bytes);
  const logits = kernels.output<tf.Rank.R2>([rows, size]);
  for (let first = 0; first < vocabulary; first += size) {
    const count = Math.min(size, vocabulary - first);
    blockLogits(kernels, {}, { hidden, weight, logits }, [rows, count, width], { first });
    kernels.run(seeLogits, { logits, labels, state }, { rows, first, count }, rows);
  }
  const out = kernels.output([2]);
  const numbers = { rows, classes: vocabulary, smoothing };
  kernels.run(sumLosses, { labels, state, out }, numbers, 1);
  if (size === vocabulary) return [out, state, logits];
  logits.dispose();
  return [out, state, kernels.output([1])];
}

/** Gradients by the hidden states and by the weight. */
export function gpuLossGradients(
  kernels: GpuKernels,
  dy: tf.Tensor,
  inputs: LossInputs,
  state: tf.Tensor,
  kept: tf.Tensor2D,
): { hidden: tf.Tensor; weight: tf.Tensor } {
  const { hidden, weight, labels, smoothing, blockBytes: bytes } = inputs;
  const [rows, width] = hidden.shape;
  const classes = weight.shape[0];
  const size = blockSize(rows, classes, bytes);
  const dHidden = kernels.output(hidden.shape);
  const dWeight = kernels.output(weight.shape);
  // The kept logits are read here for the last time: their gradient takes their place.
  const isKept = size === classes;
  const logits = isKept ? kept : kernels.output<tf.Rank.R2>([rows, size]);
  for (let first = 0; first < classes; first += size) {
    const count = Math.min(size, classes - first);
    if (!isKept) {
      blockLogits(kernels, {}, { hidden, weight, logits }, [rows, count, width], { first });
    }
    const numbers = { first, count, classes, smoothing };
    runElementwise(kernels, turnToSlopes, { labels, state, dy, logits }, rows * count, numbers);
    const toHidden = { slopes: logits, weight, d_hidden: dHidden };
    blockHidden(kernels, {}, toHidden, [rows, width, count], { first });
    const toWeight = { slopes: logits, hidden, d_weight: dWeight };
    blockWeight(kernels, {}, toWeight, [count, width, rows], { first });
  }
  if (!isKept) logits.dispose();
  return { hidden: dHidden, weight: dWeight };
}
