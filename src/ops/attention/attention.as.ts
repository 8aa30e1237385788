// Attention within each text of a batch, in blocks of queries and keys (Dao 2023, https://arxiv.org/abs/2307.08691): no matrix of
// all scores is ever stored, and the backward pass computes them again from the saved logarithms of the softmax's sums.
// AssemblyScript. One item of the range is one text and one key head; its query heads, queries and keys are taken in a fixed order.
import { bytes, exp4, loadPart, logarithm, maxLanes, sumLanes } from "../../engine/cpu/math.as";
import { multiplyAdd, threadScratch } from "../../engine/cpu/simd.as";
import { drawBits, drawBits4, keptLanes } from "../dropout/dropout.as";
import { addTransposed, multiplyRows } from "./small-products.as";

// The shapes of the call in progress. Each thread has its own instance of this module, and so its own copy of them.
let paddedLength: i32 = 0;
let tokenPositions: usize = 0;
let textOffsets: usize = 0;
let tokenCounts: usize = 0;
let isCausal: bool = false;
/** A causal query sees no more than its last keys of this number; 0 for all. */
let keyWindow: i32 = 0;
let headDim: i32 = 0;
/** headDim rounded up to whole tiles. */
let width: i32 = 0;
let queryBlock: i32 = 0;
let keyBlock: i32 = 0;
let dropThreshold: i32 = 0;
let dropScale: f32 = 1;
let dropKey1: u32 = 0;

// The text in work: its number, its rows of queries and its keys.
let text: i32 = 0;
let firstQuery: i32 = 0;
let queryTotal: i32 = 0;
let firstKey: i32 = 0;
let keyTotal: i32 = 0;

/** Floats of a thread's working memory. */
const scratchSize: i32 = 65536;

/**
 * The tokens of a padded batch: their positions in the flattened batch, text after text; where each text begins in that list
 * (`batch + 1` numbers); and for each position how many tokens of its text stand there or before. One thread.
 */
export function findTokens(
  mask: usize,
  batch: i32,
  seq: i32,
  positions: usize,
  offsets: usize,
  counts: usize,
): void {
  let found = 0;
  for (let text = 0; text < batch; text++) {
    const first = found;
    store<i32>(offsets + bytes(text), first);
    for (let i = text * seq; i < (text + 1) * seq; i++) {
      if (load<i32>(mask + bytes(i)) !== 0) {
        store<i32>(positions + bytes(found), i);
        found++;
      }
      store<i32>(counts + bytes(i), found - first);
    }
  }
  store<i32>(offsets + bytes(batch), found);
}

/** Writes zeros into the rows of x `[rows, width]` that are padding. The range runs over rows. */
export function clearPadding(mask: usize, x: usize, width: i32, start: i32, end: i32): void {
  for (let row = start; row < end; row++) {
    if (load<i32>(mask + bytes(row)) === 0) memory.fill(x + bytes(row * width), 0, bytes(width));
  }
}

/**
 * `out` `[rows, heads * dim]` and `sums` `[heads, rows]`, the logarithms of the softmax's denominators. Query and key rows are
 * `queryStride` and `keyStride` floats apart. Without padding `seq` is 0, all rows are tokens, and `offsets` tells where each text
 * begins. Else each text has `seq` rows, all of them queries, and `positions` and `counts` are those of `findTokens`: its keys are
 * its tokens. A query that sees no key gives zeros. A causal query sees its last `window` keys alone where that is not 0. `scale`
 * multiplies the scores. A `threshold` above 0 drops weights (see
 * dropout.as.ts).
 */
export function attentionForward(
  q: usize,
  k: usize,
  v: usize,
  queryStride: i32,
  keyStride: i32,
  seq: i32,
  positions: usize,
  offsets: usize,
  counts: usize,
  out: usize,
  sums: usize,
  rows: i32,
  heads: i32,
  keyHeads: i32,
  dim: i32,
  scale: f32,
  causal: i32,
  window: i32,
  threshold: i32,
  dropoutScale: f32,
  key0: i32,
  key1: i32,
  start: i32,
  end: i32,
): void {
  setShapes(seq, positions, offsets, counts, dim, causal, window, threshold, dropoutScale, key1);
  const group = heads / keyHeads;
  const outStride = heads * dim;
  const keysTurned = threadScratch();
  const values = keysTurned + bytes(dim * keyBlock);
  const queries = values + bytes(keyBlock * width);
  const weights = queries + bytes(queryBlock * width);
  const mixed = weights + bytes(queryBlock * keyBlock);
  const highest = mixed + bytes(queryBlock * width);
  const totals = highest + bytes(queryBlock);
  for (let item = start; item < end; item++) {
    const keyHead = item % keyHeads;
    openText(item / keyHeads);
    const isOneBlock = keyTotal <= keyBlock;
    const kHead = k + bytes(keyHead * dim);
    const vHead = v + bytes(keyHead * dim);
    if (isOneBlock && keyTotal > 0) {
      packTurned(kHead, keyStride, firstKey, keyTotal, keysTurned);
      packKeys(vHead, keyStride, firstKey, keyTotal, values);
    }
    for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
      for (let i = 0; i < queryTotal; i += queryBlock) {
        const queryCount = min(queryBlock, queryTotal - i);
        packQueries(q + bytes(head * dim), queryStride, firstQuery + i, queryCount, queries, scale);
        for (let r = 0; r < queryCount; r++) {
          store<f32>(highest + bytes(r), -Infinity);
          store<f32>(totals + bytes(r), 0);
        }
        const keyEnd = seenKeys(i + queryCount - 1);
        for (let j = 0; j < keyEnd; j += keyBlock) {
          const keyCount = min(keyBlock, keyEnd - j);
          if (!isOneBlock) {
            packTurned(kHead, keyStride, firstKey + j, keyCount, keysTurned);
            packKeys(vHead, keyStride, firstKey + j, keyCount, values);
          }
          multiplyRows(
            queries,
            bytes(width),
            keysTurned,
            bytes(keyBlock),
            weights,
            bytes(keyBlock),
            queryCount,
            wholeTiles(keyCount),
            dim,
            false,
          );
          for (let r = 0; r < queryCount; r++) {
            const row = weights + bytes(r * keyBlock);
            const limit = forbidEarlier(row, i + r, j, min(keyCount, seenKeys(i + r) - j));
            const factor = softmaxRow(row, limit, keyCount, highest + bytes(r), totals + bytes(r));
            if (j > 0 && factor !== 1) {
              const sum = mixed + bytes(r * width);
              copyScaled(sum, sum, width, factor, false);
            }
            if (dropThreshold > 0) {
              dropWeights(row, limit, drawBits(rowIndex(heads, head, i + r), key0, key1), j);
            }
          }
          multiplyRows(
            weights,
            bytes(keyBlock),
            values,
            bytes(width),
            mixed,
            bytes(width),
            queryCount,
            width,
            keyCount,
            j > 0,
          );
        }
        for (let r = 0; r < queryCount; r++) {
          const total = load<f32>(totals + bytes(r));
          const row = firstQuery + i + r;
          const target = out + bytes(row * outStride + head * dim);
          if (total === 0) {
            memory.fill(target, 0, bytes(dim));
            continue;
          }
          copyScaled(mixed + bytes(r * width), target, dim, 1 / total, false);
          const sum = load<f32>(highest + bytes(r)) + logarithm(total);
          store<f32>(sums + bytes(head * rows + row), sum);
        }
      }
    }
  }
}

/**
 * Gradients by queries, keys and values, each with the strides of its input, from those of the output. `out` and `sums` are what
 * the forward pass gave. Rows of keys and values that are no tokens are left as they are, and so are queries of an empty text.
 */
export function attentionBackward(
  q: usize,
  k: usize,
  v: usize,
  queryStride: i32,
  keyStride: i32,
  seq: i32,
  positions: usize,
  offsets: usize,
  counts: usize,
  out: usize,
  sums: usize,
  rows: i32,
  heads: i32,
  keyHeads: i32,
  dim: i32,
  scale: f32,
  causal: i32,
  window: i32,
  threshold: i32,
  dropoutScale: f32,
  key0: i32,
  key1: i32,
  dOut: usize,
  dQ: usize,
  dK: usize,
  dV: usize,
  start: i32,
  end: i32,
): void {
  setShapes(seq, positions, offsets, counts, dim, causal, window, threshold, dropoutScale, key1);
  const group = heads / keyHeads;
  const outStride = heads * dim;
  const keys = threadScratch();
  const keysTurned = keys + bytes(keyBlock * width);
  const valuesTurned = keysTurned + bytes(dim * keyBlock);
  const keySums = valuesTurned + bytes(dim * keyBlock);
  const valueSums = keySums + bytes((keyBlock + 6) * width);
  const queries = valueSums + bytes((keyBlock + 6) * width);
  const upstream = queries + bytes(queryBlock * width);
  const queryPart = upstream + bytes(queryBlock * width);
  const weights = queryPart + bytes(queryBlock * width);
  const slopes = weights + bytes(queryBlock * keyBlock);
  for (let item = start; item < end; item++) {
    const keyHead = item % keyHeads;
    openText(item / keyHeads);
    for (let j = 0; j < keyTotal; j += keyBlock) {
      const blockCount = min(keyBlock, keyTotal - j);
      packKeys(k + bytes(keyHead * dim), keyStride, firstKey + j, blockCount, keys);
      packTurned(k + bytes(keyHead * dim), keyStride, firstKey + j, blockCount, keysTurned);
      packTurned(v + bytes(keyHead * dim), keyStride, firstKey + j, blockCount, valuesTurned);
      memory.fill(keySums, 0, bytes(blockCount * width));
      memory.fill(valueSums, 0, bytes(blockCount * width));
      for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
        for (let i = 0; i < queryTotal; i += queryBlock) {
          const queryCount = min(queryBlock, queryTotal - i);
          const keyCount = min(blockCount, seenKeys(i + queryCount - 1) - j);
          if (keyCount <= 0) {
            // The first block of keys writes all queries; later ones add.
            if (j === 0) clearQueries(dQ + bytes(head * dim), queryStride, i, queryCount);
            continue;
          }
          packQueries(
            q + bytes(head * dim),
            queryStride,
            firstQuery + i,
            queryCount,
            queries,
            scale,
          );
          packQueries(dOut + bytes(head * dim), outStride, firstQuery + i, queryCount, upstream, 1);
          const across = wholeTiles(keyCount);
          // The products by columns read whole tiles of six: what lies behind the block's keys is cleared for them.
          const cleared = min(keyBlock, across + 8);
          multiplyRows(
            queries,
            bytes(width),
            keysTurned,
            bytes(keyBlock),
            weights,
            bytes(keyBlock),
            queryCount,
            across,
            dim,
            false,
          );
          multiplyRows(
            upstream,
            bytes(width),
            valuesTurned,
            bytes(keyBlock),
            slopes,
            bytes(keyBlock),
            queryCount,
            across,
            dim,
            false,
          );
          for (let r = 0; r < queryCount; r++) {
            const row = firstQuery + i + r;
            const scores = weights + bytes(r * keyBlock);
            softmaxSlopes(
              scores,
              slopes + bytes(r * keyBlock),
              forbidEarlier(scores, i + r, j, min(keyCount, seenKeys(i + r) - j)),
              cleared,
              load<f32>(sums + bytes(head * rows + row)),
              dot(upstream + bytes(r * width), out + bytes(row * outStride + head * dim), dim),
              drawBits(rowIndex(heads, head, i + r), key0, key1),
              j,
            );
          }
          addTransposed(
            weights,
            bytes(keyBlock),
            upstream,
            bytes(width),
            valueSums,
            bytes(width),
            keyCount,
            width,
            queryCount,
          );
          addTransposed(
            slopes,
            bytes(keyBlock),
            queries,
            bytes(width),
            keySums,
            bytes(width),
            keyCount,
            width,
            queryCount,
          );
          multiplyRows(
            slopes,
            bytes(keyBlock),
            keys,
            bytes(width),
            queryPart,
            bytes(width),
            queryCount,
            width,
            keyCount,
            false,
          );
          for (let r = 0; r < queryCount; r++) {
            const target = dQ + bytes((firstQuery + i + r) * queryStride + head * dim);
            copyScaled(queryPart + bytes(r * width), target, dim, scale, j > 0);
          }
        }
      }
      for (let r = 0; r < blockCount; r++) {
        const at = bytes(rowOfKey(firstKey + j + r) * keyStride + keyHead * dim);
        copyScaled(keySums + bytes(r * width), dK + at, dim, 1, false);
        copyScaled(valueSums + bytes(r * width), dV + at, dim, 1, false);
      }
    }
  }
}

function setShapes(
  seq: i32,
  positions: usize,
  offsets: usize,
  counts: usize,
  dim: i32,
  causal: i32,
  window: i32,
  threshold: i32,
  dropoutScale: f32,
  key1: i32,
): void {
  paddedLength = seq;
  tokenPositions = positions;
  textOffsets = offsets;
  tokenCounts = counts;
  headDim = dim;
  isCausal = causal !== 0;
  keyWindow = window;
  width = wholeTiles(dim);
  queryBlock = width > 64 ? 24 : 48;
  // What the backward pass keeps of a block of keys: five matrices of its width, and two of its scores.
  const room = scratchSize - 16 - 12 * width - 3 * queryBlock * width;
  keyBlock = min(128, (room / (5 * width + 2 * queryBlock)) & ~7);
  dropThreshold = threshold;
  dropScale = dropoutScale;
  dropKey1 = key1;
}

function openText(index: i32): void {
  text = index;
  firstKey = load<i32>(textOffsets + bytes(index));
  keyTotal = load<i32>(textOffsets + bytes(index + 1)) - firstKey;
  firstQuery = paddedLength > 0 ? index * paddedLength : firstKey;
  queryTotal = paddedLength > 0 ? paddedLength : keyTotal;
}

/** How many of the text's keys its query i sees: the first ones. */
function seenKeys(i: i32): i32 {
  if (!isCausal) return keyTotal;
  return paddedLength > 0 ? load<i32>(tokenCounts + bytes(firstQuery + i)) : i + 1;
}

/**
 * Hides the keys before the window of query i from a row of scores that begins with key `blockStart`. Returns how many of the
 * row's scores count: `limit`, or none.
 */
function forbidEarlier(row: usize, i: i32, blockStart: i32, limit: i32): i32 {
  if (keyWindow === 0) return limit;
  const hidden = seenKeys(i) - keyWindow - blockStart;
  if (hidden >= limit) return 0;
  for (let at = 0; at < hidden; at++) store<f32>(row + bytes(at), -Infinity);
  return limit;
}

/** Tells the rows of weights apart for dropout. */
function rowIndex(heads: i32, head: i32, query: i32): i32 {
  return (text * heads + head) * 65536 + query;
}

function wholeTiles(n: i32): i32 {
  return (n + 7) & ~7;
}

function rowOfKey(token: i32): i32 {
  return paddedLength > 0 ? load<i32>(tokenPositions + bytes(token)) : token;
}

/** Queries as rows of `width` floats, times `scale`, with zeros behind `headDim`. */
function packQueries(
  source: usize,
  stride: i32,
  first: i32,
  count: i32,
  target: usize,
  scale: f32,
): void {
  for (let r = 0; r < count; r++) {
    packRow(source + bytes((first + r) * stride), target + bytes(r * width), scale);
  }
}

/** Keys or values in the same way. */
function packKeys(source: usize, stride: i32, first: i32, count: i32, target: usize): void {
  for (let r = 0; r < count; r++) {
    packRow(source + bytes(rowOfKey(first + r) * stride), target + bytes(r * width), 1);
  }
}

function packRow(source: usize, target: usize, scale: f32): void {
  if (headDim < width) memory.fill(target + bytes(headDim), 0, bytes(width - headDim));
  copyScaled(source, target, headDim, scale, false);
}

function clearQueries(target: usize, stride: i32, first: i32, count: i32): void {
  for (let r = 0; r < count; r++) {
    memory.fill(target + bytes((firstQuery + first + r) * stride), 0, bytes(headDim));
  }
}

/** Tokens as columns: `[headDim, keyBlock]`. Columns up to a whole tile repeat the last token. */
function packTurned(source: usize, stride: i32, first: i32, count: i32, target: usize): void {
  const step = bytes(keyBlock);
  for (let r = 0; r < wholeTiles(count); r += 4) {
    const r0 = source + bytes(rowOfKey(first + min(r, count - 1)) * stride);
    const r1 = source + bytes(rowOfKey(first + min(r + 1, count - 1)) * stride);
    const r2 = source + bytes(rowOfKey(first + min(r + 2, count - 1)) * stride);
    const r3 = source + bytes(rowOfKey(first + min(r + 3, count - 1)) * stride);
    let column = target + bytes(r);
    let at: usize = 0;
    for (; at < bytes(headDim & ~3); at += 16) {
      const a = v128.load(r0 + at);
      const b = v128.load(r1 + at);
      const c = v128.load(r2 + at);
      const d = v128.load(r3 + at);
      const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(column, v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5));
      v128.store(column + step, v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7));
      v128.store(column + 2 * step, v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5));
      v128.store(column + 3 * step, v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7));
      column += 4 * step;
    }
    for (; at < bytes(headDim); at += 4) {
      store<f32>(column, load<f32>(r0 + at));
      store<f32>(column, load<f32>(r1 + at), 4);
      store<f32>(column, load<f32>(r2 + at), 8);
      store<f32>(column, load<f32>(r3 + at), 12);
      column += step;
    }
  }
}

/** target = source * scale, or target + source * scale where `adds`. */
function copyScaled(source: usize, target: usize, count: i32, scale: f32, adds: bool): void {
  const factor = f32x4.splat(scale);
  let at: usize = 0;
  for (; at < bytes(count & ~3); at += 16) {
    const x = f32x4.mul(v128.load(source + at), factor);
    v128.store(target + at, adds ? f32x4.add(x, v128.load(target + at)) : x);
  }
  for (; at < bytes(count); at += 4) {
    const x = load<f32>(source + at) * scale;
    store<f32>(target + at, adds ? x + load<f32>(target + at) : x);
  }
}

function dot(a: usize, b: usize, count: i32): f32 {
  let sums = f32x4.splat(0);
  let at: usize = 0;
  for (; at < bytes(count & ~3); at += 16) {
    sums = multiplyAdd(v128.load(a + at), v128.load(b + at), sums);
  }
  let sum = sumLanes(sums);
  for (; at < bytes(count); at += 4) sum += load<f32>(a + at) * load<f32>(b + at);
  return sum;
}

/**
 * Turns the first `limit` scores of a row into unnormalised weights and the rest into zeros. Keeps the row's highest score and
 * the sum of its weights over the blocks so far. Returns what the sums before this block must be multiplied by.
 */
function softmaxRow(row: usize, limit: i32, count: i32, highest: usize, total: usize): f32 {
  const end = bytes(wholeTiles(count));
  if (limit <= 0) {
    memory.fill(row, 0, end);
    return 1;
  }
  const whole = bytes(limit & ~3);
  const rest = limit & 3;
  const before = load<f32>(highest);
  let most = f32x4.splat(before);
  for (let at: usize = 0; at < whole; at += 16) most = f32x4.pmax(most, v128.load(row + at));
  if (rest > 0) most = f32x4.pmax(most, loadPart(row + whole, rest, -Infinity));
  const top = maxLanes(most);
  const tops = f32x4.splat(top);
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    const weight = exp4(f32x4.sub(v128.load(row + at), tops));
    sums = f32x4.add(sums, weight);
    v128.store(row + at, weight);
  }
  if (rest > 0) {
    const weight = exp4(f32x4.sub(loadPart(row + whole, rest, -Infinity), tops));
    sums = f32x4.add(sums, weight);
    v128.store(row + whole, weight);
  }
  const done = bytes((limit + 3) & ~3);
  if (done < end) memory.fill(row + done, 0, end - done);
  store<f32>(highest, top);
  const factor = f32x4.extract_lane(exp4(f32x4.splat(before - top)), 0);
  store<f32>(total, load<f32>(total) * factor + sumLanes(sums));
  return factor;
}

/** Drops weights after the softmax: the sums keep them, as in PyTorch. */
function dropWeights(row: usize, limit: i32, rowKey: u32, blockStart: i32): void {
  const scales = f32x4.splat(dropScale);
  for (let at = 0; at < limit; at += 4) {
    const weight = f32x4.mul(v128.load(row + bytes(at)), scales);
    v128.store(row + bytes(at), v128.and(weight, keptKeys(rowKey, blockStart + at)));
  }
}

function keptKeys(rowKey: u32, key: i32): v128 {
  const counters = i32x4.add(i32x4.splat(key), i32x4(0, 1, 2, 3));
  const bits = drawBits4(counters, i32x4.splat(rowKey), i32x4.splat(dropKey1));
  return keptLanes(bits, i32x4.splat(dropThreshold));
}

/**
 * A row of scores becomes the weights that mixed the values, and a row of the weights' gradients becomes the scores' gradients:
 * weight * (gradient - along), where `along` is the product of the output with its gradient.
 */
function softmaxSlopes(
  weights: usize,
  slopes: usize,
  limit: i32,
  across: i32,
  sum: f32,
  along: f32,
  rowKey: u32,
  blockStart: i32,
): void {
  const sums = f32x4.splat(sum);
  const alongs = f32x4.splat(along);
  const scales = f32x4.splat(dropScale);
  for (let at = 0; at < across; at += 4) {
    const place = bytes(at);
    if (at >= limit) {
      v128.store(weights + place, f32x4.splat(0));
      v128.store(slopes + place, f32x4.splat(0));
      continue;
    }
    let weight = exp4(f32x4.sub(v128.load(weights + place), sums));
    let slope = v128.load(slopes + place);
    if (at + 4 > limit) {
      // Lanes past the limit hold scores that are not the row's.
      const inside = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(limit - at));
      weight = v128.and(weight, inside);
      slope = v128.and(slope, inside);
    }
    if (dropThreshold > 0) {
      const kept = keptKeys(rowKey, blockStart + at);
      slope = v128.and(f32x4.mul(slope, scales), kept);
      v128.store(slopes + place, f32x4.mul(weight, f32x4.sub(slope, alongs)));
      v128.store(weights + place, v128.and(f32x4.mul(weight, scales), kept));
    } else {
      v128.store(slopes + place, f32x4.mul(weight, f32x4.sub(slope, alongs)));
      v128.store(weights + place, weight);
    }
  }
}
