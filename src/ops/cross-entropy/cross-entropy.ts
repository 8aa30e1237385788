// Cross-entropy of class logits, as a composite of tfjs operations with one gradient of its own.
import * as tf from "@tensorflow/tfjs-core";

/**
 * Sum over the rows of `-weight * log softmax(logits)[label]`: a float32 scalar. `logits` is float32 `[rows, classes]`,
 * `labels` holds one class index a row, `weights` one factor a row (1 where it is not given).
 * The gradient is `weight * (softmax(logits) - onehot(labels))`.
 */
export function crossEntropySum(
  logits: tf.Tensor2D,
  labels: Int32Array,
  weights?: Float32Array,
): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const inputs = x as tf.Tensor2D;
    const hot = tf.oneHot(tf.tensor1d(labels, "int32"), inputs.shape[1]).toFloat();
    // [rows, 1]; a scalar where all rows count the same.
    const factor =
      weights === undefined ? tf.scalar(1) : tf.tensor2d(weights, [weights.length, 1], "float32");
    const target = hot.mul(factor);
    const logProbabilities = tf.logSoftmax(inputs);
    (save as tf.GradSaveFunc)([logProbabilities, target, factor]);
    return {
      value: logProbabilities.mul(target).sum().neg(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits2, target2, factor2] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor];
        return logits2.exp().mul(factor2).sub(target2).mul(dy);
      },
    };
  });
  return loss(logits) as tf.Scalar;
}
