// Looks up a parameter by name.
import type * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../lib/errors.ts";
import type { ModelContext } from "./model.ts";

/** The parameter of this Hugging Face name. @throws StudioError if the model has none. */
export function parameter<Kind extends tf.Tensor = tf.Tensor>(
  { parameters }: ModelContext,
  name: string,
): Kind {
  const tensor = parameters.get(name);
  if (tensor === undefined) throw new StudioError(`The model has no parameter ${name}.`);
  return tensor as Kind;
}
