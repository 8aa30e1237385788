// Activation functions under the names that config.json gives them (transformers, activations.py).
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { gelu, geluTanh } from "../ops/gelu/gelu.ts";

const silu = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, tf.sigmoid(x));

const activations = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  relu: (x: tf.Tensor2D): tf.Tensor2D => tf.relu(x),
  silu,
  swish: silu,
  tanh: (x: tf.Tensor2D): tf.Tensor2D => tf.tanh(x),
};
type Activation = keyof typeof activations;

const names = Object.keys(activations) as [Activation, ...Activation[]];

/** `hidden_act`: a name that is not known is refused with the list of those that are. */
export const activationSchema = z.enum(names, {
  error: ({ input }) => `${JSON.stringify(input)} is not one of ${names.join(", ")}.`,
});

/** Applies the activation of this name. */
export function activate(name: Activation, x: tf.Tensor2D): tf.Tensor2D {
  return activations[name](x);
}
