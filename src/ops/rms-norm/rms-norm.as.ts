// Root-mean-square normalisation of rows (Zhang and Sennrich 2019), and its gradient in one pass. AssemblyScript.
import { bytes, loadPart, storePart, sumLanes } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

/** y `[rows, width]`, and `inverses` `[rows]`: one over each row's root mean square. The range runs over rows. */
export function rmsNormForward(
  x: usize,
  weight: usize,
  y: usize,
  inverses: usize,
  width: i32,
  epsilon: f32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  for (let row = start; row < end; row++) {
    const from = x + bytes(row * width);
    const to = y + bytes(row * width);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const value = v128.load(from + at);
      squares = multiplyAdd(value, value, squares);
    }
    if (rest > 0) {
      const value = loadPart(from + whole, rest, 0);
      squares = multiplyAdd(value, value, squares);
    }
    const inverse = <f32>1 / sqrt(sumLanes(squares) / <f32>width + epsilon);
    const factor = f32x4.splat(inverse);
    for (let at: usize = 0; at < whole; at += 16) {
      const normalised = f32x4.mul(v128.load(from + at), factor);
      v128.store(to + at, f32x4.mul(normalised, v128.load(weight + at)));
    }
    if (rest > 0) {
      const normalised = f32x4.mul(loadPart(from + whole, rest, 0), factor);
      storePart(to + whole, f32x4.mul(normalised, loadPart(weight + whole, rest, 0)), rest);
    }
    store<f32>(inverses + bytes(row), inverse);
  }
}

/**
 * dx `[rows, width]`, and `partials` `[blocks, width]`: the weight's gradient over each block of `blockRows` rows, which
 * `sumBlocks` adds up. The range runs over blocks.
 */
export function rmsNormBackward(
  dy: usize,
  x: usize,
  weight: usize,
  inverses: usize,
  dx: usize,
  partials: usize,
  rows: i32,
  width: i32,
  blockRows: i32,
  start: i32,
  end: i32,
): void {
  const whole = bytes(width & ~3);
  const rest = width & 3;
  for (let block = start; block < end; block++) {
    const dWeight = partials + bytes(block * width);
    memory.fill(dWeight, 0, bytes(width));
    for (let row = block * blockRows; row < min(rows, (block + 1) * blockRows); row++) {
      const from = x + bytes(row * width);
      const up = dy + bytes(row * width);
      const to = dx + bytes(row * width);
      const inverse = f32x4.splat(load<f32>(inverses + bytes(row)));
      let along = f32x4.splat(0);
      for (let at: usize = 0; at < whole; at += 16) {
        const product = f32x4.mul(v128.load(up + at), f32x4.mul(v128.load(from + at), inverse));
        along = multiplyAdd(product, v128.load(weight + at), along);
        v128.store(dWeight + at, f32x4.add(product, v128.load(dWeight + at)));
      }
      if (rest > 0) {
        const normalised = f32x4.mul(loadPart(from + whole, rest, 0), inverse);
        const product = f32x4.mul(loadPart(up + whole, rest, 0), normalised);
        along = multiplyAdd(product, loadPart(weight + whole, rest, 0), along);
        storePart(dWeight + whole, f32x4.add(product, loadPart(dWeight + whole, rest, 0)), rest);
      }
      const meanAlong = f32x4.splat(sumLanes(along) / <f32>width);
      for (let at: usize = 0; at < whole; at += 16) {
        const normalised = f32x4.mul(v128.load(from + at), inverse);
        const slope = f32x4.mul(v128.load(up + at), v128.load(weight + at));
        const off = f32x4.sub(slope, f32x4.mul(normalised, meanAlong));
        v128.store(to + at, f32x4.mul(off, inverse));
      }
      if (rest > 0) {
        const normalised = f32x4.mul(loadPart(from + whole, rest, 0), inverse);
        const slope = f32x4.mul(loadPart(up + whole, rest, 0), loadPart(weight + whole, rest, 0));
        const off = f32x4.sub(slope, f32x4.mul(normalised, meanAlong));
        storePart(to + whole, f32x4.mul(off, inverse), rest);
      }
    }
  }
}
