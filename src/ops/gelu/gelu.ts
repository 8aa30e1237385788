// The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415), exact and by tanh, each as
// one operation with its gradient: the composite would record 8 kernels forward and 20 backward.
import * as tf from "@tensorflow/tfjs-core";

const sqrtHalf = Math.SQRT1_2;
const densityAtZero = 1 / Math.sqrt(2 * Math.PI);
const tanhScale = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** `x · Φ(x)` with the normal distribution's Φ by erf: PyTorch's `gelu`. Any shape. */
export const gelu: (x: tf.Tensor2D) => tf.Tensor2D = tf.customGrad((...args) => {
  const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
  const share = normalShare(x);
  save([x, share]);
  return {
    value: tf.mul(x, share),
    gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
      const [x, share] = saved as [tf.Tensor2D, tf.Tensor2D];
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), densityAtZero);
      return tf.mul(dy, tf.add(share, tf.mul(x, density)));
    },
  };
});

/** The same with tanh in place of erf: Hugging Face's `gelu_new` and `gelu_pytorch_tanh`. Any shape. */
export const geluTanh: (x: tf.Tensor2D) => tf.Tensor2D = tf.customGrad((...args) => {
  const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
  const square = tf.square(x);
  const inner = tf.mul(tf.mul(x, tf.add(tf.mul(square, cubic), 1)), tanhScale);
  const tanh = tf.tanh(inner);
  save([x, tanh]);
  return {
    value: tf.mul(tf.mul(x, 0.5), tf.add(tanh, 1)),
    gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
      const [x, tanh] = saved as [tf.Tensor2D, tf.Tensor2D];
      const slope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), tanhScale);
      const bend = tf.mul(tf.mul(x, tf.sub(1, tf.square(tanh))), slope);
      return tf.mul(tf.mul(dy, 0.5), tf.add(tf.add(tanh, 1), bend));
    },
  };
});

/** Φ(x): the share of a normal distribution below x. */
const normalShare = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.mul(tf.add(tf.erf(tf.mul(x, sqrtHalf)), 1), 0.5);
