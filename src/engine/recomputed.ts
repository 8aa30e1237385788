// Gradient checkpointing: what a part of a model computes is forgotten, and computed a second time on the way back. It saves the
// memory of all parts but one for the time of one more forward pass (Chen et al. 2016, https://arxiv.org/abs/1604.06174).
import * as tf from "@tensorflow/tfjs-core";
import { gradientsOf } from "./variable-gradients.ts";

/**
 * Runs `first`, of which the tape keeps `x` alone. On the way back `again` computes the same anew, for the gradients of `x` and of
 * the variables.
 * @param variables all that the part reads besides `x` and what has no gradient.
 * @param again must give the bits that `first` gave. What `first` reads may be gone by then.
 */
export function recomputed(
  x: tf.Tensor2D,
  variables: readonly tf.Tensor[],
  first: (x: tf.Tensor2D) => tf.Tensor2D,
  again: (x: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  const part = tf.customGrad((...inputs) => {
    const save = inputs.at(-1) as unknown as tf.GradSaveFunc;
    save([x]);
    return {
      value: tf.tidy(() => first(x)),
      gradFunc(dy: tf.Tensor, saved: tf.Tensor[]) {
        const own = saved[0] as tf.Tensor2D;
        const read = [own, ...variables];
        const { value, gradients } = gradientsOf(() => again(own), read, dy);
        value.dispose();
        return gradients.map((gradient, i) => gradient ?? tf.zerosLike(read[i] as tf.Tensor));
      },
    };
  });
  return part(x, ...variables) as tf.Tensor2D;
}
