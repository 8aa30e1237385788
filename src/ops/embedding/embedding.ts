// Rows of a table by their ids, with a gradient that scatters. The stock gradient of tf.gather has no kernel on wasm
// (tfjs#8082) and is quadratic on cpu; a one-hot product would cost more than the rest of a small model.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { rowGrain } from "../grain.ts";
import { lanes, runElementwise } from "../wgsl.ts";
import { gatherRows, scatterRows } from "./embedding.wgsl.ts";

/**
 * table `[vocabulary, width]` and int32 ids `[rows]` give `[rows, width]`. Equal ids add up in the gradient, in the order of the
 * rows.
 */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  return embeddingOp({ table, ids }, { vocabulary: table.shape[0] }) as tf.Tensor2D;
}

const embeddingOp = defineOp({
  name: "StudioEmbedding",
  saves: ["ids"],
  forward(inputs) {
    const { table, ids } = inputs as { table: tf.Tensor2D; ids: tf.Tensor1D };
    const [vocabulary, width] = table.shape;
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const y = gpu.output([ids.size, width]);
      runElementwise(gpu, gatherRows, { table, ids, y }, y.size, { vocabulary, width });
      return y;
    }
    const kernels = cpuKernels();
    if (kernels === undefined) return tf.gather(table, ids);
    const out = kernels.output([ids.size, width]);
    const args = [...[table, ids, out].map(kernels.address), vocabulary, width];
    kernels.split("gatherRows", args, ids.size, rowGrain(width, 1));
    return out;
  },
  gradients: (dy, [ids], { vocabulary }) => ({
    table: () => scatter(dy as tf.Tensor2D, ids as tf.Tensor1D, vocabulary as number),
  }),
});

function scatter(dy: tf.Tensor2D, ids: tf.Tensor1D, vocabulary: number): tf.Tensor2D {
  const [rows, width] = dy.shape;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const gradient = gpu.output<tf.Rank.R2>([vocabulary, width]);
    gpu.clear(gradient);
    const parts = Math.ceil(width / lanes);
    const numbers = { rows, vocabulary, width, parts };
    gpu.run(scatterRows, { dy, ids, gradient }, numbers, rows * parts);
    return gradient;
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    return tf.scatterND(tf.reshape(ids, [rows, 1]), dy, [vocabulary, width]);
  }
  const gradient = kernels.output<tf.Rank.R2>([vocabulary, width]);
  const args = [kernels.address(dy), kernels.address(ids), rows, kernels.address(gradient), width];
  kernels.split("scatterRows", args, vocabulary, rowGrain(width, 0.25));
  return gradient;
}
