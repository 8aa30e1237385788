// Pieces that several WGSL kernels share. None assumes the size of a subgroup, and every sum has one fixed order.

import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernel, GpuKernels } from "../engine/gpu/gpu-kernels.ts";

/** Invocations of a workgroup of most kernels. */
export const lanes = 64;

/** Where a search for the highest number begins: below any, and near enough that no difference overflows. WGSL may assume that none does. */
export const lowest = "-1e30";

/** `sumOfLanes(lane, value)` and `maxOfLanes(lane, value)`: over the workgroup, known to every lane. */
export const reductions = `
var<workgroup> shared_values : array<f32, ${lanes}>;
fn sumOfLanes(lane : u32, value : f32) -> f32 {
  shared_values[lane] = value;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half = half >> 1u) {
    if (lane < half) { shared_values[lane] += shared_values[lane + half]; }
    workgroupBarrier();
  }
  let total = shared_values[0];
  workgroupBarrier();
  return total;
}
fn maxOfLanes(lane : u32, value : f32) -> f32 {
  shared_values[lane] = value;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half = half >> 1u) {
    if (lane < half) { shared_values[lane] = max(shared_values[lane], shared_values[lane + half]); }
    workgroupBarrier();
  }
  let largest = shared_values[0];
  workgroupBarrier();
  return largest;
}
`;

/** `drawBits` of dropout-mask.ts: 32 random bits of an element under a key. */
export const randomBits = `
fn drawBits(counter : u32, key0 : u32, key1 : u32) -> u32 {
  var x = counter + key0;
  x ^= x >> 16u;
  x *= 0x7feb352du;
  x ^= x >> 15u;
  x += key1;
  x *= 0x846ca68bu;
  x ^= x >> 16u;
  x *= 0x31848babu;
  x ^= x >> 14u;
  return x;
}
`;

/** `make`, but each variant's kernel is made once. */
export function oncePerVariant<Variant extends object>(
  make: (variant: Variant) => GpuKernel,
): (variant: Variant) => GpuKernel {
  const made = new Map<string, GpuKernel>();
  return (variant) => {
    const key = JSON.stringify(variant);
    const kernel = made.get(key) ?? make(variant);
    made.set(key, kernel);
    return kernel;
  };
}

/** Elements of a workgroup of an elementwise kernel. */
const elementsPerGroup = 4 * lanes;

/** A kernel that computes element `i` of its outputs from element `i` of its inputs. `body` ends each statement. */
export function elementwise(
  name: string,
  kernel: Pick<GpuKernel, "reads" | "writes"> & {
    readonly params?: GpuKernel["params"];
    readonly functions?: string;
    readonly body: string;
  },
): GpuKernel {
  const { reads, writes, params = {}, functions = "", body } = kernel;
  return {
    ...{ name, reads, writes, workgroup: lanes },
    params: { size: "u32", ...params },
    code: `
${functions}
fn run(group : u32, lane : u32) {
  for (var part = 0u; part < 4u; part++) {
    let i = group * ${elementsPerGroup}u + part * ${lanes}u + lane;
    if (i < params.size) {
      ${body}
    }
  }
}`,
  };
}

/** Runs an elementwise kernel over so many elements. */
export function runElementwise(
  kernels: GpuKernels,
  kernel: GpuKernel,
  tensors: Readonly<Record<string, tf.TensorInfo>>,
  size: number,
  params: Readonly<Record<string, number>> = {},
): void {
  kernels.run(kernel, tensors, { size, ...params }, Math.ceil(size / elementsPerGroup));
}
