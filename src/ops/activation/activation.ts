// The activation functions between two linears, by one name each.
import * as tf from "@tensorflow/tfjs-core";
import { gelu, geluTanh } from "../gelu/gelu.ts";

export type ActivationName = "gelu" | "geluTanh" | "silu" | "relu" | "tanh";

/** Each activation, element by element. */
export const activations: Readonly<Record<ActivationName, (x: tf.Tensor2D) => tf.Tensor2D>> = {
  gelu,
  geluTanh,
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  relu: (x) => tf.relu(x),
  tanh: (x) => tf.tanh(x),
};
