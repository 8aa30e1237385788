// A layer normalisation by its name.
import type * as tf from "@tensorflow/tfjs-core";
import { layerNorm } from "../ops/layer-norm/layer-norm.ts";
import type { ModelContext, ParameterSpec } from "./model.ts";
import { parameter } from "./parameter.ts";

/** Normalises x `[rows, width]` with `<name>.weight` and `<name>.bias`. */
export function norm(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  epsilon: number,
): tf.Tensor2D {
  const weight = parameter<tf.Tensor1D>(context, `${name}.weight`);
  const bias = parameter<tf.Tensor1D>(context, `${name}.bias`);
  return layerNorm(x, weight, bias, epsilon);
}

/** Its two parameters. */
export function normParameters(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initializer: { type: "ones" } },
    { name: `${name}.bias`, shape: [width], initializer: { type: "zeros" } },
  ];
}
