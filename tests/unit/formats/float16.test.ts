import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToFloat16,
} from "../../../src/formats/float16.ts";

test("known half-precision patterns have their values", () => {
  // IEEE 754-2008: 1, -2, the largest, the smallest normal, the largest and the smallest subnormal, infinities, -0.
  const bits = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x7c00, 0xfc00, 0x8000];
  const values = [1, -2, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24, Infinity, -Infinity, -0];
  expect([...float16ToFloat32(Uint16Array.from(bits))]).toEqual(values);
});

test("every half-precision number comes back from float32 unchanged", () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const back = float32ToFloat16(float16ToFloat32(all));
  const isNaNPattern = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;
  const changed = [...all].filter((bits) => !isNaNPattern(bits) && back[bits] !== bits);
  expect(changed).toEqual([]);
  expect([...all].filter((bits) => isNaNPattern(bits) !== isNaNPattern(back[bits] ?? 0))).toEqual(
    [],
  );
});

test("rounding takes the nearest half, and the even one of two equally near", () => {
  const toHalf = (x: number): number => float32ToFloat16(Float32Array.of(x))[0] ?? NaN;
  expect(toHalf(1 + 2 ** -11)).toBe(0x3c00); // half-way: down to even
  expect(toHalf(1 + 3 * 2 ** -11)).toBe(0x3c02); // half-way: up to even
  expect(toHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
  expect(toHalf(2 ** -25)).toBe(0); // half-way to the smallest subnormal
  expect(toHalf(3 * 2 ** -25)).toBe(2);
  expect(toHalf(65519.99)).toBe(0x7bff);
  expect(toHalf(65520)).toBe(0x7c00);
  expect(toHalf(1e-30)).toBe(0);
});

test("rounding is never further off than half the distance to the next half", () => {
  fc.assert(
    fc.property(fc.float({ min: -65504, max: 65504, noNaN: true }), (x) => {
      const [back] = float16ToFloat32(float32ToFloat16(Float32Array.of(x)));
      const spacing = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - 10));
      expect(Math.abs((back ?? NaN) - x)).toBeLessThanOrEqual(spacing / 2);
    }),
  );
});

test("a bfloat16 is the upper half of a float32", () => {
  expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc000, 0x7f80))]).toEqual([1, -2, Infinity]);
});
