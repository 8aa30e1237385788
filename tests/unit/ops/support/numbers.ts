// Numbers for tests of operations.
import { expect } from "vitest";

/** A shape and numbers between -`scale` and `scale` that are the same on every run. */
export function draw(
  shape: readonly number[],
  seed: number,
  scale = 1,
): readonly [number[], Float32Array] {
  let state = seed * 7919 + 1;
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const data = Float32Array.from({ length: size }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return scale * ((2 * state) / 2_147_483_647 - 1);
  });
  return [[...shape], data];
}

/** The largest difference, over the largest expected size and at least 0.1, is below the limit. */
export function expectClose(
  found: ArrayLike<number> | undefined,
  expected: ArrayLike<number> | undefined,
  limit: number,
  what?: string,
): void {
  const [a, b] = [Array.from(found ?? []), Array.from(expected ?? [])];
  expect(a.length, what).toBe(b.length);
  const largest = b.reduce((most, x) => Math.max(most, Math.abs(x)), 0.1);
  const worst = a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? Number.NaN))), 0);
  expect(worst / largest, what).toBeLessThan(limit);
  expect(a.every(Number.isFinite), what).toBe(true);
}
