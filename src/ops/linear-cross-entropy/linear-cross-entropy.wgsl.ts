// The loss of a language model on a GPU: the products with one block of the vocabulary, and what becomes of its logits. Every sum
// has one fixed order.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { product, productRunner } from "../product.wgsl.ts";
import { elementwise, lanes, lowest, reductions } from "../wgsl.ts";

/** logits `[rows, count]` = hidden · (the block's rows of the weight)ᵀ. */
export const blockLogits = productRunner(({ tile }) =>
  product(`blockLogits ${tile}`, tile, {
    reads: { hidden: "f32", weight: "f32" },
    writes: { logits: "f32" },
    params: { first: "u32" },
    loadA: "return hidden[m * params.k + k];",
    aAlongRows: false,
    loadB: "return weight[(params.first + n) * params.k + k];",
    bAlongColumns: false,
    store: "logits[m * params.n + n] = value;",
  }),
);

/** d_hidden `[rows, width]` = or += slopes · (the block's rows of the weight). */
export const blockHidden = productRunner(({ tile }) =>
  product(`blockHidden ${tile}`, tile, {
    reads: { slopes: "f32", weight: "f32" },
    writes: { d_hidden: "f32" },
    params: { first: "u32" },
    loadA: "return slopes[m * params.k + k];",
    aAlongRows: false,
    loadB: "return weight[(params.first + k) * params.n + n];",
    bAlongColumns: true,
    store: `
  let at = m * params.n + n;
  if (params.first > 0u) { value += d_hidden[at]; }
  d_hidden[at] = value;`,
  }),
);

/** The block's rows of d_weight = slopesᵀ · hidden. */
export const blockWeight = productRunner(({ tile }) =>
  product(`blockWeight ${tile}`, tile, {
    reads: { slopes: "f32", hidden: "f32" },
    writes: { d_weight: "f32" },
    params: { first: "u32" },
    loadA: "return slopes[k * params.m + m];",
    aAlongRows: true,
    loadB: "return hidden[k * params.n + n];",
    bAlongColumns: true,
    store: "d_weight[(params.first + m) * params.n + n] = value;",
  }),
);

/**
 * Adds a block to what each row has seen, in `state` `[4, rows]`: highest logit, sum of e^(logit - highest), sum of the logits, the
 * label's logit. The first block writes it. One workgroup a row.
 */
export const seeLogits: GpuKernel = {
  name: "seeLogits",
  reads: { logits: "f32", labels: "i32" },
  writes: { state: "f32" },
  params: { rows: "u32", first: "u32", count: "u32" },
  workgroup: lanes,
  code: `${reductions}
fn run(row : u32, lane : u32) {
  let start = row * params.count;
  let is_first = params.first == 0u;
  // One lane alone reads and writes the state: a barrier of the workgroup does not order what lies in a buffer.
  var before = ${lowest};
  if (lane == 0u && !is_first) { before = state[row]; }
  var highest = before;
  var plain = 0.0;
  for (var i = lane; i < params.count; i += ${lanes}u) {
    highest = max(highest, logits[start + i]);
    plain += logits[start + i];
  }
  let top = maxOfLanes(lane, highest);
  var powers = 0.0;
  for (var i = lane; i < params.count; i += ${lanes}u) { powers += exp(logits[start + i] - top); }
  let total = sumOfLanes(lane, powers);
  let sum = sumOfLanes(lane, plain);
  if (lane != 0u) { return; }
  state[row] = top;
  state[params.rows + row] = select(state[params.rows + row] * exp(before - top), 0.0, is_first) + total;
  state[2u * params.rows + row] = select(state[2u * params.rows + row], 0.0, is_first) + sum;
  let label = labels[row] - i32(params.first);
  if (label >= 0 && label < i32(params.count)) {
    state[3u * params.rows + row] = logits[start + u32(label)];
  } else if (is_first) {
    state[3u * params.rows + row] = 0.0;
  }
}`,
};

/** The losses' sum and the count of hits; the logarithms of the denominators take the place of the highest logits. A row whose label is no class costs nothing. */
export const sumLosses: GpuKernel = {
  name: "sumLosses",
  reads: { labels: "i32" },
  writes: { state: "f32", out: "f32" },
  params: { rows: "u32", classes: "u32", smoothing: "f32" },
  workgroup: lanes,
  code: `${reductions}
fn run(group : u32, lane : u32) {
  var losses = 0.0;
  var hits = 0.0;
  for (var row = lane; row < params.rows; row += ${lanes}u) {
    let top = state[row];
    let denominator = top + log(state[params.rows + row]);
    state[row] = denominator;
    if (u32(labels[row]) >= params.classes) { continue; }
    let hit = state[3u * params.rows + row];
    hits += select(0.0, 1.0, hit >= top);
    let loss = denominator - hit;
    let evenly = denominator - state[2u * params.rows + row] / f32(params.classes);
    losses += loss + params.smoothing * (evenly - loss);
  }
  let loss_sum = sumOfLanes(lane, losses);
  let hit_sum = sumOfLanes(lane, hits);
  if (lane == 0u) {
    out[0] = loss_sum;
    out[1] = hit_sum;
  }
}`,
};

/** Turns a block of logits into its gradient, times `dy[0]`. */
export const turnToSlopes: GpuKernel = elementwise("turnToSlopes", {
  reads: { labels: "i32", state: "f32", dy: "f32" },
  writes: { logits: "f32" },
  params: { first: "u32", count: "u32", classes: "u32", smoothing: "f32" },
  body: `
      let row = i / params.count;
      let label = labels[row];
      let column = i32(params.first + i % params.count);
      let share = params.smoothing / f32(params.classes);
      let own = select(0.0, 1.0 - params.smoothing, column == label);
      let slope = (exp(logits[i] - state[row]) - share - own) * dy[0];
      logits[i] = select(slope, 0.0, u32(label) >= params.classes);`,
});
