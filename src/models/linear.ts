// The one seam through which every weight matrix goes: an adapter, a quantised base or a fused kernel comes in here.
import type * as tf from "@tensorflow/tfjs-core";
import { conv1d } from "../ops/linear/conv1d.ts";
import { type LinearOptions, linear as linearOp, linearTriple } from "../ops/linear/linear.ts";
import type { ModelContext, ParameterSpec } from "./model.ts";
import { parameter } from "./parameter.ts";

/**
 * `x · Wᵀ + b` with `<name>.weight` `[out, in]` and, where the model has it, `<name>.bias`; then the options' activation and
 * residual. x is `[rows, in]`.
 */
export function linear(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  options: LinearOptions = {},
): tf.Tensor2D {
  const bias = context.parameters.get(`${name}.bias`) as tf.Tensor1D | undefined;
  return linearOp(x, parameter<tf.Tensor2D>(context, `${name}.weight`), bias, options);
}

/** Three linears with biases of one x, as `attention` takes them. */
export function projections(
  context: ModelContext,
  names: readonly [string, string, string],
  x: tf.Tensor2D,
): ReturnType<typeof linearTriple> {
  const partOf = (name: string) => ({
    weight: parameter<tf.Tensor2D>(context, `${name}.weight`),
    bias: parameter<tf.Tensor1D>(context, `${name}.bias`),
  });
  const [query, key, value] = names;
  return linearTriple(x, [partOf(query), partOf(key), partOf(value)]);
}

/** The same for GPT-2's Conv1D, whose weight is `[in, out]`. */
export function linearConv1d(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const bias = context.parameters.get(`${name}.bias`) as tf.Tensor1D | undefined;
  return conv1d(x, parameter<tf.Tensor2D>(context, `${name}.weight`), bias, residual);
}

/** The parameters of a linear: a normal weight and, with a bias, a zero one, as Hugging Face draws them. */
export function linearParameters(
  name: string,
  outSize: number,
  inSize: number,
  std: number,
  hasBias = true,
): ParameterSpec[] {
  const weight: ParameterSpec = {
    ...{ name: `${name}.weight`, shape: [outSize, inSize] },
    initializer: { type: "normal", std },
  };
  if (!hasBias) return [weight];
  return [weight, { name: `${name}.bias`, shape: [outSize], initializer: { type: "zeros" } }];
}
