// What a captured step needs to know of a batch: which of its numbers change from step to step, and what must be alike for a plan to
// serve another batch.
import type { NoiseKeys } from "../engine/capture/captured-steps.ts";
import type { InputValues } from "../engine/capture/step-inputs.ts";
import type { Targets } from "./objective.ts";

export interface CapturedBatch {
  /** Batches of equal keys differ in their inputs' numbers alone. */
  readonly key: string;
  /** The arrays that the computation hands to `stepInput`, under any names. */
  readonly inputs: Readonly<Record<string, InputValues>>;
  /** What it draws at random; absent where it draws nothing. */
  readonly noise?: NoiseKeys;
}

/** The batch with its targets as the inputs of one step. */
export function stepOf(batch: Targets & { readonly captured?: CapturedBatch }): {
  key: string;
  inputs: Record<string, InputValues>;
  noise: NoiseKeys | undefined;
} {
  const { captured, labels, weights, values } = batch;
  if (captured === undefined) throw new Error("The batch does not say what changes in it.");
  const targets = {
    labels,
    ...(weights && { weights }),
    ...(values && { values }),
  };
  return {
    key: [captured.key, ...Object.keys(targets)].join(" "),
    inputs: { ...captured.inputs, ...targets },
    noise: captured.noise,
  };
}
