// The norms of the heads of queries and keys on a GPU, where queries, keys and values lie side by side. A workgroup a head; backward, a
// workgroup a head of keys with the heads of queries that share it, in a block of rows.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { normBlockRows } from "../layer-norm/norm.wgsl.ts";
import { lanes, reductions } from "../wgsl.ts";

const params = {
  dim: "u32",
  heads: "u32",
  key_heads: "u32",
  epsilon: "f32",
  offset: "f32",
} as const;

/** `y` of `x` `[rows, heads + 2 * key_heads, dim]`, the values as they are. `inverses` `[rows, heads + key_heads]`. */
export const headNormForward: GpuKernel = {
  name: "headNormForward",
  reads: { x: "f32", query_weight: "f32", key_weight: "f32" },
  writes: { y: "f32", inverses: "f32" },
  params,
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let dim = params.dim;
  let normed = params.heads + params.key_heads;
  let all = normed + params.key_heads;
  let head = group % all;
  let start = group * dim;
  if (head >= normed) {
    for (var i = lane; i < dim; i += ${lanes}u) { y[start + i] = x[start + i]; }
    return;
  }
  var squares = 0.0;
  for (var i = lane; i < dim; i += ${lanes}u) { squares += x[start + i] * x[start + i]; }
  let inverse = inverseSqrt(sumOfLanes(lane, squares) / f32(dim) + params.epsilon);
  for (var i = lane; i < dim; i += ${lanes}u) {
    var weight = key_weight[i];
    if (head < params.heads) { weight = query_weight[i]; }
    y[start + i] = x[start + i] * inverse * (weight + params.offset);
  }
  if (lane == 0u) { inverses[(group / all) * normed + head] = inverse; }
}`,
};

/** `partials` is `[blocks * key_heads, 2, dim]`: the gradients of the queries' weight, then of the keys'. */
export const headNormBackward: GpuKernel = {
  name: "headNormBackward",
  reads: { dy: "f32", x: "f32", query_weight: "f32", key_weight: "f32", inverses: "f32" },
  writes: { dx: "f32", partials: "f32" },
  params: { ...params, rows: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  let dim = params.dim;
  let normed = params.heads + params.key_heads;
  let all = normed + params.key_heads;
  let shared_by = params.heads / params.key_heads;
  let key_head = group % params.key_heads;
  let first = (group / params.key_heads) * ${normBlockRows}u;
  let last = min(params.rows, first + ${normBlockRows}u);
  let own = group * 2u * dim;
  for (var i = lane; i < dim; i += ${lanes}u) {
    partials[own + i] = 0.0;
    partials[own + dim + i] = 0.0;
  }
  for (var row = first; row < last; row++) {
    for (var member = 0u; member <= shared_by; member++) {
      let is_key = member == shared_by;
      let head = select(key_head * shared_by + member, params.heads + key_head, is_key);
      let start = (row * all + head) * dim;
      let sums_at = own + select(0u, dim, is_key);
      let inverse = inverses[row * normed + head];
      var along = 0.0;
      for (var i = lane; i < dim; i += ${lanes}u) {
        var weight = query_weight[i];
        if (is_key) { weight = key_weight[i]; }
        let normalised = x[start + i] * inverse;
        along += dy[start + i] * (weight + params.offset) * normalised;
        partials[sums_at + i] += dy[start + i] * normalised;
      }
      along = sumOfLanes(lane, along) / f32(dim);
      for (var i = lane; i < dim; i += ${lanes}u) {
        var weight = query_weight[i];
        if (is_key) { weight = key_weight[i]; }
        let slope = dy[start + i] * (weight + params.offset);
        dx[start + i] = (slope - x[start + i] * inverse * along) * inverse;
      }
    }
    let values = (row * all + normed + key_head) * dim;
    for (var i = lane; i < dim; i += ${lanes}u) { dx[values + i] = dy[values + i]; }
  }
}`,
};
