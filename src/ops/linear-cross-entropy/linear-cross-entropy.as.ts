// Cross-entropy over a vocabulary whose logits come in blocks, each `[rows, count]` from class `first` on. AssemblyScript.
import {
  bytes,
  exp4,
  loadPart,
  logarithm,
  maxLanes,
  storePart,
  sumLanes,
} from "../../engine/cpu/math.as";

/**
 * Adds a block to what each row has seen, in `state` `[4, rows]`: highest logit, sum of e^(logit - highest), sum of the logits, the
 * label's logit. The first block writes it. The range runs over rows.
 */
export function seeLogits(
  logits: usize,
  labels: usize,
  state: usize,
  rows: i32,
  first: i32,
  count: i32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(count & ~3);
  const rest = count & 3;
  for (let row = start; row < end; row++) {
    const from = logits + bytes(row * count);
    const highest = state + bytes(row);
    const totals = highest + bytes(rows);
    const sums = totals + bytes(rows);
    const before: f32 = first === 0 ? <f32>-Infinity : load<f32>(highest);
    let most = f32x4.splat(before);
    let plain = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const x = v128.load(from + at);
      most = f32x4.pmax(most, x);
      plain = f32x4.add(plain, x);
    }
    if (rest > 0) {
      most = f32x4.pmax(most, loadPart(from + whole, rest, -Infinity));
      plain = f32x4.add(plain, loadPart(from + whole, rest, 0));
    }
    const top = maxLanes(most);
    const tops = f32x4.splat(top);
    let powers = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      powers = f32x4.add(powers, exp4(f32x4.sub(v128.load(from + at), tops)));
    }
    if (rest > 0) {
      powers = f32x4.add(powers, exp4(f32x4.sub(loadPart(from + whole, rest, -Infinity), tops)));
    }
    const factor = f32x4.extract_lane(exp4(f32x4.splat(before - top)), 0);
    const seen: f32 = first === 0 ? <f32>0 : load<f32>(totals) * factor;
    store<f32>(highest, top);
    store<f32>(totals, seen + sumLanes(powers));
    const plainSeen: f32 = first === 0 ? <f32>0 : load<f32>(sums);
    store<f32>(sums, plainSeen + sumLanes(plain));
    const label = load<i32>(labels + bytes(row)) - first;
    if (<u32>label < <u32>count) store<f32>(sums + bytes(rows), load<f32>(from + bytes(label)));
  }
}

/**
 * What the rows cost, once all blocks are seen: `out[0]` the sum of the losses, `out[1]` how many labels have the highest logit. The
 * logarithms of the softmax's denominators take the place of the highest logits. A row whose label is no class costs nothing. One
 * thread, in the order of the rows.
 */
export function sumLosses(
  labels: usize,
  state: usize,
  rows: i32,
  classes: i32,
  smoothing: f32,
  out: usize,
): void {
  let losses: f64 = 0;
  let hits: f32 = 0;
  for (let row = 0; row < rows; row++) {
    const highest = state + bytes(row);
    const top = load<f32>(highest);
    const denominator = top + logarithm(load<f32>(highest + bytes(rows)));
    store<f32>(highest, denominator);
    if (<u32>load<i32>(labels + bytes(row)) >= <u32>classes) continue;
    const hit = load<f32>(highest + bytes(3 * rows));
    if (hit >= top) hits += 1;
    let loss = denominator - hit;
    const evenly = denominator - load<f32>(highest + bytes(2 * rows)) / <f32>classes;
    if (smoothing > 0) loss += smoothing * (evenly - loss);
    losses += loss;
  }
  store<f32>(out, <f32>losses);
  store<f32>(out, hits, 4);
}

/** Turns a block of logits into its gradient, times `scale[0]`. `denominators` is `[rows]`. The range runs over rows. */
export function turnToSlopes(
  logits: usize,
  labels: usize,
  denominators: usize,
  scale: usize,
  first: i32,
  count: i32,
  classes: i32,
  smoothing: f32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(count & ~3);
  const rest = count & 3;
  const factor = load<f32>(scale);
  const factors = f32x4.splat(factor);
  const share = f32x4.splat((factor * smoothing) / <f32>classes);
  for (let row = start; row < end; row++) {
    const from = logits + bytes(row * count);
    const label = load<i32>(labels + bytes(row));
    if (<u32>label >= <u32>classes) {
      memory.fill(from, 0, bytes(count));
      continue;
    }
    const denominator = f32x4.splat(load<f32>(denominators + bytes(row)));
    for (let at: usize = 0; at < whole; at += 16) {
      const probability = exp4(f32x4.sub(v128.load(from + at), denominator));
      v128.store(from + at, f32x4.sub(f32x4.mul(probability, factors), share));
    }
    if (rest > 0) {
      const probability = exp4(f32x4.sub(loadPart(from + whole, rest, 0), denominator));
      storePart(from + whole, f32x4.sub(f32x4.mul(probability, factors), share), rest);
    }
    const place = label - first;
    if (<u32>place >= <u32>count) continue;
    store<f32>(from + bytes(place), load<f32>(from + bytes(place)) - factor * (<f32>1 - smoothing));
  }
}
