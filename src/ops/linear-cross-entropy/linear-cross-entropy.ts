// A language model's last product and its cross-entropy in one (Wijmans et al. 2024, https://arxiv.org/abs/2411.09009): logits
// exist for one block of the vocabulary at a time. Backward computes each block again, where they were more than one.
import * as tf from "@tensorflow/tfjs-core";
import { blockBytes } from "../../config/loss-block.ts";
import { stepInput } from "../../engine/capture/step-inputs.ts";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { StudioError } from "../../lib/errors.ts";
import { blockGradients, blockLoss } from "./blocks.ts";
import { compositeGradients, compositeLoss } from "./composite.ts";
import { gpuLoss, gpuLossGradients } from "./gpu-blocks.ts";

/** The label of a row that counts for nothing: Hugging Face's `ignore_index`. */
export const ignoredLabel = -100;

/**
 * Float32 `[2]`: the sum over the rows of `-log softmax(hidden · weightᵀ)[label]`, and how many labels have the highest logit (which
 * has no gradient). `hidden` is `[rows, width]`, `weight` `[vocabulary, width]`; `labels` holds one id a row, or -100. With label
 * smoothing s the target is `(1 - s) * onehot(label) + s / vocabulary`. No more logits exist at a time than fit into `mostBytes`.
 * @throws StudioError for a label that is not in the vocabulary.
 */
export function linearCrossEntropy(
  hidden: tf.Tensor2D,
  weight: tf.Tensor2D,
  labels: Int32Array,
  labelSmoothing = 0,
  mostBytes = blockBytes,
): tf.Tensor1D {
  const vocabulary = weight.shape[0];
  labels.forEach((label, row) => {
    if (label === ignoredLabel || (label >= 0 && label < vocabulary)) return;
    throw new StudioError(
      `Token ${row + 1} of a batch has the id ${label}, but the model has ${vocabulary} logits.`,
      { hint: "The tokenizer is of another model." },
    );
  });
  return tf.tidy(
    () =>
      linearCrossEntropyOp(
        { hidden, weight, labels: stepInput<tf.Rank.R1>(labels, [labels.length]) },
        { smoothing: labelSmoothing, blockBytes: mostBytes },
      ) as tf.Tensor1D,
  );
}

/** What both computations take. */
export interface LossInputs {
  readonly hidden: tf.Tensor2D;
  readonly weight: tf.Tensor2D;
  readonly labels: tf.Tensor1D;
  readonly smoothing: number;
  readonly blockBytes: number;
}

const linearCrossEntropyOp = defineOp({
  name: "StudioLinearCrossEntropy",
  saves: ["hidden", "weight", "labels"],
  extras: 2, // logarithms of the softmax's denominators, and the logits where they are one block
  forward(inputs, { smoothing, blockBytes: bytes }) {
    const { hidden, weight, labels } = inputs as Record<"hidden" | "weight" | "labels", tf.Tensor>;
    const all = { hidden, weight, labels, smoothing, blockBytes: bytes } as unknown as LossInputs;
    const gpu = gpuKernels();
    if (gpu !== undefined) return gpuLoss(gpu, all);
    const kernels = cpuKernels();
    return kernels === undefined ? compositeLoss(all) : blockLoss(kernels, all);
  },
  gradients(dy, saved, attributes) {
    const [hidden, weight, labels, denominators, logits] = saved as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor,
      tf.Tensor2D,
    ];
    const numbers = attributes as unknown as Pick<LossInputs, "smoothing" | "blockBytes">;
    const all = { hidden, weight, labels, ...numbers };
    // tfjs tidies up after each gradient: what they share is computed before.
    const computed = gradients(dy, all, denominators, logits);
    return { hidden: () => computed.hidden, weight: () => computed.weight };
  },
});

function gradients(dy: tf.Tensor, all: LossInputs, denominators: tf.Tensor, logits: tf.Tensor2D) {
  const gpu = gpuKernels();
  if (gpu !== undefined) return gpuLossGradients(gpu, dy, all, denominators, logits);
  const kernels = cpuKernels();
  return kernels === undefined
    ? compositeGradients(dy, all, denominators, logits)
    : blockGradients(kernels, dy, all, denominators, logits);
}
