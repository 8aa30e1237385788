import fc from "fast-check";
import Papa from "papaparse";
import { expect, test } from "vitest";
import { readTable } from "../../../../src/data/read/read-table.ts";

const file = (content: string | Uint8Array<ArrayBuffer>, name = "rows.csv") =>
  new File([content], name);
const read = (content: string | Uint8Array<ArrayBuffer>) => readTable(file(content), {}, () => {});

test("a header, its columns and a guess of text and label are found", async () => {
  const { info, table } = await read(
    "id,comment,rating\n1,very good indeed,5\n2,rather bad,1\n3,good again,5\n",
  );
  expect(table.columns).toEqual(["id", "comment", "rating"]);
  expect(info).toMatchObject({ rowCount: 3, hasHeader: true, delimiter: "," });
  expect(info.guess).toMatchObject({ text_column: "comment", label_column: "rating" });
});

test.each([";", "\t", "|"])("the delimiter %j is detected", async (delimiter) => {
  const lines = ["text", "label"].join(delimiter);
  const { info, table } = await read(`${lines}\na b c${delimiter}x\nd e f${delimiter}y\n`);
  expect(info.delimiter).toBe(delimiter);
  expect(table.rows).toEqual([
    ["a b c", "x"],
    ["d e f", "y"],
  ]);
});

test("a file without a header keeps its first row", async () => {
  const { info, table } = await read("so good,pos\nso bad,neg\nalso good,pos\n");
  expect(info.hasHeader).toBe(false);
  expect(table.columns).toEqual(["column 1", "column 2"]);
  expect(table.rows).toHaveLength(3);
  expect(info.guess).toMatchObject({ text_column: "column 1", label_column: "column 2" });
});

test("line numbers count line breaks inside quotes and empty lines", async () => {
  const { table } = await read('text,label\n"one\ntwo",a\n\nthree,b\n"four\r\nfive",a\nsix,b\n');
  expect(table.lines).toEqual([2, 5, 6, 8]);
});

test("a byte order mark is no part of the first column's name", async () => {
  const { table } = await read("\ufefftext,label\na,b\nc,d\n");
  expect(table.columns).toEqual(["text", "label"]);
});

test("equal, empty and dangerous column names become distinct ones", async () => {
  const { table } = await read("text,text,,__proto__\na,b,c,d\n");
  expect(table.columns).toEqual(["text", "text (2)", "column 3", "__proto__"]);
});

test.each([
  ["", /is empty/u],
  ["text,label\n", /has a header but no rows/u],
  ["text,label\na,b\nc\n", /line 3: 1 cells, but the file has 2 columns/u],
  ['text,label\na,b\n"c,d\n', /line 3: a quoted cell is not closed/u],
  ["%PDF-1.7", /is a PDF, which the studio does not read/u],
  ["a,b\u0000c,d\n", /is no text file: byte 4 is zero/u],
  [
    `text,label\n${"x".repeat(1_000_001)},b\n`,
    /line 2, column 1: the cell has 1,000,001 characters/u,
  ],
  [`${"a,".repeat(1500)}b\n`, /line 1: 1,501 columns/u],
] as const)("%j is refused by name and number", async (content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

const german = "text,label\nschöner Tag in Köln – 5 €,gut\nmüder Tag,schlecht\n";

test.each([
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-8", []],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16le", []],
  ["utf-16be", [0xfe, 0xff]],
  ["utf-16be", []],
] as const)("%s with the mark %j is read as it was written", async (encoding, mark) => {
  const { info, table } = await read(new Uint8Array([...mark, ...encode(german, encoding)]));
  expect(table.columns).toEqual(["text", "label"]);
  expect(table.rows[0]).toEqual(["schöner Tag in Köln – 5 €", "gut"]);
  expect(info).toMatchObject({ encoding, isEncodingGuessed: false });
});

test("bytes that are no UTF-8 are read as Latin-1, and the guess is said", async () => {
  const { info, table } = await read(
    new Uint8Array(Buffer.from(german.replace("– 5 €", ""), "latin1")),
  );
  expect(table.rows[1]).toEqual(["müder Tag", "schlecht"]);
  expect(info).toMatchObject({ encoding: "windows-1252", isEncodingGuessed: true });
});

test("an encoding that the user asks for is used", async () => {
  const cyrillic = new Uint8Array([
    ...encode("text,label\n", "utf-8"),
    0xe4,
    0xe0,
    0x2c,
    0x61,
    0x0a,
  ]);
  const { table } = await readTable(file(cyrillic), { encoding: "windows-1251" }, () => {});
  expect(table.rows).toEqual([["да", "a"]]);
});

test("a damaged byte in a UTF-8 file is named with its line, not read as Latin-1", async () => {
  const bytes = new Uint8Array([...encode(german, "utf-8"), 0xe4, 0x2c, 0x62, 0x0a]);
  await expect(read(bytes)).rejects.toThrow(/UTF-8 with 1 invalid byte, the first on line 4/u);
});

test("empty lines between rows are counted, not read", async () => {
  const { info } = await read("text,label\na,x\n\n\nb,y\n");
  expect(info).toMatchObject({ rowCount: 2, blankLines: 2 });
});

const verse = ["Shall I compare thee, fair and warm", "Thou art lovely, and of temper mild"];
const spoken = [
  "JULIET, what light is this",
  "ROMEO, the east",
  "JULIET, and the sun",
  "ROMEO, ah",
];

test.each([
  ["a header", ["text,label", '"one, two",a', "three,b"], "csv"],
  ["a header with a space after its comma", ["review text, label", "so good, a"], "csv"],
  ["tabs", ["so good, really\t1", "so bad\t0"], "tsv"],
  ["semicolons without a space", ["i feel low;sadness", "so glad;joy", "oh no;fear"], "csv"],
  ["semicolons with one", ["i feel low; sadness", "so glad; joy", "oh no; fear"], "csv"],
  ["cells in quotes", ['"I loved it, really","pos"', '"No, never","neg"'], "csv"],
  ["tabs and gaps", ["so good\t1", "so bad\t", "well\t", "oh\t2"], "tsv"],
  ["a column of numbers", ["5, very good", "1, rather bad", "4, good again"], "csv"],
  ["verse with a comma a line", verse, "text"],
  ["verse whose lines end with a comma", ["Rough winds do shake,", "the buds of May,"], "text"],
  ["dialogue", spoken, "text"],
  ["lines indented by a tab", ["\tOnce there was", "\ta king"], "text"],
  ["one line", ["Hello,world"], "text"],
] as const)("a .txt with %s is told from prose and tables", async (_, lines, format) => {
  const { info } = await readTable(file(`${lines.join("\n")}\n`, "a.txt"), {}, () => {});
  expect(info.format).toBe(format);
});

test("a .txt is read as the user says, as another data set, and a .csv always as a table", async () => {
  const prose = `${verse.join("\n")}\n`;
  const as = (reading: "table" | "text", name: string) =>
    readTable(file(prose, name), { reading }, () => {});
  const [table, text] = [await as("table", "a.txt"), await as("text", "a.txt")];
  expect(table.table.columns).toHaveLength(2);
  expect(text.table).toMatchObject({ columns: ["text"], rows: [[prose.trim()]] });
  expect(table.info.id).not.toBe(text.info.id);
  const csv = await as("text", "a.csv");
  expect(csv.info.format).toBe("csv");
  expect(csv.info.id).toBe((await readTable(file(prose), {}, () => {})).info.id);
  expect((await as("table", "a.md")).info.format).toBe("csv");
  // As it was found, it is what it would be if it had been asked for: a stored run finds its rows again.
  expect((await readTable(file(prose, "a.txt"), {}, () => {})).info.id).toBe(text.info.id);
  expect(table.info.id).toBe(csv.info.id);
});

test("what begins like JSON and is none can be read as plain text", async () => {
  const wiki = file("[[Rome]] is a city.\n\nIt is old.\n", "wiki.md");
  await expect(readTable(wiki, {}, () => {})).rejects.toThrow("is not valid JSON");
  const { table } = await readTable(wiki, { reading: "text" }, () => {});
  expect(table.rows).toEqual([["[[Rome]] is a city."], ["It is old."]]);
});

test("whatever Papa writes is read back, cell by cell", async () => {
  const cell = fc.string({ maxLength: 12 }).map((text) => text.replaceAll("\r", " "));
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(rows, async (cells) => {
      // A row of two empty cells is still a row; the last cell keeps it from looking like an empty line.
      const given = cells.map(([a, b]) => [a, `${b}.`]);
      const text = Papa.unparse([["text", "label"], ...given], { newline: "\n", quotes: true });
      const { table } = await read(`${text}\n`);
      expect(table.rows).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

function encode(text: string, encoding: "utf-8" | "utf-16le" | "utf-16be"): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}
