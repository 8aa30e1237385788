// IEEE 754 half and bfloat16 numbers to and from float32 arrays.
// Float16Array is younger than the oldest browser and Node that the studio runs on, so the bits are moved here.

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** The float32 values of half-precision bit patterns. Infinities, NaN and subnormals are kept. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = widenHalf(halves[i] ?? 0);
  return new Float32Array(bits.buffer);
}

/** The nearest half-precision bit patterns, ties to even, as NumPy and PyTorch round. Too large becomes infinity. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    scratch[0] = values[i] ?? 0;
    halves[i] = narrowToHalf(scratchBits[0] ?? 0);
  }
  return halves;
}

/** The float32 values of bfloat16 bit patterns: the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float32: shift the fraction until its leading one is the hidden bit.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function narrowToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is half-way to the first value that a half cannot hold.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | narrowSubnormal(magnitude);
  const rebased = magnitude - (112 << 23);
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

function narrowSubnormal(magnitude: number): number {
  // Adding 0.5 puts a subnormal half's last place at the float32's last place, so the addition itself rounds.
  scratchBits[0] = magnitude;
  scratch[0] = (scratch[0] ?? 0) + 0.5;
  return (scratchBits[0] ?? 0) - 0x3f000000;
}
