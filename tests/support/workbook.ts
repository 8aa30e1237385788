// A small writer of .xlsx files for the tests: the parts that Excel writes, with cells given as XML or as plain values.
import { strToU8, zipSync } from "fflate";

export interface SheetToWrite {
  readonly name: string;
  readonly isHidden?: boolean;
  /** Rows of cells; a number stays one, text goes to the shared texts. `{ xml }` is put in as it is. */
  readonly rows: readonly (readonly (string | number | null | { readonly xml: string })[])[];
}

/** The bytes of a workbook. `parts` replaces or adds parts by name. */
export function workbook(
  sheets: readonly SheetToWrite[],
  parts: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const texts: string[] = [];
  const cell = (value: SheetToWrite["rows"][number][number], address: string) => {
    if (value === null) return "";
    if (typeof value === "object") return value.xml;
    if (typeof value === "number") return `<c r="${address}"><v>${value}</v></c>`;
    return `<c r="${address}" t="s"><v>${texts.push(value) - 1}</v></c>`;
  };
  const bodies = sheets.map(({ rows }) => {
    const lines = rows.map((cells, row) => {
      const inside = cells.map((value, column) => cell(value, `${letters(column)}${row + 1}`));
      return `<row r="${row + 1}">${inside.join("")}</row>`;
    });
    return `<worksheet xmlns="${main}"><sheetData>${lines.join("")}</sheetData></worksheet>`;
  });
  const files: Record<string, string> = {
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${sheets
      .map(
        ({ name, isHidden }, at) =>
          `<sheet name="${escapeXml(name)}" sheetId="${at + 1}"${isHidden ? ' state="hidden"' : ""} r:id="rId${at + 1}"/>`,
      )
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${sheets
      .map(
        (_, at) =>
          `<Relationship Id="rId${at + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`,
      )
      .join("")}</Relationships>`,
    "xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>`,
    "xl/sharedStrings.xml": `<sst>${texts.map((text) => `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`).join("")}</sst>`,
  };
  bodies.forEach((body, at) => {
    files[`xl/worksheets/sheet${at + 1}.xml`] = body;
  });
  return zip({ ...files, ...parts });
}

/** A zip of texts under their names. */
export const zip = (files: Readonly<Record<string, string | Uint8Array>>) =>
  new Uint8Array(
    zipSync(
      Object.fromEntries(
        Object.entries(files).map(([name, data]) => [
          name,
          typeof data === "string" ? strToU8(data) : data,
        ]),
      ),
    ),
  );

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function letters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : letters(Math.floor(column / 26) - 1) + last;
}

const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
