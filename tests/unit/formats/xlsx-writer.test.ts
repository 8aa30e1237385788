import { expect, test } from "vitest";
import { readTable } from "../../../src/data/read/read-table.ts";
import { writeXlsx } from "../../../src/formats/xlsx-writer.ts";

const rows = [
  ["text", "label", "confidence"],
  ['=1+2 <b>&amp;"quoted"</b>', "good", 0.9375],
  ["two\nlines, नमस्ते 🌧", " spaces ", 1],
  ["a\u0001b", "", ""],
];

test("the studio's own reader gets back what was written; control characters are left out", async () => {
  const file = new File([writeXlsx(rows, "next week: [1]")], "next week.xlsx");
  const { info, table } = await readTable(file, {}, () => {});
  expect(info.sheets).toEqual(["next week   1 "]);
  expect(table.columns).toEqual(["text", "label", "confidence"]);
  expect(table.rows).toEqual([
    ['=1+2 <b>&amp;"quoted"</b>', "good", "0.9375"],
    ["two\nlines, नमस्ते 🌧", " spaces ", "1"],
    ["ab", "", ""],
  ]);
});

test("more columns than a sheet holds are refused with both numbers", () => {
  expect(() => writeXlsx([new Array(16_385).fill("x")], "wide")).toThrow(
    /holds 1,048,576 rows and 16,384 columns; this table has 1 and 16,385/u,
  );
});
