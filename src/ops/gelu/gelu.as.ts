// The Gaussian error linear unit, exact and by tanh, with gradients. AssemblyScript. Ranges run over blocks of 4,096 elements.
import { bytes, exp4, loadPart, scaledErfc4, sigmoid4, storePart } from "../../engine/cpu/math.as";
import { multiplyAdd } from "../../engine/cpu/simd.as";

const block: i32 = 4096;

/** y = x · Φ(x). The far tail keeps its digits, which 1 + erf would lose. */
export function geluForward(x: usize, y: usize, size: i32, start: i32, end: i32): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) v128.store(y + bytes(i), gelu4(v128.load(x + bytes(i))));
  if (i < last) storePart(y + bytes(i), gelu4(loadPart(x + bytes(i), last - i, 0)), last - i);
}

/** dx = dy · (Φ(x) + x · φ(x)). */
export function geluBackward(
  dy: usize,
  x: usize,
  dx: usize,
  size: i32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) {
    const slope = geluSlope4(v128.load(x + bytes(i)));
    v128.store(dx + bytes(i), f32x4.mul(v128.load(dy + bytes(i)), slope));
  }
  if (i < last) {
    const slope = geluSlope4(loadPart(x + bytes(i), last - i, 0));
    storePart(dx + bytes(i), f32x4.mul(loadPart(dy + bytes(i), last - i, 0), slope), last - i);
  }
}

/** y = x · sigmoid(2u), which is x / 2 · (1 + tanh u) without the sum that loses digits; u = sqrt(2 / π) · (x + 0.044715 x³). */
export function geluTanhForward(x: usize, y: usize, size: i32, start: i32, end: i32): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) v128.store(y + bytes(i), geluTanh4(v128.load(x + bytes(i))));
  if (i < last) storePart(y + bytes(i), geluTanh4(loadPart(x + bytes(i), last - i, 0)), last - i);
}

/** The gradient of `geluTanhForward`. */
export function geluTanhBackward(
  dy: usize,
  x: usize,
  dx: usize,
  size: i32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) {
    const own = v128.load(x + bytes(i));
    const slope = geluTanhSlope4(own, geluTanhShare4(own));
    v128.store(dx + bytes(i), f32x4.mul(v128.load(dy + bytes(i)), slope));
  }
  if (i < last) {
    const own = loadPart(x + bytes(i), last - i, 0);
    const slope = geluTanhSlope4(own, geluTanhShare4(own));
    storePart(dx + bytes(i), f32x4.mul(loadPart(dy + bytes(i), last - i, 0), slope), last - i);
  }
}

/** gelu of four floats. */
function gelu4(x: v128): v128 {
  const tail = f32x4.mul(x, tailShare(x, bell(x)));
  return v128.bitselect(tail, f32x4.sub(x, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** The slope of gelu at four floats. */
function geluSlope4(x: v128): v128 {
  const height = bell(x);
  const tail = tailShare(x, height);
  const share = v128.bitselect(tail, f32x4.sub(f32x4.splat(1), tail), f32x4.lt(x, f32x4.splat(0)));
  return multiplyAdd(f32x4.mul(x, f32x4.splat(0.3989422804014327)), height, share);
}

/** gelu by tanh of four floats. */
function geluTanh4(x: v128): v128 {
  return f32x4.mul(x, geluTanhShare4(x));
}

/** What gelu by tanh multiplies x with: sigmoid(2u). */
export function geluTanhShare4(x: v128): v128 {
  return sigmoid4(twiceInner(x, f32x4.mul(x, x)));
}

/** The slope of gelu by tanh at four floats with share s: s + x · s · (1 - s) · 2u'. */
export function geluTanhSlope4(x: v128, s: v128): v128 {
  const slope = multiplyAdd(
    f32x4.mul(x, x),
    f32x4.splat(0.21406444881780076),
    f32x4.splat(1.5957691216057308),
  );
  const bend = f32x4.mul(f32x4.mul(x, s), f32x4.mul(f32x4.sub(f32x4.splat(1), s), slope));
  return f32x4.add(s, bend);
}

/** e^(-x² / 2). */
function bell(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/** Φ(-|x|). */
function tailShare(x: v128, height: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(<f32>Math.SQRT1_2));
  return f32x4.mul(f32x4.mul(scaledErfc4(z), height), f32x4.splat(0.5));
}

/** 2 sqrt(2 / π) · (x + 0.044715 x³). */
function twiceInner(x: v128, square: v128): v128 {
  const factor = multiplyAdd(
    square,
    f32x4.splat(0.07135481627260025),
    f32x4.splat(1.5957691216057308),
  );
  return f32x4.mul(x, factor);
}
