// The mean of each text's rows, and its gradient. AssemblyScript. Ranges run over texts.
import { bytes } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

/** `out` `[texts, width]`; zeros for a text without tokens. `rows` are the positions (0: all rows in order) and `offsets` those of `findTokens`. */
export function meanPoolForward(
  x: usize,
  rows: usize,
  offsets: usize,
  out: usize,
  width: i32,
  start: i32,
  end: i32,
): void {
  for (let text = start; text < end; text++) {
    const first = load<i32>(offsets + bytes(text));
    const next = load<i32>(offsets + bytes(text + 1));
    const to = out + bytes(text * width);
    memory.fill(to, 0, bytes(width));
    for (let token = first; token < next; token++) {
      addScaled(x + bytes(rowOf(rows, token) * width), to, width, 1);
    }
    divide(to, width, <f32>max(1, next - first));
  }
}

/** Each token's row of dx; other rows are left as they are. */
export function meanPoolBackward(
  dy: usize,
  rows: usize,
  offsets: usize,
  dx: usize,
  width: i32,
  start: i32,
  end: i32,
): void {
  for (let text = start; text < end; text++) {
    const first = load<i32>(offsets + bytes(text));
    const next = load<i32>(offsets + bytes(text + 1));
    const share = <f32>1 / <f32>max(1, next - first);
    for (let token = first; token < next; token++) {
      const to = dx + bytes(rowOf(rows, token) * width);
      memory.fill(to, 0, bytes(width));
      addScaled(dy + bytes(text * width), to, width, share);
    }
  }
}

function rowOf(rows: usize, token: i32): i32 {
  return rows === 0 ? token : load<i32>(rows + bytes(token));
}

function addScaled(from: usize, to: usize, width: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const whole = bytes(width & ~3);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(to + at, multiplyAdd(v128.load(from + at), factor, v128.load(to + at)));
  }
  for (; at < bytes(width); at += 4) {
    store<f32>(to + at, load<f32>(from + at) * scale + load<f32>(to + at));
  }
}

function divide(x: usize, width: i32, divisor: f32): void {
  const divisors = f32x4.splat(divisor);
  const whole = bytes(width & ~3);
  let at: usize = 0;
  for (; at < whole; at += 16) v128.store(x + at, f32x4.div(v128.load(x + at), divisors));
  for (; at < bytes(width); at += 4) store<f32>(x + at, load<f32>(x + at) / divisor);
}
