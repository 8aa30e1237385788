// x · Wᵀ + b, with an activation and a residual where the model has them, and its gradient. On wasm and webgpu it is one product of
// our own kernel that does the rest before a result leaves the cache. Elsewhere it transposes activations explicitly and never the
// weight: tfjs's transpose flags take slow paths on webgpu, and the weight is the largest matrix of the three.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { gemm, heapMatrix } from "../../engine/cpu/gemm.ts";
import { defineOp, gradientsTogether, type TakeSum } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { sumRows } from "../sum-rows/sum-rows.ts";
import { gpuLinear, gpuLinearInput, gpuLinearWeights } from "./linear.wgsl.ts";

export interface LinearOptions {
  /** Applied after the bias. */
  readonly activation?: "relu";
  /** Added last: `[rows, out]`. */
  readonly residual?: tf.Tensor2D;
}

/** x `[rows, in]`, weight `[out, in]` and bias `[out]` give `[rows, out]`. A frozen input's gradient is not computed. */
export function linear(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias?: tf.Tensor1D,
  { activation, residual }: LinearOptions = {},
): tf.Tensor2D {
  // The activation's gradient is read off the output, to which nothing may have been added then.
  if (activation !== undefined && residual !== undefined) {
    return tf.add(linear(x, weight, bias, { activation }), residual);
  }
  const inputs: Record<string, tf.Tensor> = { x, weight };
  if (bias !== undefined) inputs.bias = bias;
  if (residual !== undefined) inputs.residual = residual;
  const attributes = { hasBias: bias !== undefined };
  const op = activation === "relu" ? reluLinear : plainLinear;
  return op(inputs, attributes) as tf.Tensor2D;
}

interface LinearInputs {
  readonly x: tf.Tensor2D;
  readonly weight: tf.Tensor2D;
  readonly bias?: tf.Tensor1D;
  readonly residual?: tf.Tensor2D;
}

const plainLinear = defineOp({
  name: "StudioLinear",
  saves: ["x", "weight"],
  forward: (inputs) => product(inputs as unknown as LinearInputs),
  gradients: (dy, [x, weight], { hasBias }, takeSum) =>
    gradients(
      dy as tf.Tensor2D,
      { x: x as tf.Tensor2D, weights: [weight as tf.Tensor2D], takeSum },
      hasBias as boolean,
    ),
});

const reluLinear = defineOp({
  name: "StudioLinearRelu",
  saves: ["x", "weight"],
  savesOutput: true,
  forward: (inputs) => product(inputs as unknown as LinearInputs, "relu"),
  gradients: (dy, [x, weight, y], { hasBias }, takeSum) =>
    gradients(
      dy as tf.Tensor2D,
      { x: x as tf.Tensor2D, weights: [weight as tf.Tensor2D], takeSum, relu: y as tf.Tensor2D },
      hasBias as boolean,
    ),
});

function product(inputs: LinearInputs, activation?: "relu"): tf.Tensor2D {
  const { x, weight, bias, residual } = inputs;
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const parts = { weights: [weight], biases: bias === undefined ? [] : [bias] };
    return gpuLinear(gpu, x, parts, { relu: activation === "relu", ...(residual && { residual }) });
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    let y: tf.Tensor2D = tf.transpose(tf.matMul(weight, tf.transpose(x)));
    if (bias !== undefined) y = tf.add(y, bias);
    if (activation === "relu") y = tf.relu(y);
    return residual === undefined ? y : tf.add(y, residual);
  }
  const [rows, inSize] = x.shape;
  const [outSize] = weight.shape;
  const y = kernels.output<tf.Rank.R2>([rows, outSize]);
  gemm(
    kernels,
    heapMatrix(kernels.address(x), inSize),
    heapMatrix(kernels.address(weight), inSize, true),
    kernels.address(y),
    [rows, outSize, inSize],
    {
      ...(bias === undefined ? {} : { bias: kernels.address(bias) }),
      ...(activation === undefined ? {} : { activation }),
      ...(residual === undefined ? {} : { residual: kernels.address(residual) }),
    },
  );
  return y;
}

/** What gradients are computed from. */
interface Saved {
  readonly x: tf.Tensor2D;
  readonly weights: readonly tf.Tensor2D[];
  readonly takeSum: TakeSum;
  /** The output of a linear with that activation. */
  readonly relu?: tf.Tensor2D;
}

function gradients(upstream: tf.Tensor2D, saved: Saved, hasBias: boolean) {
  const gpu = gpuKernels();
  if (gpu !== undefined) return gpuGradients(gpu, upstream, saved, hasBias);
  const { x, relu } = saved;
  const [weight] = saved.weights as [tf.Tensor2D];
  const dy: tf.Tensor2D = relu === undefined ? upstream : tf.mul(upstream, tf.step(relu));
  return {
    x: () => tf.matMul(dy, weight),
    // On wasm tf.matMul reads a transposed operand as it lies.
    weight: () =>
      cpuKernels() === undefined ? tf.matMul(tf.transpose(dy), x) : tf.matMul(dy, x, true, false),
    bias: () => sumRows(dy),
    residual: () => tf.clone(dy),
  };
}

function gpuGradients(
  gpu: GpuKernels,
  dy: tf.Tensor2D,
  { x, weights, takeSum, relu }: Saved,
  hasBias: boolean,
): Record<string, () => tf.Tensor> {
  const sizes = weights.map(({ shape }) => shape[0]);
  const suffix = (part: number) => (weights.length === 1 ? "" : String(part));
  const names = sizes.flatMap((_, part) =>
    hasBias ? [`weight${suffix(part)}`, `bias${suffix(part)}`] : [`weight${suffix(part)}`],
  );
  return {
    x: () => gpuLinearInput(gpu, dy, weights, { y: relu, sum: takeSum("x") }),
    residual: () => tf.clone(dy),
    ...gradientsTogether(names, () => {
      const found = gpuLinearWeights(gpu, dy, x, sizes, hasBias, { y: relu });
      return Object.fromEntries([
        ...found.weights.map((tensor, part) => [`weight${suffix(part)}`, tensor]),
        ...found.biases.map((tensor, part) => [`bias${suffix(part)}`, tensor]),
      ]);
    }),
  };
}

/** A linear's parameters. */
export interface LinearParameters {
  readonly weight: tf.Tensor2D;
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * Two or three linears of one input x `[rows, in]`, with biases all or none: on webgpu one tensor with their outputs side by side,
 * from one kernel each way, elsewhere one tensor each.
 */
export function linearsTogether<Parts extends readonly LinearParameters[]>(
  x: tf.Tensor2D,
  parts: Parts,
): tf.Tensor2D | { [Part in keyof Parts]: tf.Tensor2D } {
  const biases = parts.filter(({ bias }) => bias !== undefined).length;
  const op = [pairOp, tripleOp][parts.length - 2];
  if (gpuKernels() === undefined || op === undefined || biases % parts.length !== 0) {
    return parts.map(({ weight, bias }) => linear(x, weight, bias)) as {
      [Part in keyof Parts]: tf.Tensor2D;
    };
  }
  const inputs: Record<string, tf.Tensor> = { x };
  parts.forEach(({ weight, bias }, part) => {
    inputs[`weight${part}`] = weight;
    if (bias !== undefined) inputs[`bias${part}`] = bias;
  });
  return op(inputs, { hasBias: biases > 0 }) as tf.Tensor2D;
}

const pairOp = defineTogether("StudioLinearPair", 2);
const tripleOp = defineTogether("StudioLinearTriple", 3);

function defineTogether(name: string, count: number) {
  const weightNames = Array.from({ length: count }, (_, part) => `weight${part}`);
  return defineOp({
    name,
    saves: ["x", ...weightNames],
    forward(inputs, { hasBias }) {
      const gpu = gpuKernels() as GpuKernels;
      const pick = (kind: string) =>
        weightNames.map((_, part) => inputs[`${kind}${part}`] as tf.Tensor);
      const parts = { weights: pick("weight"), biases: hasBias === true ? pick("bias") : [] };
      return gpuLinear(gpu, inputs.x as tf.Tensor2D, parts);
    },
    gradients: (dy, [x, ...weights], { hasBias }, takeSum) =>
      gpuGradients(
        gpuKernels() as GpuKernels,
        dy as tf.Tensor2D,
        { x: x as tf.Tensor2D, weights: weights as tf.Tensor2D[], takeSum },
        hasBias as boolean,
      ),
  });
}
