// The gradient of tf.gather along the first axis. Stock tfjs uses UnsortedSegmentSum, which the wasm back end lacks
// (tfjs#8082), which is quadratic on cpu, and which takes 40 times as long as a scatter on webgpu.
import * as tf from "@tensorflow/tfjs-core";

/** Registers a gradient of GatherV2 that scatters: `dx[ids[i]] += dy[i]`. Other axes are refused by name. */
export function repairGatherGradient(): void {
  tf.registerGradient({
    kernelName: "GatherV2",
    inputsToSave: ["x", "indices"],
    gradFunc: (dy, saved, attributes) => {
      const [x, indices] = saved as [tf.Tensor, tf.Tensor];
      const { axis, batchDims } = attributes as unknown as { axis: number; batchDims: number };
      if (axis !== 0 || batchDims !== 0) {
        throw new Error(
          `The gradient of gather is known for axis 0, not ${axis} (batchDims ${batchDims}).`,
        );
      }
      const rowShape = x.shape.slice(1);
      const rows = indices.size;
      return {
        x: () =>
          tf.scatterND(
            indices.reshape([rows, 1]),
            (dy as tf.Tensor).reshape([rows, ...rowShape]),
            x.shape,
          ),
        indices: () => tf.zerosLike(indices),
      };
    },
  });
}
