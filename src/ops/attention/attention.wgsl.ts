// Attention on a GPU over padded rows, after FlashAttention (Dao 2023, https://arxiv.org/abs/2307.08691): an invocation a query with
// its running softmax, keys and values in the workgroup's memory; backward everything is computed again, once with an invocation a
// query and once with one a key, so that every sum has one owner and one order.
import type { GpuKernel } from "../../engine/gpu/gpu-kernels.ts";
import { lanes, lowest, randomBits } from "../wgsl.ts";

/** What makes a kernel another one. */
interface Variant {
  readonly dim: number;
  readonly causal: boolean;
  /** A causal query sees its last `window` keys alone. */
  readonly windowed: boolean;
  readonly dropout: boolean;
  /** Queries, keys and values lie in one tensor. */
  readonly isFused: boolean;
  /** Queries and keys are turned by their places: rotary positions. */
  readonly turns: boolean;
}

/**
 * Rows of a tile: two tiles, and for each row as many numbers more, fit into the 16 KB of workgroup memory that every device grants.
 */
const tileRows = (dim: number, more = 0) =>
  Math.max(1, Math.min(32, Math.floor(4096 / (2 * dim + more))));

const params: GpuKernel["params"] = {
  ...{ texts: "u32", seq: "u32", heads: "u32", key_heads: "u32", blocks: "u32", scale: "f32" },
  ...{ query_stride: "u32", key_stride: "u32", query_start: "u32", key_start: "u32" },
  ...{ value_start: "u32", slot: "u32", threshold: "u32", kept_scale: "f32" },
  window: "u32",
};

/** Where queries, keys and values come from. */
const sources = (isFused: boolean) =>
  isFused ? ({ fused: "f32" } as const) : ({ query: "f32", key: "f32", value: "f32" } as const);

const accessors = ({ isFused, dim, causal, windowed, dropout, turns }: Variant, rows: number) => {
  const [query, key, value] = isFused ? ["fused", "fused", "fused"] : ["query", "key", "value"];
  const read = (source: string) =>
    turns
      ? `return turned(${source}[at + i], ${source}[at + partnerOf(i)], row % params.seq, i, 1.0);`
      : `return ${source}[at + i];`;
  return `
const dim = ${dim}u;
const tile = ${rows}u;
var<workgroup> tile_first : array<f32, ${rows * dim}>;
var<workgroup> tile_second : array<f32, ${rows * dim}>;
${turns ? turning(dim) : ""}
fn queryAt(row : u32, head : u32, i : u32) -> f32 {
  let at = row * params.query_stride + params.query_start + head * dim;
  ${read(query as string)}
}
fn keyAt(row : u32, head : u32, i : u32) -> f32 {
  let at = row * params.key_stride + params.key_start + head * dim;
  ${read(key as string)}
}
fn valueAt(row : u32, head : u32, i : u32) -> f32 {
  return ${value}[row * params.key_stride + params.value_start + head * dim + i];
}
/** Whether a query sees a key, by their places in the text. */
fn isSeen(text : u32, query_place : u32, key_place : u32) -> bool {
  return key_place < params.seq${causal ? " && key_place <= query_place" : ""}${windowed ? " && query_place - key_place < params.window" : ""} && mask[text * params.seq + key_place] != 0;
}
${
  dropout
    ? `${randomBits}
fn factor(text : u32, head : u32, query_place : u32, key_place : u32) -> f32 {
  let row = (text * params.heads + head) * 65536u + query_place;
  let row_key = drawBits(row, keys[2u * params.slot], keys[2u * params.slot + 1u]);
  let bits = drawBits(key_place, row_key, keys[2u * params.slot + 1u]);
  return select(0.0, params.kept_scale, (bits >> 8u) >= params.threshold);
}`
    : ""
}`;
};

/** A pair are the places i and i + dim / 2 of a head, as rope.ts turns them. `sign` -1 turns back. */
const turning = (dim: number) => `
const half_dim = ${dim / 2}u;
fn partnerOf(i : u32) -> u32 { return select(i + half_dim, i - min(i, half_dim), i >= half_dim); }
fn turned(value : f32, partner : f32, place : u32, i : u32, sign : f32) -> f32 {
  let at = place * dim + i % half_dim;
  let sine = table[at + half_dim] * sign;
  return value * table[at] + select(-partner, partner, i >= half_dim) * sine;
}`;

/** The keys that any query of a block sees, whole tiles: from `begin` to `end`. */
const keysOfBlock = ({ causal, windowed }: Variant) => `
  let block_start = (group % params.blocks) * ${lanes}u;
  let begin = ${windowed ? "((max(block_start + 1u, params.window) - params.window) / tile) * tile" : "0u"};
  let end = ${causal ? `min(params.seq, block_start + ${lanes}u)` : "params.seq"};`;

/** The queries that see any key of a block. */
const queriesOfBlock = ({ causal, windowed }: Variant) => `
  let block_start = (group % params.blocks) * ${lanes}u;
  let begin = ${causal ? "(block_start / tile) * tile" : "0u"};
  let end = ${windowed ? `min(params.seq, block_start + ${lanes - 1}u + params.window)` : "params.seq"};`;

/** The slope of a query or a key at i: turned back where it was turned. */
const slopeAt = ({ turns }: Variant) =>
  turns ? "turned(slope[i], slope[partnerOf(i)], place, i, -1.0)" : "slope[i]";

const reads = ({ isFused, dropout, turns }: Variant) => ({
  ...{ ...sources(isFused), mask: "i32" as const },
  ...(dropout && { keys: "u32" as const }),
  ...(turns && { table: "f32" as const }),
});

const nameOf = (kind: string, variant: Variant) => {
  const { dim, causal, windowed, dropout, isFused, turns } = variant;
  return `${kind} ${dim} ${causal} ${windowed} ${dropout} ${isFused} ${turns}`;
};

/** A workgroup a block of queries of one head. `sums` gets the logarithms of the softmax's sums, `[heads, rows]`. */
export function attentionForward(variant: Variant): GpuKernel {
  const { dropout } = variant;
  return {
    name: nameOf("attentionForward", variant),
    reads: reads(variant),
    writes: { out: "f32", sums: "f32" },
    params,
    workgroup: lanes,
    code: `${accessors(variant, tileRows(variant.dim))}
fn run(group : u32, lane : u32) {
  let head = (group / params.blocks) % params.heads;
  let text = group / params.blocks / params.heads;
  let key_head = head / (params.heads / params.key_heads);
  let place = (group % params.blocks) * ${lanes}u + lane;
  let is_row = place < params.seq;${keysOfBlock(variant)}
  let row = text * params.seq + min(place, params.seq - 1u);
  var own : array<f32, dim>;
  var mixed : array<f32, dim>;
  for (var i = 0u; i < dim; i++) {
    own[i] = queryAt(row, head, i) * params.scale;
    mixed[i] = 0.0;
  }
  var largest = ${lowest};
  var sum = 0.0;
  for (var first = begin; first < end; first += tile) {
    for (var entry = lane; entry < tile * dim; entry += ${lanes}u) {
      let other = first + entry / dim;
      let other_row = text * params.seq + min(other, params.seq - 1u);
      tile_first[entry] = keyAt(other_row, key_head, entry % dim);
      tile_second[entry] = valueAt(other_row, key_head, entry % dim);
    }
    workgroupBarrier();
    var scores : array<f32, tile>;
    var tile_largest = largest;
    for (var j = 0u; j < tile; j++) {
      if (isSeen(text, place, first + j)) {
        var score = 0.0;
        for (var i = 0u; i < dim; i++) { score += own[i] * tile_first[j * dim + i]; }
        scores[j] = score;
        tile_largest = max(tile_largest, score);
      }
    }
    let shrink = exp(largest - tile_largest);
    largest = tile_largest;
    sum *= shrink;
    for (var i = 0u; i < dim; i++) { mixed[i] *= shrink; }
    for (var j = 0u; j < tile; j++) {
      if (isSeen(text, place, first + j)) {
        var weight = exp(scores[j] - largest);
        sum += weight;
        ${dropout ? "weight *= factor(text, head, place, first + j);" : ""}
        for (var i = 0u; i < dim; i++) { mixed[i] += weight * tile_second[j * dim + i]; }
      }
    }
    workgroupBarrier();
  }
  if (is_row) {
    let sees = sum > 0.0;
    for (var i = 0u; i < dim; i++) {
      out[row * params.heads * dim + head * dim + i] = select(0.0, mixed[i] / sum, sees);
    }
    sums[head * params.texts * params.seq + row] = select(0.0, largest + log(sum), sees);
  }
}`,
  };
}

const gradientReads = (variant: Variant) => ({
  ...reads(variant),
  ...{ out: "f32" as const, sums: "f32" as const, dy: "f32" as const },
});

const gradientOf = (isFused: boolean, name: string) => (isFused ? "gradient" : name);

/** The gradient of the queries: a workgroup a block of queries of one head. */
export function attentionQueryGradient(variant: Variant): GpuKernel {
  const { dropout, isFused } = variant;
  const target = gradientOf(isFused, "d_query");
  return {
    name: nameOf("attentionQueryGradient", variant),
    reads: gradientReads(variant),
    writes: { [target]: "f32" },
    params,
    workgroup: lanes,
    code: `${accessors(variant, tileRows(variant.dim))}
fn run(group : u32, lane : u32) {
  let head = (group / params.blocks) % params.heads;
  let text = group / params.blocks / params.heads;
  let key_head = head / (params.heads / params.key_heads);
  let place = (group % params.blocks) * ${lanes}u + lane;
  let is_row = place < params.seq;${keysOfBlock(variant)}
  let row = text * params.seq + min(place, params.seq - 1u);
  let log_sum = sums[head * params.texts * params.seq + row];
  var own : array<f32, dim>;
  var upstream : array<f32, dim>;
  var slope : array<f32, dim>;
  var along = 0.0;
  for (var i = 0u; i < dim; i++) {
    own[i] = queryAt(row, head, i) * params.scale;
    let at = row * params.heads * dim + head * dim + i;
    upstream[i] = dy[at];
    along += dy[at] * out[at];
    slope[i] = 0.0;
  }
  for (var first = begin; first < end; first += tile) {
    for (var entry = lane; entry < tile * dim; entry += ${lanes}u) {
      let other = first + entry / dim;
      let other_row = text * params.seq + min(other, params.seq - 1u);
      tile_first[entry] = keyAt(other_row, key_head, entry % dim);
      tile_second[entry] = valueAt(other_row, key_head, entry % dim);
    }
    workgroupBarrier();
    for (var j = 0u; j < tile; j++) {
      if (isSeen(text, place, first + j)) {
        var score = 0.0;
        var value_slope = 0.0;
        for (var i = 0u; i < dim; i++) {
          score += own[i] * tile_first[j * dim + i];
          value_slope += upstream[i] * tile_second[j * dim + i];
        }
        ${dropout ? "value_slope *= factor(text, head, place, first + j);" : ""}
        let score_slope = exp(score - log_sum) * (value_slope - along) * params.scale;
        for (var i = 0u; i < dim; i++) { slope[i] += score_slope * tile_first[j * dim + i]; }
      }
    }
    workgroupBarrier();
  }
  if (is_row) {
    for (var i = 0u; i < dim; i++) {
      ${target}[row * params.query_stride + params.query_start + head * dim + i] = ${slopeAt(variant)};
    }
  }
}`,
  };
}

/** The gradients of keys and values: a workgroup a block of keys of one key head. */
export function attentionKeyGradient(variant: Variant): GpuKernel {
  const { dropout, isFused } = variant;
  const [key, value] = [gradientOf(isFused, "d_key"), gradientOf(isFused, "d_value")];
  return {
    name: nameOf("attentionKeyGradient", variant),
    reads: gradientReads(variant),
    writes: { [key]: "f32", [value]: "f32" },
    params,
    workgroup: lanes,
    code: `${accessors(variant, tileRows(variant.dim, 2))}
var<workgroup> tile_along : array<f32, tile>;
var<workgroup> tile_sums : array<f32, tile>;
fn run(group : u32, lane : u32) {
  let key_head = (group / params.blocks) % params.key_heads;
  let text = group / params.blocks / params.key_heads;
  let shared_by = params.heads / params.key_heads;
  let place = (group % params.blocks) * ${lanes}u + lane;
  let is_row = place < params.seq;${queriesOfBlock(variant)}
  let row = text * params.seq + min(place, params.seq - 1u);
  var own : array<f32, dim>;
  var own_value : array<f32, dim>;
  var slope : array<f32, dim>;
  var value_slope : array<f32, dim>;
  for (var i = 0u; i < dim; i++) {
    own[i] = keyAt(row, key_head, i);
    own_value[i] = valueAt(row, key_head, i);
    slope[i] = 0.0;
    value_slope[i] = 0.0;
  }
  for (var member = 0u; member < shared_by; member++) {
    let head = key_head * shared_by + member;
    for (var first = begin; first < end; first += tile) {
      for (var entry = lane; entry < tile * dim; entry += ${lanes}u) {
        let other_row = text * params.seq + min(first + entry / dim, params.seq - 1u);
        tile_first[entry] = queryAt(other_row, head, entry % dim) * params.scale;
        tile_second[entry] = dy[other_row * params.heads * dim + head * dim + entry % dim];
      }
      for (var j = lane; j < tile; j += ${lanes}u) {
        let other_row = text * params.seq + min(first + j, params.seq - 1u);
        var along = 0.0;
        for (var i = 0u; i < dim; i++) {
          let at = other_row * params.heads * dim + head * dim + i;
          along += dy[at] * out[at];
        }
        tile_along[j] = along;
        tile_sums[j] = sums[head * params.texts * params.seq + other_row];
      }
      workgroupBarrier();
      for (var j = 0u; j < tile; j++) {
        if (first + j < params.seq && is_row && isSeen(text, first + j, place)) {
          var score = 0.0;
          var upstream = 0.0;
          for (var i = 0u; i < dim; i++) {
            score += own[i] * tile_first[j * dim + i];
            upstream += own_value[i] * tile_second[j * dim + i];
          }
          let weight = exp(score - tile_sums[j]);
          ${dropout ? "let kept = factor(text, head, first + j, place);" : "let kept = 1.0;"}
          let score_slope = weight * (upstream * kept - tile_along[j]);
          for (var i = 0u; i < dim; i++) {
            slope[i] += score_slope * tile_first[j * dim + i];
            value_slope[i] += weight * kept * tile_second[j * dim + i];
          }
        }
      }
      workgroupBarrier();
    }
  }
  if (is_row) {
    for (var i = 0u; i < dim; i++) {
      let at = row * params.key_stride + key_head * dim + i;
      ${key}[at + params.key_start] = ${slopeAt(variant)};
      ${value}[at + params.value_start] = value_slope[i];
    }
  }
}`,
  };
}
