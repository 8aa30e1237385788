// SwiGLU (Shazeer 2020, https://arxiv.org/abs/2002.05202): silu(gate) · up, with gradients. AssemblyScript. Ranges run over blocks of
// 4,096 elements.
import { bytes, loadPart, sigmoid4, storePart } from "../../engine/cpu/math.as";

const block: i32 = 4096;

/** y = gate · sigmoid(gate) · up. */
export function swigluForward(
  gate: usize,
  up: usize,
  y: usize,
  size: i32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) {
    const g = v128.load(gate + bytes(i));
    v128.store(y + bytes(i), f32x4.mul(f32x4.mul(g, sigmoid4(g)), v128.load(up + bytes(i))));
  }
  if (i < last) {
    const g = loadPart(gate + bytes(i), last - i, 0);
    const product = f32x4.mul(f32x4.mul(g, sigmoid4(g)), loadPart(up + bytes(i), last - i, 0));
    storePart(y + bytes(i), product, last - i);
  }
}

/** Gradients by gate and up. */
export function swigluBackward(
  dy: usize,
  gate: usize,
  up: usize,
  dGate: usize,
  dUp: usize,
  size: i32,
  start: i32,
  end: i32,
): void {
  const last = min(size, end * block);
  let i = start * block;
  for (; i + 4 <= last; i += 4) {
    const g = v128.load(gate + bytes(i));
    const upstream = v128.load(dy + bytes(i));
    const s = sigmoid4(g);
    v128.store(
      dGate + bytes(i),
      f32x4.mul(f32x4.mul(upstream, v128.load(up + bytes(i))), siluSlope(g, s)),
    );
    v128.store(dUp + bytes(i), f32x4.mul(upstream, f32x4.mul(g, s)));
  }
  if (i < last) {
    const g = loadPart(gate + bytes(i), last - i, 0);
    const upstream = loadPart(dy + bytes(i), last - i, 0);
    const s = sigmoid4(g);
    const byUp = f32x4.mul(upstream, loadPart(up + bytes(i), last - i, 0));
    storePart(dGate + bytes(i), f32x4.mul(byUp, siluSlope(g, s)), last - i);
    storePart(dUp + bytes(i), f32x4.mul(upstream, f32x4.mul(g, s)), last - i);
  }
}

/** s · (1 + g · (1 - s)). */
function siluSlope(g: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(s, f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))));
}
