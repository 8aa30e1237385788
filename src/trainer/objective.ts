// The loss of each problem type, as transformers computes it: cross-entropy, mean squared error, binary cross-entropy.
import * as tf from "@tensorflow/tfjs-core";
import type { ProblemType } from "../config/problem-type.ts";
import { stepInput } from "../engine/capture/step-inputs.ts";
import { crossEntropySum } from "../ops/cross-entropy/cross-entropy.ts";
import { softmax } from "../ops/softmax/softmax.ts";

/** What the rows of a batch should give. */
export interface Targets {
  /** Class index of each row; of no meaning for other problem types than single labels. */
  readonly labels: Int32Array;
  /** Class weight of each row; 1 where they are not given. */
  readonly weights?: Float32Array;
  /** `[rows, outputs]`: the numbers of a regression, or 1 for every label that a row has. */
  readonly values?: Float32Array;
}

/** How logits become a loss. */
export interface Objective {
  readonly problemType: ProblemType;
  /**
   * Sum over the batch's items of their losses: a float32 scalar, made inside the gradient tape. An objective that counts right
   * guesses gives their number, float32 `[1]`, to `tell`, or keeps it itself where there is none.
   */
  lossSum(logits: tf.Tensor2D, targets: Targets, tell?: (hits: tf.Tensor) => void): tf.Scalar;
  /** What that sum is divided by for the mean. */
  itemCount(targets: Targets): number;
  /** What the model says in plain numbers: probabilities, or the regression's own values. `[rows, outputs]`. */
  predictions(logits: tf.Tensor2D): tf.Tensor2D;
}

/** `labelSmoothing` is the Trainer's label_smoothing_factor; it belongs to single labels. */
export function createObjective(problemType: ProblemType, labelSmoothing = 0): Objective {
  const itemCount = ({ values }: Targets) => values?.length ?? 0;
  switch (problemType) {
    case "single_label_classification":
      return {
        problemType,
        lossSum: (logits, { labels, weights }) =>
          crossEntropySum(logits, labels, weights, labelSmoothing),
        itemCount: totalWeight,
        predictions: (logits) => softmax(logits),
      };
    case "multi_label_classification":
      return {
        problemType,
        lossSum: (logits, targets) => binaryCrossEntropySum(logits, valuesOf(logits, targets)),
        itemCount,
        predictions: (logits) => tf.sigmoid(logits),
      };
    case "regression":
      return {
        problemType,
        lossSum: (logits, targets) =>
          logits.sub(valuesOf(logits, targets)).square().sum() as tf.Scalar,
        itemCount,
        predictions: (logits) => logits.clone(),
      };
    default:
      return problemType satisfies never;
  }
}

/** The sum of the rows' weights, or the rows. */
const totalWeight = ({ labels, weights }: Targets): number =>
  weights === undefined ? labels.length : weights.reduce((sum, weight) => sum + weight, 0);

const valuesOf = ({ shape }: tf.Tensor2D, { values }: Targets): tf.Tensor2D =>
  stepInput<tf.Rank.R2>(values ?? new Float32Array(shape[0] * shape[1]), shape);

/** torch's BCEWithLogitsLoss, summed: `max(x, 0) - x z + log(1 + exp(-|x|))`. Its gradient is `sigmoid(x) - z`. */
function binaryCrossEntropySum(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const inputs = x as tf.Tensor2D;
    (save as tf.GradSaveFunc)([inputs, targets]);
    const value = inputs
      .relu()
      .sub(inputs.mul(targets))
      .add(inputs.abs().neg().exp().log1p())
      .sum() as tf.Scalar;
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [inputs2, targets2] = saved as [tf.Tensor2D, tf.Tensor2D];
        return tf.sigmoid(inputs2).sub(targets2).mul(dy);
      },
    };
  });
  return loss(logits) as tf.Scalar;
}
