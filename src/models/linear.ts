// The one seam through which every weight matrix goes: an adapter, a quantised base or a fused kernel comes in here.
import type * as tf from "@tensorflow/tfjs-core";
import {
  type FeedForwardParts,
  feedForward as feedForwardOp,
} from "../ops/feed-forward/feed-forward.ts";
import { conv1d } from "../ops/linear/conv1d.ts";
import {
  type LinearOptions,
  type LinearParameters,
  linear as linearOp,
  linearsTogether,
} from "../ops/linear/linear.ts";
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
  const { weight, bias } = ownParameters(context, name);
  return linearOp(x, weight, bias, options);
}

const ownParameters = (context: ModelContext, name: string): LinearParameters => ({
  weight: parameter<tf.Tensor2D>(context, `${name}.weight`),
  bias: context.parameters.get(`${name}.bias`) as tf.Tensor1D | undefined,
});

/** Linears of one x, as `attention` takes three of them: side by side on webgpu. */
export function projections<Names extends readonly string[]>(
  context: ModelContext,
  names: Names,
  x: tf.Tensor2D,
): tf.Tensor2D | { [Name in keyof Names]: tf.Tensor2D } {
  const parts = names.map((name) => ownParameters(context, name));
  return linearsTogether(x, parts) as tf.Tensor2D | { [Name in keyof Names]: tf.Tensor2D };
}

/** The linears of a feed-forward network by their names, and what lies between them. */
type FeedForwardNames =
  | { [Part in keyof Plain]: Named<Plain[Part]> }
  | { [Part in keyof Gated]: Named<Gated[Part]> };
type Plain = Extract<FeedForwardParts, { inner: unknown }>;
type Gated = Extract<FeedForwardParts, { gate: unknown }>;
type Named<Part> = Part extends LinearParameters ? string : Part;

/** A whole feed-forward network of x, plus the residual: on webgpu one operation. */
export function feedForward(
  context: ModelContext,
  names: FeedForwardNames,
  x: tf.Tensor2D,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const find = (name: string) => ownParameters(context, name);
  const outer = find(names.outer);
  const parts: FeedForwardParts =
    "inner" in names
      ? { ...names, inner: find(names.inner), outer }
      : { ...names, gate: find(names.gate), up: find(names.up), outer };
  return feedForwardOp(x, parts, residual);
}

/** `linear` for GPT-2's Conv1D, whose weight is `[in, out]`. */
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
