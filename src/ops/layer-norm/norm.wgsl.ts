// Layer normalisation and RMS normalisation on a GPU, forward and backward, with what is added before and after. A workgroup a row;
// backward, a workgroup a block of rows, which also leaves the block's share of the parameters' gradients: `sumBlockPairs` adds up
// those of a layer norm, `sumRows` those of an RMS norm.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { lanes, randomBits, reductions } from "../wgsl.ts";

/** Rows of a block. */
export const normBlockRows = 16;

/**
 * Stats are each row's mean and inverse deviation. With `drops` x is dropped out and added to the residual first, which gives `sum`.
 */
export const layerNormForward = (drops: boolean): GpuKernel => ({
  name: drops ? "dropoutAddNormForward" : "layerNormForward",
  reads: {
    ...{ x: "f32", weight: "f32", bias: "f32" },
    ...(drops && { residual: "f32", keys: "u32" }),
  },
  writes: { ...(drops && { sum: "f32" }), y: "f32", stats: "f32" },
  params: { width: "u32", epsilon: "f32", ...(drops && dropParams) },
  workgroup: lanes,
  code: `${reductions}${drops ? keptShare : ""}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var total = 0.0;
  for (var i = start + lane; i < start + params.width; i += ${lanes}u) {
    ${drops ? "sum[i] = residual[i] + kept(i, x[i]);" : ""}
    total += ${drops ? "sum" : "x"}[i];
  }
  let mean = sumOfLanes(lane, total) / f32(params.width);
  var squares = 0.0;
  for (var i = start + lane; i < start + params.width; i += ${lanes}u) {
    let off = ${drops ? "sum" : "x"}[i] - mean;
    squares += off * off;
  }
  let inverse = inverseSqrt(sumOfLanes(lane, squares) / f32(params.width) + params.epsilon);
  for (var i = lane; i < params.width; i += ${lanes}u) {
    y[start + i] = (${drops ? "sum" : "x"}[start + i] - mean) * inverse * weight[i] + bias[i];
  }
  if (lane == 0u) {
    stats[2u * group] = mean;
    stats[2u * group + 1u] = inverse;
  }
}`,
});

const dropParams = { slot: "u32", threshold: "u32", scale: "f32" } as const;
const keptShare = `${randomBits}
fn kept(i : u32, value : f32) -> f32 {
  let bits = drawBits(i, keys[2u * params.slot], keys[2u * params.slot + 1u]);
  return select(0.0, value * params.scale, (bits >> 8u) >= params.threshold);
}`;

/**
 * `partials` is `[blocks, 2, width]`: the weight's gradient, then the bias's. With `drops` x is the sum and `d_dropped` the gradient of
 * what was dropped out; with `adds` the gradient is added to `others`.
 */
export const layerNormBackward = (variant: {
  readonly drops?: boolean;
  readonly adds?: boolean;
}): GpuKernel => {
  const { drops = false, adds = false } = variant;
  return {
    name: drops ? "dropoutAddNormBackward" : `layerNormBackward ${adds}`,
    reads: {
      ...{ dy: "f32", x: "f32", weight: "f32", stats: "f32" },
      ...(drops && { keys: "u32" }),
      ...(adds && { others: "f32" }),
    },
    writes: { dx: "f32", ...(drops && { d_dropped: "f32" }), partials: "f32" },
    params: { rows: "u32", width: "u32", ...(drops && dropParams) },
    workgroup: lanes,
    code: `${reductions}${drops ? keptShare : ""}
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
      let slope = (dy[start + i] * weight[i] - sum - normalised * along) * inverse;
      ${drops ? "d_dropped[start + i] = kept(start + i, slope);" : ""}
      dx[start + i] = slope${adds ? " + others[start + i]" : ""};
    }
  }
}`,
  };
};

/** The weight is `offset` more than is given. With `adds` the residual is added to what is normalised. */
export const rmsNormForward = (adds: boolean): GpuKernel => ({
  name: `rmsNormForward ${adds}`,
  reads: { x: "f32", weight: "f32", ...(adds && { residual: "f32" }) },
  writes: { y: "f32", inverses: "f32" },
  params: { width: "u32", epsilon: "f32", offset: "f32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let start = group * params.width;
  var squares = 0.0;
  for (var i = lane; i < params.width; i += ${lanes}u) { squares += x[start + i] * x[start + i]; }
  let inverse = inverseSqrt(sumOfLanes(lane, squares) / f32(params.width) + params.epsilon);
  for (var i = lane; i < params.width; i += ${lanes}u) {
    let value = x[start + i] * inverse * (weight[i] + params.offset);
    y[start + i] = value${adds ? " + residual[start + i]" : ""};
  }
  if (lane == 0u) { inverses[group] = inverse; }
}`,
});

/** `partials` is `[blocks, width]`. With `adds` the gradient is added to `others`. */
export const rmsNormBackward = (adds: boolean): GpuKernel => ({
  name: `rmsNormBackward ${adds}`,
  reads: {
    ...{ dy: "f32", x: "f32", weight: "f32", inverses: "f32" },
    ...(adds && { others: "f32" }),
  },
  writes: { dx: "f32", partials: "f32" },
  params: { rows: "u32", width: "u32", offset: "f32" },
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
      along += dy[start + i] * (weight[i] + params.offset) * normalised;
      partials[own + i] += dy[start + i] * normalised;
    }
    along = sumOfLanes(lane, along) / f32(width);
    for (var i = lane; i < width; i += ${lanes}u) {
      let slope = dy[start + i] * (weight[i] + params.offset);
      let value = (slope - x[start + i] * inverse * along) * inverse;
      dx[start + i] = value${adds ? " + others[start + i]" : ""};
    }
  }
}`,
});

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
