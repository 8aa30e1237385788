// x · Wᵀ + b with its gradient. It transposes activations explicitly and never the weight: tfjs's transpose flags take slow
// paths on wasm and webgpu, and the weight is the largest matrix of the three.
import * as tf from "@tensorflow/tfjs-core";
import { sumRows } from "../sum-rows/sum-rows.ts";

/** x `[rows, in]`, weight `[out, in]` and bias `[out]` give `[rows, out]`. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  return bias === undefined ? product(x, weight) : addBias(product(x, weight), bias);
}

const product: (x: tf.Tensor2D, weight: tf.Tensor2D) => tf.Tensor2D = tf.customGrad((...args) => {
  const [x, weight, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
  save([x, weight]);
  return {
    value: tf.transpose(tf.matMul(weight, tf.transpose(x))),
    gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy, weight), tf.matMul(tf.transpose(dy), x)];
    },
  };
});

const addBias: (x: tf.Tensor2D, bias: tf.Tensor1D) => tf.Tensor2D = tf.customGrad((...args) => {
  const [x, bias] = args as unknown as [tf.Tensor2D, tf.Tensor1D];
  return {
    value: tf.add(x, bias),
    gradFunc: (dy: tf.Tensor2D) => [dy, sumRows(dy)],
  };
});
