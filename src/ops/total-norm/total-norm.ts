// The L2 norm of several tensors taken as one vector: what clipping by norm needs. It has no gradient.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { elementBlocks } from "../grain.ts";

/** The root of the sum of all squares, a float32 scalar. On wasm the squares are added up in double, in one fixed order. */
export function totalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.tidy(() => {
      const squares = tensors.map((tensor) => {
        const square = tf.reshape(tf.square(tensor), [partsOf(tensor.size), -1]);
        return tf.sum(tf.sum(square, 1)) as tf.Scalar;
      });
      // Not tf.addN: on webgpu it binds all of them at once, and a device grants as few as eight buffers.
      return tf.sqrt(tf.sum(tf.stack(squares))) as tf.Scalar;
    });
  }
  const blocks = tensors.map(({ size }) => elementBlocks(size)[0]);
  const count = blocks.reduce((sum, own) => sum + own, 0);
  const partials = kernels.scratch("norm", count * 8);
  let at = partials;
  tensors.forEach((tensor, i) => {
    const [extent, grain] = elementBlocks(tensor.size);
    kernels.split("sumSquares", [kernels.address(tensor), tensor.size, at], extent, 4 * grain);
    at += (blocks[i] ?? 0) * 8;
  });
  const norm = kernels.output<tf.Rank.R0>([]);
  kernels.call("rootOfSum", partials, count, kernels.address(norm));
  return norm;
}

/** One running float32 sum over a million elements loses the fifth digit; thousands of short ones cost a GPU more than they are. */
function partsOf(size: number): number {
  let parts = 1;
  while (parts < 64 && size % (2 * parts) === 0) parts *= 2;
  return parts;
}
