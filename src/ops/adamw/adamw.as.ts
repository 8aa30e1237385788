// AdamW in place, and the sum of squares that clipping needs. AssemblyScript. Ranges run over blocks of 4,096 elements.
import { bytes, loadPart, storePart } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

const block: i32 = 4096;

/** `partials[i]`, float64: the sum of squares of block i. */
export function sumSquares(x: usize, size: i32, partials: usize, start: i32, end: i32): void {
  for (let i = start; i < end; i++) {
    const last = min(size, (i + 1) * block);
    let j = i * block;
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    for (; j + 8 <= last; j += 8) {
      const a = v128.load(x + bytes(j));
      const b = v128.load(x + bytes(j), 16);
      even = multiplyAdd(a, a, even);
      odd = multiplyAdd(b, b, odd);
    }
    let sum: f64 = 0;
    for (; j < last; j++) {
      const a = load<f32>(x + bytes(j));
      sum += a * a;
    }
    const low = f64x2.add(f64x2.promote_low_f32x4(even), f64x2.promote_low_f32x4(odd));
    const high = f64x2.add(
      f64x2.promote_low_f32x4(turned(even)),
      f64x2.promote_low_f32x4(turned(odd)),
    );
    const both = f64x2.add(low, high);
    sum += f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    store<f64>(partials + ((<usize>i) << 3), sum);
  }
}

/** `out[0]`, float32: the square root of the sum of `count` partial sums in their order. One thread. */
export function rootOfSum(partials: usize, count: i32, out: usize): void {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += load<f64>(partials + ((<usize>i) << 3));
  store<f32>(out, <f32>sqrt(sum));
}

/**
 * One update of torch.optim.AdamW, in its order of operations. `gradientScale` is clipping's factor, `keep` is
 * `1 - learning rate * weight decay`, `stepSize` the learning rate over the first bias correction, and `root` the square root of
 * the second. Where gradient and moments are all zero the update is decay alone: rows of an embedding that no text has used.
 */
export function adamw(
  parameter: usize,
  gradient: usize,
  expAvg: usize,
  expAvgSq: usize,
  size: i32,
  gradientScale: f32,
  keep: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  stepSize: f32,
  root: f32,
  epsilon: f32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * block);
  const isNear = rest1 < 0.5;
  for (let i = start * block; i < last; i += 4) {
    const place = bytes(i);
    const count = last - i;
    const isWhole = count >= 4;
    let g = isWhole ? v128.load(gradient + place) : loadPart(gradient + place, count, 0);
    let m = isWhole ? v128.load(expAvg + place) : loadPart(expAvg + place, count, 0);
    let v = isWhole ? v128.load(expAvgSq + place) : loadPart(expAvgSq + place, count, 0);
    const isIdle = !v128.any_true(v128.or(v128.or(g, m), v));
    if (isIdle && keep === 1) continue;
    let p = isWhole ? v128.load(parameter + place) : loadPart(parameter + place, count, 0);
    p = f32x4.mul(p, f32x4.splat(keep));
    if (!isIdle) {
      g = f32x4.mul(g, f32x4.splat(gradientScale));
      // torch.lerp: from the nearer end, so that both ends are exact.
      const way = f32x4.sub(g, m);
      m = isNear
        ? f32x4.add(m, f32x4.mul(way, f32x4.splat(rest1)))
        : f32x4.sub(g, f32x4.mul(way, f32x4.splat(beta1)));
      v = f32x4.add(
        f32x4.mul(v, f32x4.splat(beta2)),
        f32x4.mul(f32x4.mul(g, g), f32x4.splat(rest2)),
      );
      const deviation = f32x4.div(f32x4.sqrt(v), f32x4.splat(root));
      const denominator = f32x4.add(deviation, f32x4.splat(epsilon));
      p = f32x4.sub(p, f32x4.mul(f32x4.splat(stepSize), f32x4.div(m, denominator)));
    }
    if (isWhole) {
      v128.store(parameter + place, p);
      if (isIdle) continue;
      v128.store(expAvg + place, m);
      v128.store(expAvgSq + place, v);
    } else {
      storePart(parameter + place, p, count);
      storePart(expAvg + place, m, count);
      storePart(expAvgSq + place, v, count);
    }
  }
}

/** The upper two lanes in the place of the lower. */
function turned(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 0, 1);
}
