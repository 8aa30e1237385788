// The product of two matrices on a GPU, tile by tile in the workgroup's memory. What it reads and what becomes of a result are a
// kernel's own. Each result is one sum in one fixed order, in float32.
import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernel, GpuKernels } from "../engine/gpu/gpu-kernels.ts";
import { oncePerVariant } from "./wgsl.ts";

/** Depth of a tile. */
const depth = 16;

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

/** A variant of a product's kernel. */
export type Tiled<Variant> = Variant & {
  /** Edge of an output tile: 64 or 32. */
  readonly tile: number;
};

/** Small products get small tiles, so that there are enough of them for all of a GPU's cores. */
const tileOf = (m: number, n: number): number =>
  Math.ceil(m / 64) * Math.ceil(n / 64) >= 64 ? 64 : 32;

/** Runs the product of one variant with sizes `[m, n, k]` and the numbers that its kernel has besides. */
type RunProduct<Variant> = (
  kernels: GpuKernels,
  variant: Variant,
  tensors: Readonly<Record<string, tf.TensorInfo>>,
  sizes: readonly [number, number, number],
  numbers?: Readonly<Record<string, number>>,
) => void;

/** What chooses the tile, makes a kernel once for each variant and runs it. */
export function productRunner<Variant extends object>(
  make: (variant: Tiled<Variant>) => GpuKernel,
): RunProduct<Variant> {
  const kernelOf = oncePerVariant(make);
  return (kernels, variant, tensors, [m, n, k], numbers) => {
    const tile = tileOf(m, n);
    const across = Math.ceil(n / tile);
    const params = { m, n, k, tiles_across: across, ...numbers };
    kernels.run(kernelOf({ ...variant, tile }), tensors, params, Math.ceil(m / tile) * across);
  };
}

/** Declares the parts' buffers: `weight0`, `weight1`, … */
export const each = (parts: number, name: string) =>
  Object.fromEntries(
    Array.from({ length: parts }, (_, part) => [`${name}${part}`, "f32" as const]),
  );

/** The tensors of such buffers. */
export const named = (
  name: string,
  tensors: readonly tf.TensorInfo[],
): Record<string, tf.TensorInfo> =>
  Object.fromEntries(tensors.map((tensor, part) => [`${name}${part}`, tensor]));
