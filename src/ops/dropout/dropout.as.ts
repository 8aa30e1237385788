// Dropout from counters: the mask is a function of the key and the element's index, so that it is never stored and the backward
// pass draws it again. `dropout-mask.ts` computes the same bits in TypeScript; change both or neither. AssemblyScript.
import { bytes } from "../../engine/cpu/math.as";

/** 32 well-mixed bits of a counter under a key of two words. Three rounds of xor-shift and multiply; the key enters twice. */
export function drawBits(counter: u32, key0: u32, key1: u32): u32 {
  let x = counter + key0;
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x += key1;
  x *= 0x846ca68b;
  x ^= x >> 16;
  x *= 0x31848bab;
  x ^= x >> 14;
  return x;
}

/** The same for four counters. */
export function drawBits4(counters: v128, key0: v128, key1: v128): v128 {
  let x = i32x4.add(counters, key0);
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.add(x, key1);
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x31848bab));
  return v128.xor(x, i32x4.shr_u(x, 14));
}

/** All ones in the lanes that are kept: where 24 of the drawn bits are at least `threshold` (the rate times 2^24). */
export function keptLanes(bits: v128, threshold: v128): v128 {
  return i32x4.ge_s(i32x4.shr_u(bits, 8), threshold);
}

/**
 * y = x where the element is kept, times `scale`; 0 elsewhere. x and y may be one. The range runs over blocks of 4,096 elements.
 */
export function dropout(
  x: usize,
  y: usize,
  size: i32,
  threshold: i32,
  scale: f32,
  key0: i32,
  key1: i32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * 4096);
  const scales = f32x4.splat(scale);
  const thresholds = i32x4.splat(threshold);
  const keys0 = i32x4.splat(key0);
  const keys1 = i32x4.splat(key1);
  let i = start * 4096;
  for (; i + 4 <= last; i += 4) {
    const counters = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
    const kept = keptLanes(drawBits4(counters, keys0, keys1), thresholds);
    v128.store(y + bytes(i), v128.and(f32x4.mul(v128.load(x + bytes(i)), scales), kept));
  }
  for (; i < last; i++) {
    const kept = <i32>(drawBits(i, key0, key1) >> 8) >= threshold;
    store<f32>(y + bytes(i), kept ? load<f32>(x + bytes(i)) * scale : 0);
  }
}
