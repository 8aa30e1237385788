// Vectors of length 1.
import * as tf from "@tensorflow/tfjs-core";

/** Each row `[rows, width]` divided by its length; a squared length below `epsilon` is taken for it. */
export function normalise(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const squaredLength = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squaredLength, epsilon)));
}
