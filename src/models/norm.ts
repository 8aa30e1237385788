// A layer normalisation by its name, alone and at the end of a part of a layer.
import type * as tf from "@tensorflow/tfjs-core";
import { dropoutAddNorm } from "../ops/layer-norm/dropout-add-norm.ts";
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
  return layerNorm(x, weightOf(context, name), biasOf(context, name), epsilon);
}

const weightOf = (context: ModelContext, name: string) =>
  parameter<tf.Tensor1D>(context, `${name}.weight`);
const biasOf = (context: ModelContext, name: string) =>
  parameter<tf.Tensor1D>(context, `${name}.bias`);

/** How a part of a layer ends: what is dropped out of it while a run trains, and the norm of its sum with what went in. */
export interface ResidualNorm {
  /** The name of the norm. */
  readonly norm: string;
  readonly epsilon: number;
  /** The name of the dropout. */
  readonly site: string;
  readonly rate: number;
}

/** `norm(residual + dropout(part))`. `part` adds the residual itself where it is given one. */
export function residualNorm(
  context: ModelContext,
  { norm: name, epsilon, site, rate }: ResidualNorm,
  residual: tf.Tensor2D,
  part: (residual?: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  const { noise } = context;
  if (noise === undefined || rate === 0) return norm(context, name, part(residual), epsilon);
  const parameters = { weight: weightOf(context, name), bias: biasOf(context, name), epsilon };
  return dropoutAddNorm(part(), residual, parameters, { rate, key: noise.keyOf(site) });
}

/** Its two parameters. */
export function normParameters(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initializer: { type: "ones" } },
    { name: `${name}.bias`, shape: [width], initializer: { type: "zeros" } },
  ];
}
