// Rotary position embedding (Su et al. 2021) of the heads of a row. AssemblyScript.
import { bytes } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

/**
 * y of x, both `[rows, heads * dim]`: each pair (i, i + dim / 2) of a head turned by the angle of its row's position. `table` holds
 * the cosines and behind them the sines of each position, dim numbers. `sign` -1 turns back: the gradient. The range runs over
 * rows.
 */
export function rotate(
  x: usize,
  positions: usize,
  table: usize,
  y: usize,
  heads: i32,
  dim: i32,
  sign: f32,
  start: i32,
  end: i32,
): void {
  const half = bytes(dim >> 1);
  const whole = half & ~15;
  const signs = f32x4.splat(sign);
  for (let row = start; row < end; row++) {
    const cosines = table + bytes(load<i32>(positions + bytes(row)) * dim);
    for (let head = 0; head < heads; head++) {
      const from = x + bytes((row * heads + head) * dim);
      const to = y + bytes((row * heads + head) * dim);
      for (let at: usize = 0; at < whole; at += 16) {
        const a = v128.load(from + at);
        const b = v128.load(from + half + at);
        const c = v128.load(cosines + at);
        const s = f32x4.mul(v128.load(cosines + half + at), signs);
        v128.store(to + at, multiplyAdd(f32x4.neg(b), s, f32x4.mul(a, c)));
        v128.store(to + half + at, multiplyAdd(a, s, f32x4.mul(b, c)));
      }
      for (let at: usize = whole; at < half; at += 4) {
        const a = load<f32>(from + at);
        const b = load<f32>(from + half + at);
        const c = load<f32>(cosines + at);
        const s = load<f32>(cosines + half + at) * sign;
        store<f32>(to + at, a * c - b * s);
        store<f32>(to + half + at, b * c + a * s);
      }
    }
  }
}
