// The one seam through which every weight matrix goes: an adapter, a quantised base or a fused kernel comes in here.
import type * as tf from "@tensorflow/tfjs-core";
import { conv1d } from "../ops/linear/conv1d.ts";
import { type LinearOptions, linear as linearOp, linearsTogether } from "../ops/linear/linear.ts";
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

/** Linears of one x, as `attention` takes three of them: side by side on webgpu. */
export function projections<Names extends readonly string[]>(
  context: ModelContext,
  names: Names,
  x: tf.Tensor2D,
): tf.Tensor2D | { [Name in keyof Names]: tf.Tensor2D } {
  const parts = names.map((name) => ({
    weight: parameter<tf.Tensor2D>(context, `${name}.weight`),
    bias: context.parameters.get(`${name}.bias`) as tf.Tensor1D | undefined,
  }));
  return linearsTogether(x, parts) as tf.Tensor2D | { [Name in keyof Names]: tf.Tensor2D };
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
    constructed: "uniform",
  };
  if (!hasBias) return [weight];
  const bias = { name: `${name}.bias`, shape: [outSize], initializer: { type: "zeros" } } as const;
  return [weight, { ...bias, constructed: "uniform" }];
}
