// The places where a model drops activations out. When is the trainer's business: without its noise nothing is dropped.
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { dropoutAdd, dropout as dropoutOp } from "../ops/dropout/dropout.ts";
import { linear } from "./linear.ts";
import type { ModelContext } from "./model.ts";

/** A probability in a config.json, with the architecture's own default. */
export const probability = (byDefault: number) => z.number().min(0).max(1).default(byDefault);

/**
 * Drops activations out while a run trains, else gives x back.
 * @param site the name of the dropout in the model, such as `bert.encoder.layer.0.output.dropout`: each has its own mask.
 */
export function dropout(
  context: ModelContext,
  site: string,
  x: tf.Tensor2D,
  rate: number,
): tf.Tensor2D {
  const { noise } = context;
  return noise === undefined || rate === 0 ? x : dropoutOp(x, rate, noise.keyOf(site));
}

/** A linear whose output is dropped out while a run trains, and a residual added to what is left. */
export function residualLinear(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  residual: tf.Tensor2D,
  rate: number,
): tf.Tensor2D {
  const { noise } = context;
  if (noise === undefined || rate === 0) return linear(context, name, x, { residual });
  return dropoutAdd(linear(context, name, x), residual, rate, noise.keyOf(name));
}

/** The same for the weights of an attention, as an option of it; undefined where nothing is dropped. */
export function attentionDropout({ noise }: ModelContext, site: string, rate: number) {
  return noise === undefined || rate === 0 ? undefined : { rate, key: noise.keyOf(site) };
}
