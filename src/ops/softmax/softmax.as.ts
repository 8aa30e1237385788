// Softmax of rows, with its gradient. AssemblyScript. Ranges run over rows.
import {
  bytes,
  exp4,
  loadPart,
  logarithm,
  maxLanes,
  storePart,
  sumLanes,
} from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

/** y `[rows, width]`. x and y may be one. */
export function softmaxForward(x: usize, y: usize, width: i32, start: i32, end: i32): void {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  for (let row = start; row < end; row++) {
    const from = x + bytes(row * width);
    const to = y + bytes(row * width);
    const highest = f32x4.splat(rowMaximum(from, width));
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const weight = exp4(f32x4.sub(v128.load(from + at), highest));
      sums = f32x4.add(sums, weight);
      v128.store(to + at, weight);
    }
    if (rest > 0) {
      const weight = exp4(f32x4.sub(loadPart(from + whole, rest, -Infinity), highest));
      sums = f32x4.add(sums, weight);
      storePart(to + whole, weight, rest);
    }
    const inverse = f32x4.splat(<f32>1 / sumLanes(sums));
    for (let at: usize = 0; at < whole; at += 16) {
      v128.store(to + at, f32x4.mul(v128.load(to + at), inverse));
    }
    if (rest > 0) storePart(to + whole, f32x4.mul(loadPart(to + whole, rest, 0), inverse), rest);
  }
}

/** dx = y · (dy - the row's sum of y · dy), from the softmax y. */
export function softmaxBackward(
  dy: usize,
  y: usize,
  dx: usize,
  width: i32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  for (let row = start; row < end; row++) {
    const at0 = bytes(row * width);
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      sums = multiplyAdd(v128.load(y + at0 + at), v128.load(dy + at0 + at), sums);
    }
    if (rest > 0) {
      const part = loadPart(y + at0 + whole, rest, 0);
      sums = multiplyAdd(part, loadPart(dy + at0 + whole, rest, 0), sums);
    }
    const along = f32x4.splat(sumLanes(sums));
    for (let at: usize = 0; at < whole; at += 16) {
      const off = f32x4.sub(v128.load(dy + at0 + at), along);
      v128.store(dx + at0 + at, f32x4.mul(v128.load(y + at0 + at), off));
    }
    if (rest > 0) {
      const off = f32x4.sub(loadPart(dy + at0 + whole, rest, 0), along);
      storePart(dx + at0 + whole, f32x4.mul(loadPart(y + at0 + whole, rest, 0), off), rest);
    }
  }
}

/** ln of the sum of e^x over a row. */
export function logSumExp(from: usize, width: i32): f32 {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  const highest = rowMaximum(from, width);
  const highests = f32x4.splat(highest);
  let sums = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(from + at), highests)));
  }
  if (rest > 0) {
    const part = loadPart(from + whole, rest, -Infinity);
    sums = f32x4.add(sums, exp4(f32x4.sub(part, highests)));
  }
  const sum = sumLanes(sums);
  // At least 1, unless something is not a number, which must stay so.
  return sum > 0 ? highest + logarithm(sum) : sum;
}

function rowMaximum(from: usize, width: i32): f32 {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  let most = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < whole; at += 16) most = f32x4.pmax(most, v128.load(from + at));
  if (rest > 0) most = f32x4.pmax(most, loadPart(from + whole, rest, -Infinity));
  return maxLanes(most);
}
