import { expect, test } from "vitest";
import { formatPlace, timeTicks } from "../../../src/ui/charts/axis.ts";
import { curvesToCsv } from "../../../src/ui/charts/chart-files.ts";
import { levelPlaces } from "../../../src/ui/charts/level-places.ts";
import { nearestIndex } from "../../../src/ui/charts/nearest.ts";
import { leftOf, topOf, xOfPixel } from "../../../src/ui/charts/plot-area.ts";

const series = (xs: number[], ys: number[]) => ({
  xs: Float64Array.from(xs),
  ys: Float64Array.from(ys),
});
const places = Float64Array.of(2, 4, 6, 9);

test.each([
  [-5, 0],
  [2.9, 0],
  [3.1, 1],
  [7.4, 2],
  [7.6, 3],
  [99, 3],
])("the point nearest to %d is number %d", (x, index) => {
  expect(nearestIndex(places, x)).toBe(index);
});

test("a curve without points has no nearest one", () => {
  expect(nearestIndex(new Float64Array(), 3)).toBe(-1);
});

test("the values of a chart become one line a place, and a name cannot become a formula", () => {
  const csv = curvesToCsv(
    [
      { name: "training", tone: "train", look: "faint", series: series([1], [0.5]) },
      {
        name: "=evil,",
        tone: "train",
        series: series([1, 2], [0.25, 0.125]),
      },
      { name: "later", tone: "train", look: "planned", series: series([9], [9]) },
    ],
    "step",
  );
  expect(csv).toBe('step,training (raw),"\'=evil,"\r\n1,0.5,0.25\r\n2,,0.125\r\n');
});

test("time ticks stand at whole seconds, minutes and hours", () => {
  expect(timeTicks(3.2, 5)).toEqual([0, 1, 2, 3]);
  expect(timeTicks(70, 5)).toEqual([0, 15, 30, 45, 60]);
  expect(timeTicks(3 * 86400, 3)).toEqual([0, 86400, 172800, 259200]);
  expect(formatPlace(90, "time")).toBe("1\u00a0min 30\u00a0s");
});

const area = { height: 134, domain: [0, 200], range: [0.01, 1], log: false } as const;

test("a pointer and a point agree on where a place is", () => {
  expect(xOfPixel(area, 52 + 66, 200)).toBe(100);
  expect(xOfPixel(area, -40, 200)).toBe(0);
  expect(leftOf(area, 100)).toBe("calc(52px + 0.50000 * (100% - 68px))");
});

test("a log axis puts the geometric middle in the middle", () => {
  expect(topOf({ ...area, log: true }, 0.1)).toBeCloseTo(58, 6);
  expect(topOf(area, 1)).toBe(8);
});

test("the words of levels lie neither on those of the best score nor on each other", () => {
  const area = { height: 134, domain: [0, 10], range: [0, 1], log: false } as const;
  const at = (...ys: number[]) => ys.map((y) => ({ y, label: `level ${y}` }));
  const sides = (...asked: Parameters<typeof levelPlaces>) =>
    levelPlaces(...asked).map(({ side, end }) => (end === "usual" ? side : `${side}, other end`));
  // 100 pixels for values from 0 to 1: alone, words stand towards the middle.
  expect(sides(at(0.82, 0.3), null, area)).toEqual(["below", "above"]);
  expect(sides(at(0.82), { y: 0.78, side: "bottom" }, area)).toEqual(["above"]);
  expect(sides(at(0.82), { y: 0.62, side: "top" }, area)).toEqual(["above"]);
  expect(sides(at(0.3, 0.33), null, area)).toEqual(["below", "above"]);
  // At the chart's edge there is one side, whatever lies there; the second of two words goes to the other end.
  expect(sides(at(0), { y: 0.08, side: "top" }, area)).toEqual(["above"]);
  expect(sides(at(0.05, 0.1), null, area)).toEqual(["above", "above, other end"]);
  expect(sides(at(0.97, 0.92), null, area)).toEqual(["below", "below, other end"]);
});
