// Cross-entropy of logits with class indices, with its gradient: no probabilities are stored. AssemblyScript.
import { bytes, exp4, loadPart, storePart, sumLanes } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";
import { logSumExp } from "../softmax/softmax.as";

/**
 * `losses` `[rows]` and `sums` `[rows]`, the logarithms of the softmax's denominators. With weights w (0: all ones) and smoothing s,
 * a row costs `(1 - s) · w[label] · -log p[label] + s / classes · sum of w[c] · -log p[c]`, as torch computes it. A label outside
 * 0 to classes - 1 costs nothing: the caller has refused all but the ignored one. The range runs over rows.
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
    const weight = weights == 0 ? <f32>1 : load<f32>(weights + bytes(label));
    let loss: f32 = (<f32>1 - smoothing) * weight * (sum - load<f32>(from + bytes(label)));
    if (smoothing > 0) {
      const all = totalWeight(weights, classes) * sum - weighted(from, weights, classes);
      loss += (smoothing / <f32>classes) * all;
    }
    store<f32>(losses + bytes(row), loss);
    store<f32>(sums + bytes(row), sum);
  }
}

/** The logits' gradient, times `scale`. The range runs over rows. */
export function crossEntropyBackward(
  logits: usize,
  labels: usize,
  weights: usize,
  sums: usize,
  dLogits: usize,
  classes: i32,
  smoothing: f32,
  scale: f32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(classes & ~3);
  const rest = classes & 3;
  const evenly = (scale * smoothing) / <f32>classes;
  const total = smoothing > 0 ? totalWeight(weights, classes) : 0;
  for (let row = start; row < end; row++) {
    const from = logits + bytes(row * classes);
    const to = dLogits + bytes(row * classes);
    const label = load<i32>(labels + bytes(row));
    if (<u32>label >= <u32>classes) {
      memory.fill(to, 0, bytes(classes));
      continue;
    }
    const sum = f32x4.splat(load<f32>(sums + bytes(row)));
    const weight = weights == 0 ? <f32>1 : load<f32>(weights + bytes(label));
    const onLabel = scale * (<f32>1 - smoothing) * weight;
    const factor = f32x4.splat(onLabel + evenly * total);
    for (let at: usize = 0; at < whole; at += 16) {
      v128.store(to + at, f32x4.mul(exp4(f32x4.sub(v128.load(from + at), sum)), factor));
    }
    if (rest > 0) {
      const part = exp4(f32x4.sub(loadPart(from + whole, rest, 0), sum));
      storePart(to + whole, f32x4.mul(part, factor), rest);
    }
    if (smoothing > 0) {
      for (let c = 0; c < classes; c++) {
        const share = weights == 0 ? evenly : evenly * load<f32>(weights + bytes(c));
        store<f32>(to + bytes(c), load<f32>(to + bytes(c)) - share);
      }
    }
    store<f32>(to + bytes(label), load<f32>(to + bytes(label)) - onLabel);
  }
}

/** `out[0]` = the sum of `size` floats in their order, added up in double. One thread. */
export function sumInOrder(x: usize, size: i32, out: usize): void {
  let sum: f64 = 0;
  for (let i = 0; i < size; i++) sum += load<f32>(x + bytes(i));
  store<f32>(out, <f32>sum);
}

function totalWeight(weights: usize, classes: i32): f32 {
  if (weights == 0) return <f32>classes;
  let sum: f32 = 0;
  for (let c = 0; c < classes; c++) sum += load<f32>(weights + bytes(c));
  return sum;
}

function weighted(from: usize, weights: usize, classes: i32): f32 {
  const whole = bytes(classes & ~3);
  const rest = classes & 3;
  const one = f32x4.splat(1);
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    const weight = weights == 0 ? one : v128.load(weights + at);
    sums = multiplyAdd(v128.load(from + at), weight, sums);
  }
  if (rest > 0) {
    const weight = weights == 0 ? one : loadPart(weights + whole, rest, 0);
    sums = multiplyAdd(loadPart(from + whole, rest, 0), weight, sums);
  }
  return sumLanes(sums);
}
