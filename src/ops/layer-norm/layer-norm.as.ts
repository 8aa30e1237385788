// Layer normalisation of rows, and its gradient in one pass. AssemblyScript.
import { bytes, loadPart, storePart, sumLanes } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

/** y `[rows, width]`, and `stats` `[rows, 2]`: each row's mean and inverse standard deviation. The range runs over rows. */
export function layerNormForward(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  stats: usize,
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
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) sums = f32x4.add(sums, v128.load(from + at));
    if (rest > 0) sums = f32x4.add(sums, loadPart(from + whole, rest, 0));
    const mean = sumLanes(sums) / <f32>width;
    const means = f32x4.splat(mean);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const off = f32x4.sub(v128.load(from + at), means);
      squares = multiplyAdd(off, off, squares);
    }
    if (rest > 0) {
      const off = f32x4.sub(loadPart(from + whole, rest, mean), means);
      squares = multiplyAdd(off, off, squares);
    }
    const inverse = <f32>1 / sqrt(sumLanes(squares) / <f32>width + epsilon);
    const inverses = f32x4.splat(inverse);
    for (let at: usize = 0; at < whole; at += 16) {
      const normalised = f32x4.mul(f32x4.sub(v128.load(from + at), means), inverses);
      v128.store(to + at, multiplyAdd(normalised, v128.load(weight + at), v128.load(bias + at)));
    }
    if (rest > 0) {
      const normalised = f32x4.mul(f32x4.sub(loadPart(from + whole, rest, 0), means), inverses);
      const scaled = f32x4.mul(normalised, loadPart(weight + whole, rest, 0));
      storePart(to + whole, f32x4.add(scaled, loadPart(bias + whole, rest, 0)), rest);
    }
    store<f32>(stats + bytes(2 * row), mean);
    store<f32>(stats + bytes(2 * row), inverse, 4);
  }
}

/**
 * dx `[rows, width]`, and `partials` `[blocks, 2, width]`: the gradients of weight and bias over each block of `blockRows` rows,
 * which `sumBlocks` adds up. The range runs over blocks.
 */
export function layerNormBackward(
  dy: usize,
  x: usize,
  weight: usize,
  stats: usize,
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
    const dWeight = partials + bytes(2 * block * width);
    const dBias = dWeight + bytes(width);
    memory.fill(dWeight, 0, bytes(2 * width));
    for (let row = block * blockRows; row < min(rows, (block + 1) * blockRows); row++) {
      const at0 = bytes(row * width);
      const mean = f32x4.splat(load<f32>(stats + bytes(2 * row)));
      const inverse = f32x4.splat(load<f32>(stats + bytes(2 * row), 4));
      let sums = f32x4.splat(0);
      let along = f32x4.splat(0);
      for (let at: usize = 0; at < whole; at += 16) {
        const upstream = v128.load(dy + at0 + at);
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + at0 + at), mean), inverse);
        const slope = f32x4.mul(upstream, v128.load(weight + at));
        sums = f32x4.add(sums, slope);
        along = multiplyAdd(slope, normalised, along);
        v128.store(dWeight + at, multiplyAdd(upstream, normalised, v128.load(dWeight + at)));
        v128.store(dBias + at, f32x4.add(upstream, v128.load(dBias + at)));
      }
      if (rest > 0) {
        const upstream = loadPart(dy + at0 + whole, rest, 0);
        const normalised = f32x4.mul(f32x4.sub(loadPart(x + at0 + whole, rest, 0), mean), inverse);
        const slope = f32x4.mul(upstream, loadPart(weight + whole, rest, 0));
        sums = f32x4.add(sums, slope);
        along = multiplyAdd(slope, normalised, along);
        const old = loadPart(dWeight + whole, rest, 0);
        storePart(dWeight + whole, multiplyAdd(upstream, normalised, old), rest);
        storePart(dBias + whole, f32x4.add(upstream, loadPart(dBias + whole, rest, 0)), rest);
      }
      const meanSlope = f32x4.splat(sumLanes(sums) / <f32>width);
      const meanAlong = f32x4.splat(sumLanes(along) / <f32>width);
      for (let at: usize = 0; at < whole; at += 16) {
        const normalised = f32x4.mul(f32x4.sub(v128.load(x + at0 + at), mean), inverse);
        const slope = f32x4.mul(v128.load(dy + at0 + at), v128.load(weight + at));
        const off = f32x4.sub(f32x4.sub(slope, meanSlope), f32x4.mul(normalised, meanAlong));
        v128.store(dx + at0 + at, f32x4.mul(off, inverse));
      }
      if (rest > 0) {
        const normalised = f32x4.mul(f32x4.sub(loadPart(x + at0 + whole, rest, 0), mean), inverse);
        const slope = f32x4.mul(
          loadPart(dy + at0 + whole, rest, 0),
          loadPart(weight + whole, rest, 0),
        );
        const off = f32x4.sub(f32x4.sub(slope, meanSlope), f32x4.mul(normalised, meanAlong));
        storePart(dx + at0 + whole, f32x4.mul(off, inverse), rest);
      }
    }
  }
}

/** `out[i]` = the sum over blocks of `partials[block * stride + i]`, in their order, for the range of i. */
export function sumBlocks(
  partials: usize,
  stride: i32,
  blocks: i32,
  out: usize,
  start: i32,
  end: i32,
): void {
  memory.fill(out + bytes(start), 0, bytes(end - start));
  for (let block = 0; block < blocks; block++) {
    const from = partials + bytes(block * stride);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      v128.store(out + bytes(i), f32x4.add(v128.load(out + bytes(i)), v128.load(from + bytes(i))));
    }
    for (; i < end; i++) {
      store<f32>(out + bytes(i), load<f32>(out + bytes(i)) + load<f32>(from + bytes(i)));
    }
  }
}
