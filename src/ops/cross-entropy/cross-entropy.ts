// Cross-entropy of class logits, with its gradient. On wasm and webgpu kernels store no probabilities.
import * as tf from "@tensorflow/tfjs-core";
import { stepInput } from "../../engine/capture/step-inputs.ts";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { StudioError } from "../../lib/errors.ts";
import { rowGrain } from "../grain.ts";
import { crossEntropyBackward, crossEntropyForward, sumAll } from "./cross-entropy.wgsl.ts";

/** The label of a row that counts for nothing: Hugging Face's `ignore_index`. */
const ignoredLabel = -100;

/**
 * Sum over the rows of `-weight * log softmax(logits)[label]`: a float32 scalar. `logits` is float32 `[rows, classes]`,
 * `labels` holds one class index a row, or -100 for a row that counts for nothing, `weights` one factor a row (1 where it is
 * not given). With label smoothing s the target is `(1 - s) * onehot(label) + s / classes`.
 * The gradient is `weight * (softmax(logits) - target)`.
 * @throws StudioError for a label that is no class.
 */
export function crossEntropySum(
  logits: tf.Tensor2D,
  labels: Int32Array,
  weights?: Float32Array,
  labelSmoothing = 0,
): tf.Scalar {
  const classes = logits.shape[1];
  labels.forEach((label, row) => {
    if (label === ignoredLabel || (label >= 0 && label < classes)) return;
    throw new StudioError(
      `Row ${row + 1} of a batch has the label ${label} of ${classes} classes.`,
    );
  });
  return tf.tidy(() => {
    const inputs: Record<string, tf.Tensor> = {
      logits,
      labels: stepInput<tf.Rank.R1>(labels, [labels.length]),
    };
    if (weights === undefined) return crossEntropyOp(inputs, { labelSmoothing }) as tf.Scalar;
    inputs.weights = stepInput<tf.Rank.R1>(weights, [weights.length]);
    return weightedCrossEntropyOp(inputs, { labelSmoothing }) as tf.Scalar;
  });
}

const crossEntropyOp = define("StudioCrossEntropy", ["logits", "labels"]);
const weightedCrossEntropyOp = define("StudioWeightedCrossEntropy", [
  "logits",
  "labels",
  "weights",
]);

interface Rows {
  readonly logits: tf.Tensor2D;
  readonly labels: tf.Tensor1D;
  readonly weights?: tf.Tensor1D;
}

function define(name: string, saves: readonly string[]) {
  return defineOp({
    name,
    saves,
    extras: 1, // the logarithm of each row's softmax denominator, [rows]
    forward: (inputs, { labelSmoothing }) =>
      computeLoss(inputs as unknown as Rows, labelSmoothing as number),
    gradients(dy, saved, { labelSmoothing }) {
      const sums = saved.at(-1) as tf.Tensor1D;
      const rows = Object.fromEntries(saves.map((key, i) => [key, saved[i]])) as unknown as Rows;
      return { logits: () => computeGradient(dy, rows, sums, labelSmoothing as number) };
    },
  });
}

function computeLoss({ logits, labels, weights }: Rows, smoothing: number): tf.Tensor[] {
  const [rows, classes] = logits.shape;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const [total, losses, sums] = [gpu.output([]), gpu.output([rows]), gpu.output([rows])];
    gpu.run(
      crossEntropyForward(weights !== undefined),
      { logits, labels, ...(weights && { weights }), losses, sums },
      { classes, smoothing },
      rows,
    );
    gpu.run(sumAll, { x: losses, total }, { size: rows }, 1);
    losses.dispose();
    return [total, sums];
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const sums = tf.logSumExp(logits, -1) as tf.Tensor1D;
    const logProbabilities = tf.sub(logits, tf.expandDims(sums, 1));
    const target = targets({ logits, labels, ...(weights && { weights }) }, smoothing);
    return [tf.neg(tf.sum(tf.mul(logProbabilities, target))), sums];
  }
  const loss = kernels.output([]);
  const sums = kernels.output([rows]);
  const losses = kernels.scratch("losses", rows * 4);
  const args = [
    ...[kernels.address(logits), kernels.address(labels), weights ? kernels.address(weights) : 0],
    ...[losses, kernels.address(sums), classes, smoothing],
  ];
  kernels.split("crossEntropyForward", args, rows, rowGrain(classes, 3));
  kernels.call("sumInOrder", losses, rows, kernels.address(loss));
  return [loss, sums];
}

function computeGradient(
  dy: tf.Tensor,
  { logits, labels, weights }: Rows,
  sums: tf.Tensor1D,
  smoothing: number,
): tf.Tensor {
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const dx: tf.Tensor = gpu.output(logits.shape);
    gpu.run(
      crossEntropyBackward(weights !== undefined),
      { logits, labels, ...(weights && { weights }), sums, dy, dx },
      { classes: logits.shape[1], smoothing },
      logits.shape[0],
    );
    return dx;
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const probabilities = tf.exp(tf.sub(logits, tf.expandDims(sums, 1)));
    const target = targets({ logits, labels, ...(weights && { weights }) }, smoothing);
    const total = tf.sum(target, 1, true);
    return tf.mul(tf.sub(tf.mul(probabilities, total), target), dy);
  }
  const [rows, classes] = logits.shape;
  const gradient = kernels.output(logits.shape);
  const args = [
    ...[kernels.address(logits), kernels.address(labels), weights ? kernels.address(weights) : 0],
    ...[sums, dy, gradient].map(kernels.address),
    ...[classes, smoothing],
  ];
  kernels.split("crossEntropyBackward", args, rows, rowGrain(classes, 2));
  return gradient;
}

/** Each row's target distribution times its weight: `[rows, classes]`; zeros for an ignored row. */
function targets({ logits, labels, weights }: Rows, smoothing: number): tf.Tensor {
  const [rows, classes] = logits.shape;
  // tf.oneHot refuses a depth of 1, and gives zeros for an index that is no class.
  const hot = tf.cast(
    tf.equal(tf.reshape(labels, [rows, 1]), tf.range(0, classes, 1, "int32")),
    "float32",
  );
  const counted = tf.cast(tf.notEqual(labels, ignoredLabel), "float32");
  const factor = weights === undefined ? counted : tf.mul(counted, weights);
  const smoothed = tf.add(tf.mul(hot, 1 - smoothing), smoothing / classes);
  return tf.mul(smoothed, tf.reshape(factor, [rows, 1]));
}
