// The histogram of lengths and the share of rows that max_length cuts.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  chartEnd,
  cutShare,
  listBars,
  listTicks,
} from "../../../../src/ui/dataset/length-chart.ts";

/** Ten rows: 6 with 0 to 4 tokens, 3 with 5 to 9, 1 with 12. */
const lengths = { binWidth: 5, counts: [6, 3, 1], median: 3, longest: 12 };

test("bars cover every token count once, up to the longest row", () => {
  expect(listBars(lengths)).toEqual([
    { from: 0, to: 4, rows: 6 },
    { from: 5, to: 9, rows: 3 },
    { from: 10, to: 12, rows: 1 },
  ]);
});

test("a limit between two bars cuts an exact share", () => {
  expect(cutShare(lengths, 9)).toEqual({ share: 0.1, isExact: true });
  expect(cutShare(lengths, 4)).toEqual({ share: 0.4, isExact: true });
});

test("a limit inside a bar cuts an estimate, and says so", () => {
  const { share, isExact } = cutShare(lengths, 7);
  expect(isExact).toBe(false);
  expect(share).toBeCloseTo(0.1 + 0.3 * (2 / 5), 12);
});

test("a limit at the longest row or beyond cuts nothing", () => {
  expect(cutShare(lengths, 12)).toEqual({ share: 0, isExact: true });
  expect(cutShare({ binWidth: 1, counts: [], median: 0, longest: 0 }, 5).share).toBe(0);
});

test("the share is between 0 and 1 and falls as the limit rises", () => {
  const histogram = fc.record({
    binWidth: fc.integer({ min: 1, max: 50 }),
    counts: fc.array(fc.nat(1000), { minLength: 1, maxLength: 24 }),
  });
  fc.assert(
    fc.property(histogram, fc.nat(1200), ({ binWidth, counts }, limit) => {
      const drawn = { binWidth, counts, median: 0, longest: binWidth * counts.length - 1 };
      const { share } = cutShare(drawn, limit);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      expect(cutShare(drawn, limit + 1).share).toBeLessThanOrEqual(share + 1e-12);
    }),
  );
});

test("the chart reaches to max_length unless that would make the bars slivers", () => {
  expect(chartEnd(lengths, 8)).toBe(15);
  expect(chartEnd(lengths, 20)).toBeGreaterThan(20);
  expect(chartEnd(lengths, 128)).toBe(15);
  expect(chartEnd(lengths, null)).toBe(15);
});

test("ticks are round numbers from 0", () => {
  expect(listTicks(72)).toEqual([0, 20, 40, 60]);
  expect(listTicks(360)).toEqual([0, 100, 200, 300]);
  expect(listTicks(3)).toEqual([0, 1, 2, 3]);
});
