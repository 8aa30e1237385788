// Functions of four floats at once, for all kernels. AssemblyScript. Errors are relative ones, measured against doubles.
import { multiplyAdd } from "./simd.as";

/**
 * e^x to 3e-7. Below -86.6 it is 0; above 88.3 it stays at e^88.3, which no kernel tells from infinity. Not a number stays so.
 * Its first and last steps avoid the instructions that are slow on x86: minimum with its signed zeros, and conversion.
 */
export function exp4(x: v128): v128 {
  const low = f32x4.lt(x, f32x4.splat(-86.6));
  const bounded = f32x4.pmin(x, f32x4.splat(88.3));
  // Adding 1.5 · 2^23 rounds to a whole number, which then stands in the lowest bits.
  const shifter = f32x4.splat(12582912);
  const shifted = multiplyAdd(bounded, f32x4.splat(<f32>Math.LOG2E), shifter);
  const power = f32x4.sub(shifted, shifter);
  // ln 2 in two parts: the first has few digits, so that its product with a whole number is exact.
  let r = multiplyAdd(power, f32x4.splat(-0.693359375), bounded);
  r = multiplyAdd(power, f32x4.splat(2.1219444e-4), r);
  let p = f32x4.splat(1.98756915e-4);
  p = multiplyAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = multiplyAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = multiplyAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = multiplyAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = multiplyAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  return v128.andnot(i32x4.add(p, i32x4.shl(shifted, 23)), low);
}

/** 1 / (1 + e^-x) to 3e-7. */
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/**
 * e^(z²) · erfc(z) for z of 0 and more, to 4e-7: a polynomial in t = 1 / (1 + z / 2), fitted for the least relative error on
 * 0 to 9.5. Beyond, erfc is below any float.
 */
export function scaledErfc4(z: v128): v128 {
  const t = f32x4.div(f32x4.splat(1), multiplyAdd(z, f32x4.splat(0.5), f32x4.splat(1)));
  let p = f32x4.splat(0.013850734569132328);
  p = multiplyAdd(p, t, f32x4.splat(-0.1316099762916565));
  p = multiplyAdd(p, t, f32x4.splat(0.44815996289253235));
  p = multiplyAdd(p, t, f32x4.splat(-0.6950334906578064));
  p = multiplyAdd(p, t, f32x4.splat(0.4414708614349365));
  p = multiplyAdd(p, t, f32x4.splat(-0.10878799855709076));
  p = multiplyAdd(p, t, f32x4.splat(0.22901634871959686));
  p = multiplyAdd(p, t, f32x4.splat(0.2379351705312729));
  p = multiplyAdd(p, t, f32x4.splat(0.28293779492378235));
  p = multiplyAdd(p, t, f32x4.splat(0.2820605933666229));
  return f32x4.mul(p, t);
}

/** ln x of a normal number above 0, rounded from a double. The standard library's has tables, which a kernel must not. */
export function logarithm(x: f32): f32 {
  const bits = reinterpret<u64>(<f64>x);
  let exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)); the argument is at most 0.172.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let p: f64 = 1.0 / 13;
  p = p * square + 1.0 / 11;
  p = p * square + 1.0 / 9;
  p = p * square + 1.0 / 7;
  p = p * square + 1.0 / 5;
  p = p * square + 1.0 / 3;
  p = p * square + 1;
  return <f32>(2 * s * p + <f64>exponent * Math.LN2);
}

/** The sum of the four lanes, in one order. */
export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) +
    f32x4.extract_lane(x, 1) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** The largest of the four lanes; not a number wins. */
export function maxLanes(x: v128): f32 {
  return max(
    max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/** The first `count` (1 to 3) floats at an address, and `fill` behind them: reads nothing past the end. */
export function loadPart(address: usize, count: i32, fill: f32): v128 {
  let x = f32x4.splat(fill);
  x = v128.load32_lane(address, x, 0);
  if (count > 1) x = v128.load32_lane(address, x, 1, 4);
  if (count > 2) x = v128.load32_lane(address, x, 2, 8);
  return x;
}

/** Stores the first `count` (1 to 3) lanes. */
export function storePart(address: usize, x: v128, count: i32): void {
  v128.store32_lane(address, x, 0);
  if (count > 1) v128.store32_lane(address, x, 1, 4);
  if (count > 2) v128.store32_lane(address, x, 2, 8);
}

/** Bytes of so many floats. */
export function bytes(elements: i32): usize {
  return (<usize>elements) << 2;
}
