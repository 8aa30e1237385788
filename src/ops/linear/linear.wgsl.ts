// Products of matrices on a GPU, tile by tile in the workgroup's memory: the three of a linear layer, for one weight or for several
// that read the same input. Each result is one sum in one fixed order, in float32.

import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernel, GpuKernels } from "../../engine/gpu/gpu-kernels.ts";

/** Depth of a tile. */
const depth = 16;

/** What makes a kernel another one. */
interface Variant {
  /** Weights side by side in the output, 1 to 3. */
  readonly parts: number;
  readonly bias?: boolean;
  readonly relu?: boolean;
  readonly residual?: boolean;
  /** The one weight lies the other way round: `[in, out]`. */
  readonly flipped?: boolean;
  /** Edge of an output tile: 64 or 32. */
  readonly tile: number;
}

/** Declares the parts' buffers: `weight0`, `weight1`, … */
export const each = (parts: number, name: string) =>
  Object.fromEntries(
    Array.from({ length: parts }, (_, part) => [`${name}${part}`, "f32" as const]),
  );

/** Picks the part that an output column belongs to: `statement` sees `PART` and the column within it, `own`. */
const pick = (parts: number, column: string, statement: string) =>
  Array.from({ length: parts }, (_, part) => {
    const isLast = part === parts - 1;
    const condition = isLast ? "" : `if (${column} < params.end${part}) `;
    const start = part === 0 ? "0u" : `params.end${part - 1}`;
    return `${condition}{ let own = ${column} - ${start}; ${statement.replaceAll("PART", String(part))} }`;
  }).join(" else ");

/** `C[m, n] = sum over k of a(m, k) * b(k, n)`. `store` sees `m`, `n`, `value`, and as `partner` that of the column `n ^ 1`. */
export function product(
  name: string,
  tile: number,
  kernel: Pick<GpuKernel, "reads" | "writes" | "params"> & {
    readonly loadA: string;
    readonly loadB: string;
    /** True where neighbours of a along m lie side by side in memory, else along k. */
    readonly aAlongRows: boolean;
    readonly bAlongColumns: boolean;
    readonly store: string;
    /** Functions that `store` calls. */
    readonly functions?: string;
    /** Statements after the sums, which see `rowSums`: the sums of a over k for four rows. */
    readonly finish?: string;
  },
): GpuKernel {
  const across = tile / 4;
  const threads = across * across;
  const loads = (across * depth) / threads;
  const { reads, writes, params, loadA, loadB, aAlongRows, bAlongColumns } = kernel;
  const { functions = "", store, finish } = kernel;
  // Neighbouring lanes read neighbouring numbers.
  const place = (along: boolean) =>
    along
      ? `let quad = entry % ${across}u; let k = entry / ${across}u;`
      : `let quad = entry / ${depth}u; let k = entry % ${depth}u;`;
  return {
    ...{ name, reads, writes, workgroup: threads },
    params: { ...{ m: "u32", n: "u32", k: "u32", tiles_across: "u32" }, ...params },
    code: `${functions}
var<workgroup> tile_a : array<vec4<f32>, ${across * depth}>;
var<workgroup> tile_b : array<vec4<f32>, ${across * depth}>;
fn loadA(m : u32, k : u32) -> f32 {
  if (m >= params.m || k >= params.k) { return 0.0; }
  ${loadA}
}
fn loadB(k : u32, n : u32) -> f32 {
  if (n >= params.n || k >= params.k) { return 0.0; }
  ${loadB}
}
fn store(m : u32, n : u32, sum : f32, partner : f32) {
  if (m >= params.m || n >= params.n) { return; }
  var value = sum;
  ${store}
}
fn run(group : u32, lane : u32) {
  let first_row = (group / params.tiles_across) * ${tile}u;
  let first_column = (group % params.tiles_across) * ${tile}u;
  let row_quad = lane / ${across}u;
  let column_quad = lane % ${across}u;
  var sums0 = vec4<f32>();
  var sums1 = vec4<f32>();
  var sums2 = vec4<f32>();
  var sums3 = vec4<f32>();
  ${finish === undefined ? "" : "var rowSums = vec4<f32>();"}
  for (var start = 0u; start < params.k; start += ${depth}u) {
    for (var load = 0u; load < ${loads}u; load++) {
      let entry = load * ${threads}u + lane;
      {
        ${place(aAlongRows)}
        let m = first_row + 4u * quad;
        var four = vec4<f32>();
        for (var i = 0u; i < 4u; i++) { four[i] = loadA(m + i, start + k); }
        tile_a[k * ${across}u + quad] = four;
      }
      {
        ${place(bAlongColumns)}
        let n = first_column + 4u * quad;
        var four = vec4<f32>();
        for (var i = 0u; i < 4u; i++) { four[i] = loadB(start + k, n + i); }
        tile_b[k * ${across}u + quad] = four;
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      let a = tile_a[k * ${across}u + row_quad];
      let b = tile_b[k * ${across}u + column_quad];
      sums0 += a.x * b;
      sums1 += a.y * b;
      sums2 += a.z * b;
      sums3 += a.w * b;
      ${finish === undefined ? "" : "rowSums += a;"}
    }
    workgroupBarrier();
  }
  let m = first_row + 4u * row_quad;
  let n = first_column + 4u * column_quad;
  // A loop, so that compilers see one copy of what a store does.
  var sums = array<vec4<f32>, 4>(sums0, sums1, sums2, sums3);
  for (var i = 0u; i < 16u; i++) {
    store(m + i / 4u, n + i % 4u, sums[i / 4u][i % 4u], sums[i / 4u][(i % 4u) ^ 1u]);
  }
  ${finish ?? ""}
}`,
  };
}

const ends = (parts: number) =>
  Object.fromEntries(
    Array.from({ length: parts - 1 }, (_, part) => [`end${part}`, "u32" as const]),
  );

/** y `[rows, out]` = x `[rows, in]` · weightsᵀ + biases, the weights' outputs side by side. */
function forwardKernel(variant: Variant) {
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
function inputKernel({ parts, relu = false, residual = false, flipped = false, tile }: Variant) {
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
function weightKernel({ parts, bias = false, relu = false, flipped = false, tile }: Variant) {
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

const made = new Map<string, GpuKernel>();

function cached(kind: string, make: (variant: Variant) => GpuKernel, variant: Variant): GpuKernel {
  const { parts, bias = false, relu = false, residual = false, flipped = false, tile } = variant;
  const key = [kind, parts, bias, relu, residual, flipped, tile].join();
  const known = made.get(key);
  if (known !== undefined) return known;
  const kernel = make(variant);
  made.set(key, kernel);
  return kernel;
}

/** Small products get small tiles, so that there are enough of them for all of a GPU's cores. */
export const tileOf = (m: number, n: number): number =>
  Math.ceil(m / 64) * Math.ceil(n / 64) >= 64 ? 64 : 32;

type Tensors = Readonly<Record<string, tf.TensorInfo>>;

function run(
  kernels: GpuKernels,
  kind: "forward" | "input" | "weight",
  variant: Omit<Variant, "tile">,
  tensors: Tensors,
  [m, n, k]: readonly [number, number, number],
  outSizes: readonly number[],
): void {
  const tile = tileOf(m, n);
  const make = { forward: forwardKernel, input: inputKernel, weight: weightKernel }[kind];
  const kernel = cached(kind, make, { ...variant, tile });
  const params: Record<string, number> = { m, n, k, tiles_across: Math.ceil(n / tile) };
  let end = 0;
  outSizes.slice(0, -1).forEach((size, part) => {
    end += size;
    params[`end${part}`] = end;
  });
  kernels.run(kernel, tensors, params, Math.ceil(m / tile) * Math.ceil(n / tile));
}

/** The tensors of a linear layer, or of up to three that read the same input. */
export interface LinearParts {
  readonly weights: readonly tf.Tensor[];
  /** One a weight, or none. */
  readonly biases: readonly tf.Tensor[];
  /** The one weight lies the other way round: `[in, out]`. */
  readonly flipped?: boolean;
}

export const named = (
  name: string,
  tensors: readonly tf.TensorInfo[],
): Record<string, tf.TensorInfo> =>
  Object.fromEntries(tensors.map((tensor, part) => [`${name}${part}`, tensor]));

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
  run(
    kernels,
    "forward",
    {
      ...{ parts: weights.length, bias: biases.length > 0, relu, flipped },
      residual: residual !== undefined,
    },
    {
      ...{ x, y, ...named("weight", weights), ...named("bias", biases) },
      ...(residual && { residual }),
    },
    [rows, total(sizes), inSize],
    sizes,
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
  run(
    kernels,
    "input",
    { parts: weights.length, relu: y !== undefined, residual: sum !== undefined, flipped },
    { dy, dx, ...named("weight", weights), ...(y && { y }), ...(sum && { residual: sum }) },
    [rows, inSize, outSize],
    sizes,
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
  run(
    kernels,
    "weight",
    { parts: outSizes.length, bias: hasBias, relu: y !== undefined, flipped },
    { dy, x, ...named("d_weight", weights), ...named("d_bias", biases), ...(y && { y }) },
    [total(outSizes), inSize, rows],
    outSizes,
  );
  return { weights, biases };
}
