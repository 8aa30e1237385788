// Tensors as plain numbers: what checkpoints keep and what crosses no worker.
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor's values as plain numbers. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors' values, under their names. */
export async function readValues(
  tensors: ReadonlyMap<string, tf.Tensor>,
): Promise<Map<string, TensorValues>> {
  const values = new Map<string, TensorValues>();
  for (const [name, tensor] of tensors) {
    // A copy, because the wasm back end hands out a view of its memory, which the next step overwrites.
    const data = new Float32Array((await tensor.data()) as Float32Array);
    values.set(name, { shape: tensor.shape, data });
  }
  return values;
}
