// Identity on wasm. Stock tfjs copies the values, and the tape clones whatever a gradient reads: each activation and each weight
// would lie in the heap twice. The clone shares the memory here, as on tfjs's other back ends. Kernels that work in place write
// only to variables between two steps, when no tape holds them.
import * as tf from "@tensorflow/tfjs-core";

/** Replaces the wasm kernel behind tf.clone. */
export function repairWasmIdentity(): void {
  const stock = tf.getKernel("Identity", "wasm");
  if (stock === undefined) return;
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const { dataId, shape, dtype } = call.inputs.x as tf.TensorInfo;
      if (dtype === "string") return stock.kernelFunc(call);
      (call.backend as tf.KernelBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
