// Layer normalisation over the last axis, with its gradient: tfjs has neither, and the composite records 20 kernels backward.
import * as tf from "@tensorflow/tfjs-core";
import { sumRows } from "../sum-rows/sum-rows.ts";

/** x `[rows, width]`, weight and bias `[width]`. The variance is the biased one, as in PyTorch's LayerNorm. */
export function layerNorm(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
): tf.Tensor2D {
  const normalise: (...inputs: tf.Tensor[]) => tf.Tensor2D = tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as unknown as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
    const normalised = tf.mul(centred, inverseDeviation);
    save([normalised, inverseDeviation, weight]);
    return {
      value: tf.add(tf.mul(normalised, weight), bias) as tf.Tensor2D,
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) =>
        gradients(dy, saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]),
    };
  });
  return normalise(x, weight, bias);
}

function gradients(
  dy: tf.Tensor2D,
  [normalised, inverseDeviation, weight]: [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D],
): tf.Tensor[] {
  const dNormalised = tf.mul(dy, weight);
  const along = tf.mean(tf.mul(dNormalised, normalised), -1, true);
  const offMean = tf.sub(dNormalised, tf.mean(dNormalised, -1, true));
  const dx = tf.mul(tf.sub(offMean, tf.mul(normalised, along)), inverseDeviation);
  return [dx, sumRows(tf.mul(dy, normalised)), sumRows(dy)];
}
