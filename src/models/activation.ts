// Activation functions under the names that config.json gives them (transformers, activations.py).
import { z } from "zod";
import type { ActivationName } from "../ops/activation/activation.ts";

const byName = {
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "geluTanh",
  gelu_fast: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
  relu: "relu",
  silu: "silu",
  swish: "silu",
  tanh: "tanh",
} as const satisfies Record<string, ActivationName>;
type Activation = keyof typeof byName;

const names = Object.keys(byName) as [Activation, ...Activation[]];

/** `hidden_act`: a name that is not known is refused with the list of those that are. */
export const activationSchema = z.enum(names, {
  error: ({ input }) => `${JSON.stringify(input)} is not one of ${names.join(", ")}.`,
});

/** The operations' own name for it. */
export const activationOf = (name: Activation): ActivationName => byName[name];
