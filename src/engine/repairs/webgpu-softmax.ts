// Softmax on webgpu. Above 65,535 rows stock tfjs dispatches too many workgroups without a bounds check and writes a wrong
// last element. Attention has batch x heads x length rows, so a batch of 128 short texts is enough.
import * as tf from "@tensorflow/tfjs-core";

const mostRows = 65_535;

/** Wraps the webgpu kernel: more rows than one dispatch can hold are taken in parts. */
export function repairWebGpuSoftmax(): void {
  const stock = tf.getKernel("Softmax", "webgpu");
  if (stock === undefined) return;
  tf.unregisterKernel("Softmax", "webgpu");
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const logits = call.inputs.logits as tf.Tensor;
      const width = logits.shape.at(-1) ?? 1;
      const rows = logits.size / width;
      if (rows <= mostRows) return stock.kernelFunc(call);
      return tf
        .tidy(() => inParts(logits.reshape([rows, width]), (part) => softmaxOf(part, call)))
        .reshape(logits.shape);
    },
  });

  function softmaxOf(part: tf.Tensor2D, call: Parameters<tf.KernelFunc>[0]): tf.Tensor2D {
    const result = stock?.kernelFunc({ ...call, inputs: { logits: part } }) as tf.TensorInfo;
    return tf.engine().makeTensorFromTensorInfo(result) as tf.Tensor2D;
  }
}

function inParts(x: tf.Tensor2D, apply: (part: tf.Tensor2D) => tf.Tensor2D): tf.Tensor2D {
  const [rows] = x.shape;
  const parts: tf.Tensor2D[] = [];
  for (let start = 0; start < rows; start += mostRows) {
    parts.push(apply(x.slice([start, 0], [Math.min(mostRows, rows - start), -1])));
  }
  return tf.concat(parts, 0);
}
