// Rows of a table by their ids, with a gradient that scatters. The stock gradient of tf.gather has no kernel on wasm
// (tfjs#8082) and is quadratic on cpu; a one-hot product would cost more than the rest of a small model.
import * as tf from "@tensorflow/tfjs-core";

/** table `[vocabulary, width]` and int32 ids `[rows]` give `[rows, width]`. Equal ids add up in the gradient. */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [rows] = ids.shape;
  const [vocabulary, width] = table.shape;
  // The ids are no differentiable input, so the lookup closes over them.
  const lookUp: (table: tf.Tensor2D) => tf.Tensor2D = tf.customGrad((...args) => {
    const [table, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    return {
      value: tf.gather(table, ids),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const indices = tf.reshape(saved[0] as tf.Tensor1D, [rows, 1]);
        return tf.scatterND(indices, dy, [vocabulary, width]);
      },
    };
  });
  return lookUp(table);
}
