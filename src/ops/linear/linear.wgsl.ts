// The three products of a linear layer on a GPU, for one weight or for several that read the same input.
import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { each, named, product, productRunner, type Tiled } from "../product.wgsl.ts";

/** What makes a kernel another one. */
interface Variant {
  /** Weights side by side in the output, 1 to 3. */
  readonly parts: number;
  readonly bias?: boolean;
  readonly relu?: boolean;
  readonly residual?: boolean;
  /** The one weight lies the other way round: `[in, out]`. */
  readonly flipped?: boolean;
}

/** Picks the part that an output column belongs to: `statement` sees `PART` and the column within it, `own`. */
const pick = (parts: number, column: string, statement: string) =>
  Array.from({ length: parts }, (_, part) => {
    const isLast = part === parts - 1;
    const condition = isLast ? "" : `if (${column} < params.end${part}) `;
    const start = part === 0 ? "0u" : `params.end${part - 1}`;
    return `${condition}{ let own = ${column} - ${start}; ${statement.replaceAll("PART", String(part))} }`;
  }).join(" else ");

const ends = (parts: number) =>
  Object.fromEntries(
    Array.from({ length: parts - 1 }, (_, part) => [`end${part}`, "u32" as const]),
  );

/** y `[rows, out]` = x `[rows, in]` · weightsᵀ + biases, the weights' outputs side by side. */
function forwardKernel(variant: Tiled<Variant>) {
  const { parts, bias = false, relu = false, residual = false, flipped = false, tile } = variant;
  return product(`linear ${parts} ${bias} ${relu} ${residual} ${flipped} ${tile}`, tile, {
    reads: {
      ...{ x: "f32", ...each(parts, "weight") },
      ...(bias && each(parts, "bias")),
      ...(residual && { residual: "f32" }),
    },
    writes: { y: "f32" },
    params: ends(parts),
    loadA: "return x[m * params.k + k];",
    aAlongRows: false,
    loadB: flipped
      ? "return weight0[k * params.n + n];"
      : pick(parts, "n", "return weightPART[own * params.k + k];"),
    bAlongColumns: flipped,
    store: `
  ${bias ? pick(parts, "n", "value += biasPART[own];") : ""}
  ${relu ? "value = max(value, 0.0);" : ""}
  ${residual ? "value += residual[m * params.n + n];" : ""}
  y[m * params.n + n] = value;`,
  });
}

/** The upstream gradient before a relu is 0 where the output is. */
const upstream = (relu: boolean, index: string) =>
  relu ? `return select(0.0, dy[${index}], y[${index}] > 0.0);` : `return dy[${index}];`;

/** dx `[rows, in]` = dy `[rows, out]` · weights, added to the residual. */
function inputKernel(variant: Tiled<Variant>) {
  const { parts, relu = false, residual = false, flipped = false, tile } = variant;
  return product(`linearInput ${parts} ${relu} ${residual} ${flipped} ${tile}`, tile, {
    reads: {
      ...{ dy: "f32", ...(relu && { y: "f32" }), ...each(parts, "weight") },
      ...(residual && { residual: "f32" }),
    },
    writes: { dx: "f32" },
    params: ends(parts),
    loadA: upstream(relu, "m * params.k + k"),
    aAlongRows: false,
    loadB: flipped
      ? "return weight0[n * params.k + k];"
      : pick(parts, "k", "return weightPART[own * params.n + n];"),
    bAlongColumns: !flipped,
    store: `
  ${residual ? "value += residual[m * params.n + n];" : ""}
  dx[m * params.n + n] = value;`,
  });
}

/** dWeights `[out, in]` = dyᵀ · x, and with them the biases' gradients: dy summed over the rows. */
function weightKernel(variant: Tiled<Variant>) {
  const { parts, bias = false, relu = false, flipped = false, tile } = variant;
  const storeBias = `
  if (first_column == 0u && column_quad == 0u) {
    for (var i = 0u; i < 4u; i++) { storeBias(m + i, rowSums[i]); }
  }`;
  const kernel = product(`linearWeight ${parts} ${bias} ${relu} ${flipped} ${tile}`, tile, {
    reads: { dy: "f32", ...(relu && { y: "f32" }), x: "f32" },
    writes: { ...each(parts, "d_weight"), ...(bias && each(parts, "d_bias")) },
    params: ends(parts),
    loadA: upstream(relu, "k * params.m + m"),
    aAlongRows: true,
    loadB: "return x[k * params.n + n];",
    bAlongColumns: true,
    store: flipped
      ? "d_weight0[n * params.m + m] = value;"
      : pick(parts, "m", "d_weightPART[own * params.n + n] = value;"),
    ...(bias && { finish: storeBias }),
  });
  if (!bias) return kernel;
  const store = `
fn storeBias(m : u32, sum : f32) {
  if (m >= params.m) { return; }
  ${pick(parts, "m", "d_biasPART[own] = sum;")}
}`;
  return { ...kernel, code: `${store}\n${kernel.code}` };
}

const runForward = productRunner(forwardKernel);
const runInput = productRunner(inputKernel);
const runWeight = productRunner(weightKernel);

/** Where the parts end, but for the last. */
function endsOf(outSizes: readonly number[]): Record<string, number> {
  let end = 0;
  return Object.fromEntries(
    outSizes.slice(0, -1).map((size, part) => {
      end += size;
      return [`end${part}`, end];
    }),
  );
}

/** The tensors of a linear layer, or of up to three that read the same input. */
export interface LinearParts {
  readonly weights: readonly tf.Tensor[];
  /** One a weight, or none. */
  readonly biases: readonly tf.Tensor[];
  /** The one weight lies the other way round: `[in, out]`. */
  readonly flipped?: boolean;
}

const outSizesOf = (weights: readonly tf.Tensor[], flipped: boolean) =>
  weights.map(({ shape }) => shape[flipped ? 1 : 0] ?? 0);

const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

/** x `[rows, in]` to `[rows, sum of outs]`. */
export function gpuLinear(
  kernels: GpuKernels,
  x: tf.Tensor2D,
  { weights, biases, flipped = false }: LinearParts,
  options: { readonly relu?: boolean; readonly residual?: tf.Tensor } = {},
): tf.Tensor2D {
  const { relu = false, residual } = options;
  const sizes = outSizesOf(weights, flipped);
  const [rows, inSize] = x.shape;
  const y = kernels.output<tf.Rank.R2>([rows, total(sizes)]);
  runForward(
    kernels,
    {
      ...{ parts: weights.length, bias: biases.length > 0, relu, flipped },
      residual: residual !== undefined,
    },
    {
      ...{ x, y, ...named("weight", weights), ...named("bias", biases) },
      ...(residual && { residual }),
    },
    [rows, total(sizes), inSize],
    endsOf(sizes),
  );
  return y;
}

/** The gradient of the input, added to `sum`. `y` is the output of a linear with relu. */
export function gpuLinearInput(
  kernels: GpuKernels,
  dy: tf.Tensor2D,
  weights: readonly tf.Tensor[],
  options: {
    readonly y?: tf.Tensor | undefined;
    readonly sum?: tf.Tensor | undefined;
    readonly flipped?: boolean;
  } = {},
): tf.Tensor2D {
  const { y, sum, flipped = false } = options;
  const sizes = outSizesOf(weights, flipped);
  const [rows, outSize] = dy.shape;
  const inSize = weights[0]?.shape[flipped ? 0 : 1] ?? 0;
  const dx = kernels.output<tf.Rank.R2>([rows, inSize]);
  runInput(
    kernels,
    { parts: weights.length, relu: y !== undefined, residual: sum !== undefined, flipped },
    { dy, dx, ...named("weight", weights), ...(y && { y }), ...(sum && { residual: sum }) },
    [rows, inSize, outSize],
    endsOf(sizes),
  );
  return dx;
}

/** The gradients of the weights and, where asked for, of the biases. */
export function gpuLinearWeights(
  kernels: GpuKernels,
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  outSizes: readonly number[],
  hasBias: boolean,
  { y, flipped = false }: { readonly y?: tf.Tensor | undefined; readonly flipped?: boolean } = {},
): { weights: tf.Tensor2D[]; biases: tf.Tensor1D[] } {
  const [rows, inSize] = x.shape;
  const weights = outSizes.map((size) =>
    kernels.output<tf.Rank.R2>(flipped ? [inSize, size] : [size, inSize]),
  );
  const biases = hasBias ? outSizes.map((size) => kernels.output<tf.Rank.R1>([size])) : [];
  runWeight(
    kernels,
    { parts: outSizes.length, bias: hasBias, relu: y !== undefined, flipped },
    { dy, x, ...named("d_weight", weights), ...named("d_bias", biases), ...(y && { y }) },
    [total(outSizes), inSize, rows],
    endsOf(outSizes),
  );
  return { weights, biases };
}
