// The products of a gated network (Shazeer 2020, https://arxiv.org/abs/2002.05202), activation(gate) · up, with gradients.
// AssemblyScript. `kind` is 0 for SwiGLU and 1 for GeGLU by tanh. Ranges run over blocks of 4,096 elements.
import { bytes, loadPart, sigmoid4, storePart } from "../../engine/cpu/math.as";
import { geluTanhShare4, geluTanhSlope4 } from "../gelu/gelu.as";

const block: i32 = 4096;

/** y = activation(gate) · up. */
export function gatedForward(
  kind: i32,
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
    const value = f32x4.mul(g, share4(kind, g));
    v128.store(y + bytes(i), f32x4.mul(value, v128.load(up + bytes(i))));
  }
  if (i < last) {
    const g = loadPart(gate + bytes(i), last - i, 0);
    const value = f32x4.mul(g, share4(kind, g));
    storePart(y + bytes(i), f32x4.mul(value, loadPart(up + bytes(i), last - i, 0)), last - i);
  }
}

/** Gradients by gate and up. */
export function gatedBackward(
  kind: i32,
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
    const share = share4(kind, g);
    const byUp = f32x4.mul(upstream, v128.load(up + bytes(i)));
    v128.store(dGate + bytes(i), f32x4.mul(byUp, slope4(kind, g, share)));
    v128.store(dUp + bytes(i), f32x4.mul(upstream, f32x4.mul(g, share)));
  }
  if (i < last) {
    const g = loadPart(gate + bytes(i), last - i, 0);
    const upstream = loadPart(dy + bytes(i), last - i, 0);
    const share = share4(kind, g);
    const byUp = f32x4.mul(upstream, loadPart(up + bytes(i), last - i, 0));
    storePart(dGate + bytes(i), f32x4.mul(byUp, slope4(kind, g, share)), last - i);
    storePart(dUp + bytes(i), f32x4.mul(upstream, f32x4.mul(g, share)), last - i);
  }
}

/** What of the gate gets through: its activation is gate · share. */
function share4(kind: i32, g: v128): v128 {
  return kind === 0 ? sigmoid4(g) : geluTanhShare4(g);
}

function slope4(kind: i32, g: v128, share: v128): v128 {
  return kind === 0 ? siluSlope4(g, share) : geluTanhSlope4(g, share);
}

/** s · (1 + g · (1 - s)). */
function siluSlope4(g: v128, s: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(s, f32x4.add(one, f32x4.mul(g, f32x4.sub(one, s))));
}
