// Softmax of rows on a GPU, a workgroup a row.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { lanes, lowest, reductions } from "../wgsl.ts";

export const softmaxForward: GpuKernel = {
  name: "softmaxForward",
  reads: { x: "f32" },
  writes: { y: "f32" },
  params: { width: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var largest = ${lowest};
  for (var i = lane; i < params.width; i += ${lanes}u) { largest = max(largest, x[start + i]); }
  largest = maxOfLanes(lane, largest);
  var sum = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) { sum += exp(x[start + i] - largest); }
  sum = sumOfLanes(lane, sum);
  for (var i = lane; i < params.width; i += ${lanes}u) { y[start + i] = exp(x[start + i] - largest) / sum; }
}`,
};

export const softmaxBackward: GpuKernel = {
  name: "softmaxBackward",
  reads: { dy: "f32", y: "f32" },
  writes: { dx: "f32" },
  params: { width: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var along = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) { along += y[start + i] * dy[start + i]; }
  along = sumOfLanes(lane, along);
  for (var i = lane; i < params.width; i += ${lanes}u) { dx[start + i] = y[start + i] * (dy[start + i] - along); }
}`,
};
