// Cross-entropy of logits with class indices, with its gradient: no probabilities are stored. AssemblyScript.
import { bytes, exp4, loadPart, storePart, sumLanes } from "../../engine/cpu/math.as";
import { logSumExp } from "../softmax/softmax.as";

/**
 * `losses` `[rows]` and `sums` `[rows]`, the logarithms of the softmax's denominators. With smoothing s a row costs
 * `(1 - s) · -log p[label] + s / classes · the sum of -log p`, times its weight where `weights` `[rows]` is not 0. A row whose label
 * is outside 0 to classes - 1 costs nothing: the caller has refused all such labels but the ignored one. The range runs over rows.
 */
export function crossEntropyForward(
  logits: usize,
  labels: usize,
  weights: usize,
  losses: usize,
  sums: usize,
  classes: i32,
  smoothing: f32,
  start: i32,
  end: i32,
): void {
  for (let row = start; row < end; row++) {
    const from = logits + bytes(row * classes);
    const label = load<i32>(labels + bytes(row));
    if (<u32>label >= <u32>classes) {
      store<f32>(losses + bytes(row), 0);
      store<f32>(sums + bytes(row), 0);
      continue;
    }
    const sum = logSumExp(from, classes);
    let loss = sum - load<f32>(from + bytes(label));
    if (smoothing > 0) {
      const evenly = sum - sumOf(from, classes) / <f32>classes;
      loss += smoothing * (evenly - loss);
    }
    store<f32>(losses + bytes(row), loss * weightOf(weights, row));
    store<f32>(sums + bytes(row), sum);
  }
}

/** The logits' gradient, times `scale[0]`. The range runs over rows. */
export function crossEntropyBackward(
  logits: usize,
  labels: usize,
  weights: usize,
  sums: usize,
  scale: usize,
  dLogits: usize,
  classes: i32,
  smoothing: f32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(classes & ~3);
  const rest = classes & 3;
  for (let row = start; row < end; row++) {
    const from = logits + bytes(row * classes);
    const to = dLogits + bytes(row * classes);
    const label = load<i32>(labels + bytes(row));
    if (<u32>label >= <u32>classes) {
      memory.fill(to, 0, bytes(classes));
      continue;
    }
    const factor = load<f32>(scale) * weightOf(weights, row);
    const factors = f32x4.splat(factor);
    const sum = f32x4.splat(load<f32>(sums + bytes(row)));
    const share = f32x4.splat((factor * smoothing) / <f32>classes);
    for (let at: usize = 0; at < whole; at += 16) {
      const probability = exp4(f32x4.sub(v128.load(from + at), sum));
      v128.store(to + at, f32x4.sub(f32x4.mul(probability, factors), share));
    }
    if (rest > 0) {
      const probability = exp4(f32x4.sub(loadPart(from + whole, rest, 0), sum));
      storePart(to + whole, f32x4.sub(f32x4.mul(probability, factors), share), rest);
    }
    const hit = load<f32>(to + bytes(label)) - factor * (<f32>1 - smoothing);
    store<f32>(to + bytes(label), hit);
  }
}

/** `out[0]` = the sum of `size` floats in their order, added up in double. One thread. */
export function sumInOrder(x: usize, size: i32, out: usize): void {
  let sum: f64 = 0;
  for (let i = 0; i < size; i++) sum += load<f32>(x + bytes(i));
  store<f32>(out, <f32>sum);
}

function weightOf(weights: usize, row: i32): f32 {
  return weights === 0 ? 1 : load<f32>(weights + bytes(row));
}

function sumOf(from: usize, count: i32): f32 {
  const whole = bytes(count & ~3);
  const rest = count & 3;
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) sums = f32x4.add(sums, v128.load(from + at));
  if (rest > 0) sums = f32x4.add(sums, loadPart(from + whole, rest, 0));
  return sumLanes(sums);
}
