// The places where a model drops activations out. When is the trainer's business: without its noise nothing is dropped.
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { dropout as dropoutOp } from "../ops/dropout/dropout.ts";
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

/** Dropout of the weights of an attention, as an option of it; undefined where nothing is dropped. */
export function attentionDropout({ noise }: ModelContext, site: string, rate: number) {
  return noise === undefined || rate === 0 ? undefined : { rate, key: noise.keyOf(site) };
}
