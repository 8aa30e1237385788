// Writes one table as an Excel workbook with one sheet. Texts are inline strings: Excel never reads them as formulas.
import { zipSync } from "fflate";
import { StudioError } from "../lib/errors.ts";

/** Excel's own limits. */
const mostRows = 1_048_576;
const mostColumns = 16_384;
const mostCharacters = 32_767;

type Cell = string | number;

/** The workbook's bytes. Cells longer than Excel allows are cut. Throws a StudioError for a table that no sheet can hold. */
export function writeXlsx(
  rows: readonly (readonly Cell[])[],
  sheet: string,
): Uint8Array<ArrayBuffer> {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (rows.length > mostRows || columns > mostColumns) {
    throw new StudioError(
      `An Excel sheet holds ${mostRows.toLocaleString("en")} rows and ${mostColumns.toLocaleString("en")} columns; this table has ${rows.length.toLocaleString("en")} and ${columns.toLocaleString("en")}.`,
      { hint: "Take the CSV file." },
    );
  }
  const parts = {
    "[Content_Types].xml": `${xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${office}.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${office}.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": relationships("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": `${xml}<workbook xmlns="${main}" xmlns:r="${document}"><sheets><sheet name="${escapeXml(sheetName(sheet))}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relationships("worksheet", "worksheets/sheet1.xml"),
    "xl/worksheets/sheet1.xml": worksheet(rows),
  };
  const encoder = new TextEncoder();
  const files = Object.entries(parts).map(([name, text]) => [name, encoder.encode(text)] as const);
  return zipSync(Object.fromEntries(files), { level: 1 }) as Uint8Array<ArrayBuffer>;
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const office = "application/vnd.openxmlformats-officedocument";
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

const relationships = (type: string, target: string) =>
  `${xml}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${document}/${type}" Target="${target}"/></Relationships>`;

function worksheet(rows: readonly (readonly Cell[])[]): string {
  const lines = rows.map((row) => `<row>${row.map(cellXml).join("")}</row>`);
  return `${xml}<worksheet xmlns="${main}"><sheetData>${lines.join("")}</sheetData></worksheet>`;
}

function cellXml(cell: Cell): string {
  if (typeof cell === "number") return Number.isFinite(cell) ? `<c><v>${cell}</v></c>` : "<c/>";
  if (cell === "") return "<c/>";
  const text = escapeXml(cell.slice(0, mostCharacters));
  return `<c t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`;
}

/** At most 31 characters, none of \ / ? * [ ] and :. */
const sheetName = (name: string) => name.replace(/[\\/?*[\]:]/gu, " ").slice(0, 31) || "Sheet1";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** XML text: entities, and what XML 1.0 cannot hold (control characters, halves of a surrogate pair) left out. */
const escapeXml = (text: string) =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go.
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/gu, "")
    .replace(/[&<>"]/gu, (character) => entities[character] ?? "");
