// Computes inside a gradient tape without being recorded: the tape would keep every intermediate tensor for a backward pass
// that never comes. PyTorch's `torch.no_grad`.
import * as tf from "@tensorflow/tfjs-core";

/** The tensor that `compute` makes, as a constant for the tape around it. */
export function withoutGradient<Kind extends tf.Tensor>(compute: () => Kind): Kind {
  // What runs inside a custom operation is not recorded, and nothing leads from this scalar to a variable.
  const constant = tf.customGrad((x) => ({
    value: compute(),
    gradFunc: () => tf.zerosLike(x as tf.Tensor),
  }));
  return constant(tf.scalar(0)) as Kind;
}
