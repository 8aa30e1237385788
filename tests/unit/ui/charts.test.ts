import fc from "fast-check";
import { expect, test } from "vitest";
import { lttb, pointAt, type Series } from "../../../src/lib/lttb.ts";
import { growingSeriesOf, seriesOf as placedSeriesOf } from "../../../src/ui/charts/curve.ts";
import { smooth } from "../../../src/ui/charts/smooth.ts";
import { niceTicks } from "../../../src/ui/charts/ticks.ts";

const seriesOf = (ys: readonly number[]): Series => ({
  xs: Float64Array.from(ys, (_, x) => x),
  ys: Float64Array.from(ys),
});
const wave = seriesOf(
  Array.from({ length: 5000 }, (_, x) => Math.sin(x / 50) + (x === 2500 ? 9 : 0)),
);

test("down-sampling keeps the ends and the spike", () => {
  const few = lttb(wave, 100);
  expect(few).toHaveLength(100);
  expect(few[0]).toEqual(pointAt(wave, 0));
  expect(few.at(-1)).toEqual(pointAt(wave, 4999));
  expect(few.some(({ x }) => x === 2500)).toBe(true);
});

test("a short curve is left as it is", () => {
  const short = seriesOf([3, 1, 2]);
  expect(lttb(short, 100)).toEqual([
    { x: 0, y: 3 },
    { x: 1, y: 1 },
    { x: 2, y: 2 },
  ]);
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
  expect(smooth(seriesOf([3, 3, 3, 3.1]), 0.6).ys[0]).toBeCloseTo(3, 10);
});

test("smoothing is TensorBoard's debiased moving average", () => {
  // By hand: 0.4*1/(1-0.6), then (0.6*0.4 + 0.4*3)/(1-0.36), then (0.6*1.44 + 0.4*2)/(1-0.216).
  expect([...smooth(seriesOf([1, 3, 2]), 0.6).ys]).toEqual([
    expect.closeTo(1, 10),
    expect.closeTo(2.25, 10),
    expect.closeTo(1.664 / 0.784, 10),
  ]);
});

test("the series of a run that goes on, and its average, are those of all its rows at once", () => {
  const row = (step: number) => ({
    step,
    epoch: step / 10,
    elapsed: step / 2,
    loss: step % 7 === 3 ? null : Math.sin(step),
  });
  type Row = ReturnType<typeof row>;
  const lossOf = growingSeriesOf(({ loss }: Row) => loss);
  const atOnce = (rows: readonly Row[], axis: "step" | "time") =>
    placedSeriesOf(rows, axis, ({ loss }) => loss);
  // Longer, much longer, cut back by a checkpoint that the run continues from, and longer again with other rows.
  const all = Array.from({ length: 400 }, (_, index) => row(index + 1));
  const others = Array.from({ length: 50 }, (_, index) => ({ ...row(index + 31), loss: index }));
  const lists = [all.slice(0, 3), all.slice(0, 30), all, all.slice(0, 30)];
  let before: { series: Series; values: number[] } | undefined;
  for (const rows of [...lists, [...all.slice(0, 30), ...others], [], all]) {
    for (const axis of ["step", "time"] as const) {
      const series = lossOf(rows, axis);
      expect(series).toEqual(atOnce(rows, axis));
      expect(smooth(series, 0.6)).toEqual(smooth(atOnce(rows, axis), 0.6));
      // What a chart still draws is left as it is.
      expect([...(before?.series.ys ?? [])]).toEqual(before?.values ?? []);
      before = { series: smooth(series, 0.6), values: [...smooth(series, 0.6).ys] };
    }
  }
});

test("without smoothing the curve is the same", () => {
  expect(smooth(wave, 0)).toBe(wave);
});

test("a hundred thousand points are smoothed and down-sampled well within a frame's budget", () => {
  const long = seriesOf(Array.from({ length: 100_000 }, (_, x) => Math.sin(x / 900) + (x % 7)));
  const durations = Array.from({ length: 5 }, (_, index) => {
    const before = performance.now();
    // Another weight each time: the same one would go on from what it knows.
    lttb(smooth(long, 0.6 + index / 100), 800);
    return performance.now() - before;
  });
  expect(Math.min(...durations)).toBeLessThan(50);
});
