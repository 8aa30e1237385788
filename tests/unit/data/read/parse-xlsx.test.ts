import { expect, test } from "vitest";
import type { ReadOptions } from "../../../../src/config/dataset.ts";
import { dateText, isDateFormat } from "../../../../src/data/read/excel-values.ts";
import { readTable } from "../../../../src/data/read/read-table.ts";
import { workbook, zip } from "../../../support/workbook.ts";

const read = (bytes: Uint8Array<ArrayBuffer>, options: ReadOptions = {}) =>
  readTable(new File([bytes], "rows.xlsx"), options, () => {});

const rows = [
  ["text", "label", "stars"],
  ["so good & <fine>", "pos", 5],
  ["so bad", "neg", 1.1],
];

test("a sheet's rows, their numbers and its header are read", async () => {
  const { info, table } = await read(workbook([{ name: "Reviews", rows }]));
  expect(table).toMatchObject({ columns: ["text", "label", "stars"], lines: [2, 3], unit: "row" });
  expect(table.rows).toEqual([
    ["so good & <fine>", "pos", "5"],
    ["so bad", "neg", "1.1"],
  ]);
  expect(info).toMatchObject({
    format: "xlsx",
    sheet: "Reviews",
    sheets: ["Reviews"],
    encoding: null,
  });
});

test("the first visible sheet with rows is taken, and any other one that is asked for", async () => {
  const bytes = workbook([
    { name: "Secret", isHidden: true, rows },
    { name: "About", rows: [["a title"]] },
    { name: "R&D", rows },
  ]);
  const first = await read(bytes);
  expect(first.info.sheet).toBe("R&D");
  expect(first.info.sheets).toEqual(["Secret", "About", "R&D"]);
  const second = await read(bytes, { sheet: "Secret" });
  expect(second.info.sheet).toBe("Secret");
  expect(second.info.id).not.toBe(first.info.id);
  await expect(read(bytes, { sheet: "Gone" })).rejects.toThrow(/no sheet named Gone/u);
});

test("each kind of cell gives the text that Excel shows", async () => {
  const cells = [
    '<c r="A2" t="inlineStr"><is><r><t>rich</t></r><r><t> text</t></r><rPh><t>no</t></rPh></is></c>',
    '<c r="B2" t="b"><v>1</v></c>',
    '<c r="C2" t="str"><f>A1</f><v>from a formula</v></c>',
    '<c r="D2" s="1"><v>45000</v></c>',
    '<c r="E2" s="2"><v>45000.75</v></c>',
    '<c r="F2"><v>0.30000000000000004</v></c>',
    '<c r="G2" t="e"><v>#N/A</v></c>',
    '<c r="H2" t="str"><v>a&#128512;_x000D_b</v></c>',
  ].map((xml) => ({ xml }));
  const { table } = await read(
    workbook([{ name: "S", rows: [["a", "b", "c", "d", "e", "f", "g", "h"], cells] }]),
  );
  expect(table.rows).toEqual([
    [
      "rich text",
      "TRUE",
      "from a formula",
      "2023-03-15",
      "2023-03-15 18:00:00",
      "0.3",
      "#N/A",
      "a😀\rb",
    ],
  ]);
});

test("empty rows and columns around and between the cells are no rows and no columns", async () => {
  const { info, table } = await read(
    workbook([
      {
        name: "S",
        rows: [
          [],
          [null, "text", null, "label"],
          [null, "a", null, "x"],
          [],
          [null, "b", null, "y"],
        ],
      },
    ]),
  );
  expect(table).toMatchObject({ columns: ["text", "label"], lines: [3, 5] });
  expect(info).toMatchObject({ rowCount: 2, blankLines: 1 });
});

test("a workbook inside a zip is read, and the zip's other files can be chosen", async () => {
  const bytes = zip({
    "data/rows.xlsx": workbook([{ name: "S", rows }]),
    "data/small.csv": "text,label\na,b\n",
    "__MACOSX/data/._rows.xlsx": "x",
    "readme.md": "no rows ".repeat(1000),
  });
  const file = new File([bytes], "all.zip");
  const first = await readTable(file, {}, () => {});
  expect(first.info).toMatchObject({ name: "all.zip", entry: "data/rows.xlsx", format: "xlsx" });
  expect(first.info.entries).toEqual(["data/rows.xlsx", "data/small.csv", "readme.md"]);
  const second = await readTable(file, { entry: "data/small.csv" }, () => {});
  expect(second.table.rows).toEqual([["a", "b"]]);
});

test.each([
  [[["text", "label"]], /has a header but no rows on sheet S/u],
  [
    [["text"], [{ xml: '<c r="XFD2"><v>1</v></c>' }]],
    /sheet S, row 2: 16,384 columns; the studio reads up to 1,000/u,
  ],
  [
    [["text"], [{ xml: `<c r="A2" t="str"><v>${"x".repeat(1_000_001)}</v></c>` }]],
    /sheet S, row 2, column 1: the cell has 1,000,001 characters/u,
  ],
] as const)("the sheet %# is refused with its place and numbers", async (given, message) => {
  await expect(read(workbook([{ name: "S", rows: given }]))).rejects.toThrow(message);
});

test("damaged and foreign workbooks are refused by name", async () => {
  const cut = workbook([{ name: "S", rows }], { "xl/worksheets/sheet1.xml": "<worksheet><row>" });
  await expect(read(cut)).rejects.toThrow(/rows.xlsx, sheet S is damaged: unexpected end of file/u);
  await expect(read(zip({ "xl/workbook.bin": "x" }))).rejects.toThrow(/binary Excel workbook/u);
  await expect(read(zip({ "word/document.xml": "x" }))).rejects.toThrow(/a Word document/u);
  const old = new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0]);
  await expect(read(old)).rejects.toThrow(/an old Excel file \(.xls\), or one protected/u);
});

test("entities of a document type expand to nothing", async () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>`;
  const { table } = await read(workbook([{ name: "S", rows }], { "xl/sharedStrings.xml": bomb }));
  expect(table.columns[0]).toBe("&b;");
});

test.each([
  [14, undefined, true],
  [2, undefined, false],
  [164, "yyyy\\-mm\\-dd", true],
  [164, '0.00" days"', false],
  [164, "[Red]0.0", false],
  [164, "[h]:mm:ss", true],
  [164, "General", false],
] as const)("format %i %j is a date: %s", (id, code, expected) => {
  expect(isDateFormat(id, code)).toBe(expected);
});

test("day counts become dates, also before March 1900 and from 1904", () => {
  expect([dateText(1, false), dateText(59, false), dateText(61, false)]).toEqual([
    "1900-01-01",
    "1900-02-28",
    "1900-03-01",
  ]);
  expect(dateText(0, true)).toBe("00:00:00");
  expect(dateText(1, true)).toBe("1904-01-02");
  expect(dateText(0.5, false)).toBe("12:00:00");
});
