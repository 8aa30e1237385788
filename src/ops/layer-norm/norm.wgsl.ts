// Layer normalisation and RMS normalisation on a GPU, forward and backward. A workgroup a row; backward, a workgroup a block of rows,
// which also leaves the block's share of the parameters' gradients for `sumBlocks`.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { lanes, reductions } from "../wgsl.ts";

/** Rows of a block. */
export const normBlockRows = 16;

/** Stats are each row's mean and inverse deviation. */
export const layerNormForward: GpuKernel = {
  name: "layerNormForward",
  reads: { x: "f32", weight: "f32", bias: "f32" },
  writes: { y: "f32", stats: "f32" },
  params: { width: "u32", epsilon: "f32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) { sum += x[start + i]; }
  let mean = sumOfLanes(lane, sum) / f32(params.width);
  var squares = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) {
    let off = x[start + i] - mean;
    squares += off * off;
  }
  let inverse = inverseSqrt(sumOfLanes(lane, squares) / f32(params.width) + params.epsilon);
  for (var i = lane; i < params.width; i += ${lanes}u) {
    y[start + i] = (x[start + i] - mean) * inverse * weight[i] + bias[i];
  }
  if (lane == 0u) {
    stats[2u * group] = mean;
    stats[2u * group + 1u] = inverse;
  }
}`,
};

/** `partials` is `[blocks, 2, width]`: the weight's gradient, then the bias's. */
export const layerNormBackward: GpuKernel = {
  name: "layerNormBackward",
  reads: { dy: "f32", x: "f32", weight: "f32", stats: "f32" },
  writes: { dx: "f32", partials: "f32" },
  params: { rows: "u32", width: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let width = params.width;
  let own = group * 2u * width;
  let first = group * ${normBlockRows}u;
  let last = min(params.rows, first + ${normBlockRows}u);
  for (var i = lane; i < width; i += ${lanes}u) {
    partials[own + i] = 0.0;
    partials[own + width + i] = 0.0;
  }
  for (var row = first; row < last; row++) {
    let start = row * width;
    let mean = stats[2u * row];
    let inverse = stats[2u * row + 1u];
    var along = 0.0;
    var sum = 0.0;
    for (var i = lane; i < width; i += ${lanes}u) {
      let normalised = (x[start + i] - mean) * inverse;
      let upstream = dy[start + i];
      let slope = upstream * weight[i];
      along += slope * normalised;
      sum += slope;
      partials[own + i] += upstream * normalised;
      partials[own + width + i] += upstream;
    }
    along = sumOfLanes(lane, along) / f32(width);
    sum = sumOfLanes(lane, sum) / f32(width);
    for (var i = lane; i < width; i += ${lanes}u) {
      let normalised = (x[start + i] - mean) * inverse;
      dx[start + i] = (dy[start + i] * weight[i] - sum - normalised * along) * inverse;
    }
  }
}`,
};

export const rmsNormForward: GpuKernel = {
  name: "rmsNormForward",
  reads: { x: "f32", weight: "f32" },
  writes: { y: "f32", inverses: "f32" },
  params: { width: "u32", epsilon: "f32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var squares = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) { squares += x[start + i] * x[start + i]; }
  let inverse = inverseSqrt(sumOfLanes(lane, squares) / f32(params.width) + params.epsilon);
  for (var i = lane; i < params.width; i += ${lanes}u) { y[start + i] = x[start + i] * inverse * weight[i]; }
  if (lane == 0u) { inverses[group] = inverse; }
}`,
};

/** `partials` is `[blocks, width]`. */
export const rmsNormBackward: GpuKernel = {
  name: "rmsNormBackward",
  reads: { dy: "f32", x: "f32", weight: "f32", inverses: "f32" },
  writes: { dx: "f32", partials: "f32" },
  params: { rows: "u32", width: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let width = params.width;
  let own = group * width;
  let first = group * ${normBlockRows}u;
  let last = min(params.rows, first + ${normBlockRows}u);
  for (var i = lane; i < width; i += ${lanes}u) { partials[own + i] = 0.0; }
  for (var row = first; row < last; row++) {
    let start = row * width;
    let inverse = inverses[row];
    var along = 0.0;
    for (var i = lane; i < width; i += ${lanes}u) {
      let normalised = x[start + i] * inverse;
      along += dy[start + i] * weight[i] * normalised;
      partials[own + i] += dy[start + i] * normalised;
    }
    along = sumOfLanes(lane, along) / f32(width);
    for (var i = lane; i < width; i += ${lanes}u) {
      dx[start + i] = (dy[start + i] * weight[i] - x[start + i] * inverse * along) * inverse;
    }
  }
}`,
};

/** Sums `[blocks, stride]` over the blocks; the first `width` columns to `first`, the next to `second`. */
export const sumBlockPairs: GpuKernel = {
  name: "sumBlockPairs",
  reads: { partials: "f32" },
  writes: { first: "f32", second: "f32" },
  params: { blocks: "u32", width: "u32" },
  workgroup: lanes,
  code: `
fn run(group : u32, lane : u32) {
  let column = group * ${lanes}u + lane;
  if (column >= 2u * params.width) { return; }
  var sum = 0.0;
  for (var block = 0u; block < params.blocks; block++) { sum += partials[block * 2u * params.width + column]; }
  if (column < params.width) { first[column] = sum; } else { second[column - params.width] = sum; }
}`,
};

/** Sums `[rows, width]` over the rows. */
export const sumRowsKernel: GpuKernel = {
  name: "sumRows",
  reads: { x: "f32" },
  writes: { sums: "f32" },
  params: { rows: "u32", width: "u32" },
  workgroup: lanes,
  code: `
fn run(group : u32, lane : u32) {
  let column = group * ${lanes}u + lane;
  if (column >= params.width) { return; }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) { sum += x[row * params.width + column]; }
  sums[column] = sum;
}`,
};
