// Cross-entropy of class logits, as a composite of tfjs operations with one gradient of its own.
import * as tf from "@tensorflow/tfjs-core";

/**
 * Sum over the rows of `-log softmax(logits)[label]`: a float32 scalar. `logits` is float32 `[rows, classes]`, `labels`
 * holds one class index a row. The gradient is `softmax(logits) - onehot(labels)`.
 */
export function crossEntropySum(logits: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const inputs = x as tf.Tensor2D;
    const target = tf.oneHot(tf.tensor1d(labels, "int32"), inputs.shape[1]).toFloat();
    const logProbabilities = tf.logSoftmax(inputs);
    (save as tf.GradSaveFunc)([logProbabilities, target]);
    return {
      value: logProbabilities.mul(target).sum().neg(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [logits2, target2] = saved as [tf.Tensor2D, tf.Tensor2D];
        return logits2.exp().sub(target2).mul(dy);
      },
    };
  });
  return loss(logits) as tf.Scalar;
}
