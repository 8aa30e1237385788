import { expect, test } from "vitest";
import { selectRows } from "../../../../src/ui/results/row-filter.ts";

const row = (
  line: number,
  label: number,
  predicted: number,
  before: number,
  confidence: number,
) => ({
  line,
  text: `text ${line}`,
  label,
  predicted,
  confidence,
  predicted_before: before,
  confidence_before: 0.5,
});
const rows = {
  version: 1 as const,
  labels: ["bad", "good"],
  rows: [row(2, 0, 1, 0, 0.7), row(3, 0, 1, 1, 0.9), row(4, 1, 1, 0, 0.8), row(5, 1, 1, 1, 0.6)],
};
const linesOf = (filter: Parameters<typeof selectRows>[1]) =>
  selectRows(rows, filter).map(({ line }) => line);

test("mistakes come the surest first", () => {
  expect(linesOf({ kind: "mistakes" })).toEqual([3, 2]);
});

test("fixed and broken rows are those that training changed", () => {
  expect(linesOf({ kind: "fixed" })).toEqual([4]);
  expect(linesOf({ kind: "broken" })).toEqual([2]);
});

test("a cell of the matrix lists its rows, of the moment that it shows", () => {
  expect(linesOf({ kind: "cell", actual: 0, predicted: 1, moment: "after" })).toEqual([3, 2]);
  expect(linesOf({ kind: "cell", actual: 1, predicted: 0, moment: "before" })).toEqual([4]);
  const [shown] = selectRows(rows, { kind: "cell", actual: 1, predicted: 0, moment: "before" });
  expect(shown).toMatchObject({ label: "good", said: "bad", sure: 0.5 });
});
