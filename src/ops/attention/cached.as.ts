// Attention of one new token of each text to all that a cache holds. AssemblyScript. Ranges run over texts and heads.
import { bytes, exp4, loadPart, storePart, sumLanes } from "../../engine/cpu/math.as";
import { multiplyAdd, threadScratch } from "../../engine/cpu/simd.as";

/**
 * `queries` and `out` `[texts, heads * dim]`, `keys` and `values` `[texts, length, keyHeads * dim]`. Each query sees the keys from
 * `first` on. `dim` is a multiple of 4, and the scores of one head fit the thread's scratch.
 */
export function cachedAttentionForward(
  queries: usize,
  keys: usize,
  values: usize,
  out: usize,
  length: i32,
  first: i32,
  heads: i32,
  keyHeads: i32,
  dim: i32,
  scale: f32,
  start: i32,
  end: i32,
): void {
  const group = heads / keyHeads;
  const stride = bytes(keyHeads * dim);
  const width = bytes(dim);
  const scores = threadScratch();
  const count = length - first;
  for (let item = start; item < end; item++) {
    const text = item / heads;
    const head = item % heads;
    const query = queries + bytes(item * dim);
    const offset = bytes((text * length + first) * keyHeads * dim + (head / group) * dim);
    let highest: f32 = -Infinity;
    let key = keys + offset;
    for (let j = 0; j < count; j++, key += stride) {
      let sums = f32x4.splat(0);
      for (let at: usize = 0; at < width; at += 16) {
        sums = multiplyAdd(v128.load(query + at), v128.load(key + at), sums);
      }
      const score = sumLanes(sums) * scale;
      store<f32>(scores + bytes(j), score);
      highest = max(highest, score);
    }
    const total = weigh(scores, count, highest);
    const mixed = out + bytes(item * dim);
    memory.fill(mixed, 0, width);
    let value = values + offset;
    for (let j = 0; j < count; j++, value += stride) {
      const weight = f32x4.splat(load<f32>(scores + bytes(j)) / total);
      for (let at: usize = 0; at < width; at += 16) {
        v128.store(mixed + at, multiplyAdd(v128.load(value + at), weight, v128.load(mixed + at)));
      }
    }
  }
}

/** Scores become e^(score - highest); gives their sum. */
function weigh(scores: usize, count: i32, highest: f32): f32 {
  const whole = bytes(count & ~3);
  const rest = count & 3;
  const most = f32x4.splat(highest);
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    const weights = exp4(f32x4.sub(v128.load(scores + at), most));
    sums = f32x4.add(sums, weights);
    v128.store(scores + at, weights);
  }
  if (rest > 0) {
    const weights = exp4(f32x4.sub(loadPart(scores + whole, rest, -Infinity), most));
    sums = f32x4.add(sums, weights);
    storePart(scores + whole, weights, rest);
  }
  return sumLanes(sums);
}
