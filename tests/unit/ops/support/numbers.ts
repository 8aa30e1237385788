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
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    state = (state * 48_271) % 2_147_483_647;
    data[i] = scale * ((2 * state) / 2_147_483_647 - 1);
  }
  return [[...shape], data];
}

/** The largest difference, over the largest expected size and at least 0.1, is below the limit. */
export function expectClose(
  found: ArrayLike<number> | undefined,
  expected: ArrayLike<number> | undefined,
  limit: number,
  what?: string,
): void {
  const [a, b] = [found ?? [], expected ?? []];
  expect(a.length, what).toBe(b.length);
  let largest = 0.1;
  let worst = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    // What is not finite must not be lost in a comparison.
    worst = Number.isFinite(difference) ? Math.max(worst, difference) : Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(b[i] as number));
    if (worst === Number.POSITIVE_INFINITY) break;
  }
  expect(worst / largest, what).toBeLessThan(limit);
}
