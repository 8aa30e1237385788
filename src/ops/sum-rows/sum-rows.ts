// The sum over the rows of a matrix, as a product with a row of ones. tf.sum over axis 0 transposes the whole matrix first
// on wasm, which takes about 30 times as long.
import * as tf from "@tensorflow/tfjs-core";

/** float32 `[rows, columns]` to `[columns]`. */
export function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  const [rows, columns] = x.shape;
  return tf.reshape(tf.matMul(tf.fill([1, rows], 1), x), [columns]);
}
