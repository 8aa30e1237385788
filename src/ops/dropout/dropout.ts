// Dropout (Srivastava et al. 2014) whose mask is drawn again in the backward pass. The same key gives the same mask on every back
// end: on wasm a kernel draws it, elsewhere it is drawn here and uploaded.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { elementBlocks } from "../grain.ts";
import { type DropoutKey, dropoutFactors, dropThreshold, keptScale } from "./dropout-mask.ts";

/** Sets a share `rate` (0 to 1) of the elements of x to 0 and divides the others by `1 - rate`. Any shape. */
export function dropout<Kind extends tf.Tensor>(x: Kind, rate: number, key: DropoutKey): Kind {
  return rate === 0 ? x : (dropoutOp({ x }, { rate, key0: key[0], key1: key[1] }) as Kind);
}

const dropoutOp = defineOp({
  name: "StudioDropout",
  saves: [],
  forward: ({ x }, attributes) => drop(x as tf.Tensor, attributes),
  gradients: (dy, _saved, attributes) => ({ x: () => drop(dy, attributes) }),
});

function drop(x: tf.Tensor, attributes: Readonly<Record<string, unknown>>): tf.Tensor {
  const { rate, key0, key1 } = attributes as { rate: number; key0: number; key1: number };
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.mul(x, tf.tensor(dropoutFactors(x.size, rate, [key0, key1]), x.shape));
  }
  const y = kernels.output(x.shape);
  kernels.split(
    "dropout",
    [...[x, y].map(kernels.address), x.size, dropThreshold(rate), keptScale(rate), key0, key1],
    ...elementBlocks(x.size),
  );
  return y;
}
