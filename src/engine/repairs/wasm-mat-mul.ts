// BatchMatMul on wasm. With a transposed operand, stock tfjs leaves XNNPACK for a scalar loop that is 4 to 8 times slower
// (tfjs#6982); transposing first is faster than that by far. Batches of plain matrices still take the scalar loop.
import * as tf from "@tensorflow/tfjs-core";

interface MatMulCall {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly backend: object;
  readonly attrs: { readonly transposeA: boolean; readonly transposeB: boolean };
}

/** Wraps the wasm kernel: two-dimensional operands are transposed before it, not inside it. */
export function repairWasmMatMul(): void {
  const stock = tf.getKernel("BatchMatMul", "wasm");
  const transpose = tf.getKernel("Transpose", "wasm");
  if (stock === undefined || transpose === undefined) return;

  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      const { inputs, backend, attrs } = call as unknown as MatMulCall;
      const temporary: tf.TensorInfo[] = [];
      const turned = (x: tf.TensorInfo, wanted: boolean): tf.TensorInfo => {
        if (!wanted) return x;
        const rank = x.shape.length;
        const perm = x.shape.map((_, axis) => axis);
        [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
        const result = transpose.kernelFunc({ inputs: { x }, backend, attrs: { perm } });
        temporary.push(result as tf.TensorInfo);
        return result as tf.TensorInfo;
      };
      const a = turned(inputs.a as tf.TensorInfo, attrs.transposeA);
      const b = turned(inputs.b as tf.TensorInfo, attrs.transposeB);
      const product = stock.kernelFunc({
        inputs: { a, b },
        backend,
        attrs: { transposeA: false, transposeB: false },
      });
      for (const { dataId } of temporary) tf.engine().backend.disposeData(dataId);
      return product;
    },
  });
}
