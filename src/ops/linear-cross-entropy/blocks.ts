// The loss and its gradients by CPU kernels, block by block of the vocabulary. A block of the weight is packed once, and its
// gradient is written once; the hidden states' gradient adds up.
import type * as tf from "@tensorflow/tfjs-core";
import { blockSize } from "../../config/loss-block.ts";
import type { CpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { gemm, heapMatrix } from "../../engine/cpu/gemm.ts";
import { rowGrain } from "../grain.ts";
import type { LossInputs } from "./linear-cross-entropy.ts";

/** Loss and hits; the rows' denominators first in `[4, rows]`; the logits `[rows, vocabulary]`, or `[0, 0]` where they came in blocks. */
export function blockLoss(kernels: CpuKernels, inputs: LossInputs): tf.Tensor[] {
  const { hidden, weight, labels, smoothing, blockBytes: bytes } = inputs;
  const rows = hidden.shape[0];
  const vocabulary = weight.shape[0];
  const state = kernels.output([4, rows]);
  const size = blockSize(rows, vocabulary, bytes);
  const logits = kernels.output<tf.Rank.R2>([rows, size]);
  for (let first = 0; first < vocabulary; first += size) {
    const count = Math.min(size, vocabulary - first);
    multiplyBlock(kernels, inputs, logits, first, count);
    const args = [logits, labels, state].map(kernels.address);
    kernels.split("seeLogits", [...args, rows, first, count], rows, rowGrain(count, 3));
  }
  const out = kernels.output([2]);
  kernels.call(
    "sumLosses",
    ...[labels, state].map(kernels.address),
    ...[rows, vocabulary, smoothing, kernels.address(out)],
  );
  return [out, state, size === vocabulary ? logits : kernels.output([0, 0])];
}

/** Gradients by the hidden states and by the weight. */
export function blockGradients(
  kernels: CpuKernels,
  dy: tf.Tensor,
  inputs: LossInputs,
  state: tf.Tensor,
  kept: tf.Tensor2D,
): { hidden: tf.Tensor; weight: tf.Tensor } {
  const { hidden, weight, labels, smoothing, blockBytes: bytes } = inputs;
  const [rows, width] = hidden.shape;
  const vocabulary = weight.shape[0];
  const size = blockSize(rows, vocabulary, bytes);
  // The sum so far and the next one: a product cannot add to its own place.
  let dHidden = kernels.output<tf.Rank.R2>(hidden.shape);
  let next = size < vocabulary ? kernels.output<tf.Rank.R2>(hidden.shape) : dHidden;
  const dWeight = kernels.output<tf.Rank.R2>(weight.shape);
  // The kept logits are read here for the last time: their gradient takes their place.
  const isKept = kept.size > 0;
  const logits = isKept ? kept : kernels.output<tf.Rank.R2>([rows, size]);
  const at = kernels.address(logits);
  for (let first = 0; first < vocabulary; first += size) {
    const count = Math.min(size, vocabulary - first);
    const offset = first * width * 4;
    if (!isKept) multiplyBlock(kernels, inputs, logits, first, count);
    const args = [logits, labels, state, dy].map(kernels.address);
    kernels.split(
      "turnToSlopes",
      [...args, first, count, vocabulary, smoothing],
      rows,
      rowGrain(count, 2),
    );
    gemm(
      kernels,
      heapMatrix(at, count),
      heapMatrix(kernels.address(weight) + offset, width),
      kernels.address(next),
      [rows, width, count],
      first === 0 ? {} : { residual: kernels.address(dHidden) },
    );
    [dHidden, next] = [next, dHidden];
    gemm(
      kernels,
      heapMatrix(at, count, true),
      heapMatrix(kernels.address(hidden), width),
      kernels.address(dWeight) + offset,
      [count, width, rows],
    );
  }
  return { hidden: dHidden, weight: dWeight };
}

function multiplyBlock(
  kernels: CpuKernels,
  { hidden, weight }: LossInputs,
  logits: tf.Tensor2D,
  first: number,
  count: number,
): void {
  const [rows, width] = hidden.shape;
  gemm(
    kernels,
    heapMatrix(kernels.address(hidden), width),
    heapMatrix(kernels.address(weight) + first * width * 4, width, true),
    kernels.address(logits),
    [rows, count, width],
  );
}
