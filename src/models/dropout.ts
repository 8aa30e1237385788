// The places where a model drops activations out. What is dropped is the trainer's business: without it nothing is.
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
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
  return context.dropout === undefined || rate === 0 ? x : context.dropout(site, x, rate);
}
