import Papa from "papaparse";
import { expect, test } from "vitest";
import { writeCsv } from "../../../src/formats/csv.ts";

const bodyOf = (text: string) => text.slice(1);

test("what is written is read back, quotes, delimiters, line breaks and spaces included", () => {
  for (const delimiter of [",", ";", "\t", "|"]) {
    const rows = [
      ["text", "predicted_label", "confidence"],
      ['she said "no"', "a, b; c|d\te", "0.9"],
      ["two\nlines", " spaces ", ""],
      ["नमस्ते 🌧", "", "1"],
    ];
    const { text, escaped } = writeCsv(rows, delimiter);
    expect(text.startsWith("\uFEFF")).toBe(true);
    expect(escaped).toBe(0);
    const read = Papa.parse<string[]>(bodyOf(text), { delimiter, skipEmptyLines: true });
    expect(read.data).toEqual(rows);
  }
});

test("a cell that begins like a formula is a text to a spreadsheet; numbers stay numbers", () => {
  const rows = [
    ["=HYPERLINK(1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"],
    ["-5", "+49", "-1.5e-3", "-1,234.5", "- a dash", "a=b"],
  ];
  const { text, escaped } = writeCsv(rows, ",");
  const { data } = Papa.parse<string[]>(bodyOf(text), { skipEmptyLines: true });
  expect(data[0]).toEqual(rows[0]?.map((cell) => `'${cell}`));
  expect(data[1]).toEqual(["-5", "+49", "-1.5e-3", "-1,234.5", "'- a dash", "a=b"]);
  expect(escaped).toBe(7);
});
