// How numbers are written on the screen.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatMagnitude,
  formatPercent,
  formatPerplexity,
  formatRate,
} from "../../../src/lib/format.ts";

/** The no-break space before a unit, made visible. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const everyFormat = [
  formatCount,
  formatBytes,
  formatMagnitude,
  formatDuration,
  formatRate,
  (value: number | null | undefined) => formatPercent(value),
  (value: number | null | undefined) => formatFixed(value, 4),
];

test.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])("%s is an en dash", (value) => {
  expect(everyFormat.map((format) => format(value))).toEqual(everyFormat.map(() => "–"));
});

test("no number comes out as NaN, undefined or Infinity", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e300, max: 1e300 }), (value) => {
      for (const format of everyFormat)
        expect(format(value)).not.toMatch(/NaN|undefined|Infinity/u);
    }),
  );
});

test("counts have thousands separators", () => {
  expect(formatCount(27560)).toBe("27,560");
  expect(formatCount(0)).toBe("0");
});

test("a fixed number keeps its trailing zeros", () => {
  expect(formatFixed(0.887, 4)).toBe("0.8870");
  expect(formatFixed(2.0845535494489856e37, 4)).toBe("2.08e37");
  expect([2.14, 999.94, 999.96, 1867.04, 2.5e9].map(formatPerplexity)).toEqual([
    ...["2.1", "999.9", "1,000", "1,867", "2.50e9"],
  ]);
});

test.each([
  [0, 0, "0 %"],
  [0.34, 0, "34 %"],
  [1, 0, "100 %"],
  [0.095, 1, "9.5 %"],
  // A few rows are never told as none, and not quite all never as all.
  [0.0003, 0, "< 1 %"],
  [0.9997, 0, "> 99 %"],
  [0.0003, 1, "< 0.1 %"],
])("the share %s with %s decimals is %s", (share, decimals, expected) => {
  expect(plain(formatPercent(share, decimals))).toBe(expected);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [27_900_000, "27.9 MB"],
  [412_000, "412 kB"],
  [999_999, "1.0 MB"],
  [10_700_000_000, "10.7 GB"],
])("%s bytes are %s", (bytes, expected) => {
  expect(plain(formatBytes(bytes))).toBe(expected);
});

test.each([
  [812, "812"],
  [6_974_208, "7.0 M"],
  [124_439_808, "124 M"],
  [7_000_000_000, "7.0 B"],
])("%s parameters are %s", (count, expected) => {
  expect(plain(formatMagnitude(count))).toBe(expected);
});

test.each([
  [0, "0 ms"],
  [194.4, "194 ms"],
  [1_100, "1.1 s"],
  [12_300, "12 s"],
  [59_700, "1 min"],
  [175_000, "2 min 55 s"],
  [3_600_000, "1 h"],
  [3_840_000, "1 h 4 min"],
  [3_599_900, "1 h"],
  [93_600_000, "1 d 2 h"],
])("%s milliseconds are %s", (milliseconds, expected) => {
  expect(plain(formatDuration(milliseconds))).toBe(expected);
});

test.each([
  [0, "0"],
  [0.02, "0.02"],
  [3e-4, "3e-4"],
  [8.44e-6, "8.4e-6"],
  [1e-5, "1e-5"],
])("the learning rate %s is %s", (rate, expected) => {
  expect(formatRate(rate)).toBe(expected);
});
