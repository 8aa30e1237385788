// What a step reads that changes from step to step: its batch and its random keys. Outside of a captured step they are ordinary
// tensors; inside they are tensors of one place each, which every replay finds filled anew.
import * as tf from "@tensorflow/tfjs-core";

/** Numbers of a step's input. */
export type InputValues = Float32Array | Int32Array;

/** Two words that dropout draws its bits from. */
export type Key = readonly [number, number];

/** Where a key lies: row `slot` of an int32 tensor `[slots, 2]`. */
export interface KeyPlace {
  readonly keys: tf.Tensor;
  readonly slot: number;
}

/** Stands in for the values of the step that runs. */
export interface StepContext {
  /** The tensor of an input; undefined for values that are not among the step's inputs. */
  input(values: InputValues, shape: readonly number[]): tf.Tensor | undefined;
  key(key: Key): KeyPlace;
}

let context: StepContext | undefined;

/** Runs `body` with these inputs. */
export function withStepInputs(inputs: StepContext, body: () => void): void {
  const outer = context;
  context = inputs;
  try {
    body();
  } finally {
    context = outer;
  }
}

/** A tensor of values that belong to the batch. */
export function stepInput<R extends tf.Rank>(
  values: InputValues,
  shape: tf.ShapeMap[R],
): tf.Tensor<R> {
  const dtype = values instanceof Int32Array ? "int32" : "float32";
  return (context?.input(values, shape) ?? tf.tensor(values, shape, dtype)) as tf.Tensor<R>;
}

/** The place of a random key. The caller tidies up. */
export function stepKey(key: Key): KeyPlace {
  if (context !== undefined) return context.key(key);
  return { keys: tf.tensor2d(Int32Array.of(key[0] | 0, key[1] | 0), [1, 2], "int32"), slot: 0 };
}
