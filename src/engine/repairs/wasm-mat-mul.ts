// BatchMatMul on wasm, by our own kernel. With a transposed operand or a batch, stock tfjs leaves XNNPACK for a scalar loop that
// is 4 to 8 times slower (tfjs#6982), and it keeps packed weights by tensor, so that it does not see edits in place.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../cpu/cpu-kernels.ts";
import { gemm, gemmBatch, type HeapMatrix, heapMatrix } from "../cpu/gemm.ts";
import { wasmBackend } from "../cpu/heap.ts";

interface MatMulCall {
  readonly inputs: { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo };
  readonly attrs: { readonly transposeA: boolean; readonly transposeB: boolean };
}

/** Replaces the wasm kernel behind tf.matMul. */
export function repairWasmMatMul(): void {
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    kernelName: "BatchMatMul",
    backendName: "wasm",
    kernelFunc: (call) => multiply(call as unknown as MatMulCall),
  });
}

function multiply({ inputs: { a, b }, attrs: { transposeA, transposeB } }: MatMulCall) {
  const kernels = cpuKernels();
  if (kernels === undefined)
    throw new Error("tf.matMul was called before the kernels were loaded.");
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [inner, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  if (k !== inner) {
    throw new Error(
      `Error in matMul: inner shapes (${k}) and (${inner}) of Tensors with shapes ${a.shape} and ${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
    );
  }
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const output = wasmBackend().makeOutput([...batch, m, n], "float32");
  const count = tf.util.sizeFromShape(batch);
  const left = heapMatrix(kernels.address(a), columnsA, transposeA);
  const right = heapMatrix(kernels.address(b), columnsB, transposeB);
  const c = kernels.address(output);
  if (count === 1) {
    gemm(kernels, left, right, c, [m, n, k]);
    return output;
  }
  const offsetsA = batchOffsets(batchA, batch, m * k);
  const offsetsB = batchOffsets(batchB, batch, k * n);
  const strideA = evenStride(offsetsA);
  const strideB = evenStride(offsetsB);
  if (strideA !== undefined && strideB !== undefined && m * n * k < largeProduct) {
    const batched = (matrix: HeapMatrix, batchStride: number) => ({ ...matrix, batchStride });
    gemmBatch(kernels, batched(left, strideA), batched(right, strideB), c, count, [m, n, k]);
    return output;
  }
  for (let i = 0; i < count; i++) {
    gemm(kernels, shift(left, offsetsA[i]), shift(right, offsetsB[i]), c + 4 * i * m * n, [
      m,
      n,
      k,
    ]);
  }
  return output;
}

/** From this many multiplications on, one product is shared among the threads rather than the batch. */
const largeProduct = 4_000_000;

const shift = (matrix: HeapMatrix, elements = 0): HeapMatrix => ({
  ...matrix,
  address: matrix.address + 4 * elements,
});

/** Where the matrices of an operand lie that is broadcast to `batch`, in elements. */
function batchOffsets(own: readonly number[], batch: readonly number[], size: number): number[] {
  const padded = [...new Array<number>(batch.length - own.length).fill(1), ...own];
  let offsets = [0];
  let stride = size * padded.reduce((product, length) => product * length, 1);
  batch.forEach((length, axis) => {
    const ownLength = padded[axis] as number;
    stride /= ownLength;
    const step = ownLength === 1 ? 0 : stride;
    offsets = offsets.flatMap((offset) => Array.from({ length }, (_, i) => offset + i * step));
  });
  return offsets;
}

/** The distance between neighbours where it is the same for all. */
function evenStride(offsets: readonly number[]): number | undefined {
  const stride = (offsets[1] ?? 0) - (offsets[0] ?? 0);
  return offsets.every((offset, i) => offset === i * stride) ? stride : undefined;
}
