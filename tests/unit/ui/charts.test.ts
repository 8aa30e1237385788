import fc from "fast-check";
import { expect, test } from "vitest";
import { lttb } from "../../../src/lib/lttb.ts";
import { niceTicks } from "../../../src/ui/charts/ticks.ts";
import { smooth } from "../../../src/ui/run/smooth.ts";

const wave = Array.from({ length: 5000 }, (_, x) => ({
  x,
  y: Math.sin(x / 50) + (x === 2500 ? 9 : 0),
}));

test("down-sampling keeps the ends and the spike", () => {
  const few = lttb(wave, 100);
  expect(few).toHaveLength(100);
  expect(few[0]).toEqual(wave[0]);
  expect(few.at(-1)).toEqual(wave.at(-1));
  expect(few.some(({ x }) => x === 2500)).toBe(true);
});

test("a short curve is left as it is", () => {
  expect(lttb(wave.slice(0, 50), 100)).toEqual(wave.slice(0, 50));
});

test("ticks are round numbers that enclose the values", () => {
  expect(niceTicks([0.26, 0.74], false, 5)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(niceTicks([0, 750], false, 5)).toEqual([0, 200, 400, 600, 800]);
  expect(niceTicks([0.02, 0.6], true, 5)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1]);
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(values, (list) => {
      const ticks = niceTicks(list, false, 5);
      expect(ticks[0]).toBeLessThanOrEqual(Math.min(...list));
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(...list));
      expect(ticks.length).toBeLessThan(9);
    }),
    { examples: [[[-4004.0040028172484, 0.0000011867557532241337, 0]]] },
  );
  expect(niceTicks([0.3, 0.7], false, 5)[0]).toBe(0.3);
  expect(niceTicks([0.5], true, 5)).toEqual([0.5, 1]);
});

test("smoothing does not start from zero", () => {
  const flat = Array.from({ length: 5 }, (_, x) => ({ x, y: 3 }));
  for (const { y } of smooth(flat, 0.6)) expect(y).toBeCloseTo(3, 10);
});
