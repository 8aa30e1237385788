// An Excel workbook (.xlsx) to the rows of one sheet. Formulas give the value that Excel last computed for them.
// No library reads workbooks with the limits that a hostile file needs (sizes, columns, cells, one part at a time), so the
// few parts that hold cells are read here, on the studio's own zip reader and saxen.
import { unzipEntry, type ZipEntry } from "../../formats/zip-reader.ts";
import { StudioError } from "../../lib/errors.ts";
import { columnOf, dateText, isDateFormat, numberText, unescapeText } from "./excel-values.ts";
import { limits, refuseLargeTable, tooLongCell, tooManyColumns, tooManyRows } from "./limits.ts";
import type { RawTable } from "./raw-table.ts";
import { decodeEntities, readXml } from "./read-xml.ts";

type Workbook = Blob & { readonly name: string };

/** Bytes of one unpacked part: a sheet at the reader's limits has about as many. */
const mostPartBytes = 400 * 1024 * 1024;

export interface ParsedSheet extends RawTable {
  readonly sheet: string;
  readonly sheets: string[];
}

/** True where a zip's files are those of an .xlsx workbook. */
export const isWorkbook = (entries: readonly ZipEntry[]) =>
  entries.some(({ name }) => name === "xl/workbook.xml");

/** Reads the sheet named `asked`, else the first visible one with more than one row. */
export async function parseXlsx(
  file: Workbook,
  entries: readonly ZipEntry[],
  asked: string | undefined,
  onProgress: (share: number) => void,
): Promise<ParsedSheet> {
  const part = async (name: string) => {
    const entry = entries.find((each) => each.name === name);
    return entry === undefined ? undefined : unzipEntry(file, entry, mostPartBytes);
  };
  const { sheets, isFrom1904 } = await readWorkbook(file, part);
  onProgress(0.2);
  const texts = await readSharedStrings(file, part);
  onProgress(0.5);
  const isDate = await readDateStyles(file, part);
  const names = sheets.map(({ name }) => name);
  const candidates = orderSheets(file, sheets, asked);
  let table: RawTable | undefined;
  for (const { name, path } of candidates) {
    const bytes = await part(path);
    if (bytes === undefined) throw damaged(file, `sheet ${name} has no ${path}`);
    const where = `${file.name}, sheet ${name}`;
    const read = readSheet(bytes, where, { texts, isDate, isFrom1904 });
    table ??= read;
    if (asked !== undefined || read.rows.length > 1) return { ...read, sheet: name, sheets: names };
  }
  const [first] = candidates;
  if (table === undefined || first === undefined) throw damaged(file, "it has no sheet");
  return { ...table, sheet: first.name, sheets: names };
}

interface Sheet {
  readonly name: string;
  readonly path: string;
  readonly isHidden: boolean;
}

type ReadPart = (name: string) => Promise<Uint8Array | undefined>;

async function readWorkbook(file: Workbook, part: ReadPart) {
  const paths = await readTargets(file, part);
  const sheets: Sheet[] = [];
  let isFrom1904 = false;
  const bytes = (await part("xl/workbook.xml")) ?? new Uint8Array();
  readXml(bytes, `${file.name}, its workbook`, {
    open(tag, attributes) {
      if (tag === "workbookPr") isFrom1904 = /^(1|true)$/u.test(attributes().date1904 ?? "");
      if (tag !== "sheet") return;
      const own = attributes();
      const id = Object.entries(own).find(([name]) => name.endsWith(":id"))?.[1] ?? "";
      const path = paths.get(id);
      // Charts and macros are sheets too, but have no cells.
      if (path === undefined) return;
      const isHidden = own.state === "hidden" || own.state === "veryHidden";
      sheets.push({ name: decodeEntities(own.name ?? ""), path, isHidden });
    },
  });
  return { sheets, isFrom1904 };
}

/** Paths of the worksheets by their relationship id. */
async function readTargets(file: Workbook, part: ReadPart): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const bytes = await part("xl/_rels/workbook.xml.rels");
  if (bytes === undefined) throw damaged(file, "it does not say where its sheets are");
  readXml(bytes, `${file.name}, its list of sheets`, {
    open(tag, attributes) {
      const { Id, Type, Target } = attributes();
      if (tag !== "Relationship" || Id === undefined || Target === undefined) return;
      if (!Type?.endsWith("/worksheet")) return;
      const target = decodeEntities(Target);
      paths.set(Id, target.startsWith("/") ? target.slice(1) : `xl/${target}`);
    },
  });
  return paths;
}

function orderSheets(file: Workbook, sheets: readonly Sheet[], asked: string | undefined) {
  if (asked === undefined) {
    return sheets.toSorted((a, b) => Number(a.isHidden) - Number(b.isHidden));
  }
  const found = sheets.filter(({ name }) => name === asked);
  if (found.length > 0) return found;
  throw new StudioError(`${file.name} has no sheet named ${asked}.`, {
    hint: `Its sheets are ${sheets
      .slice(0, 10)
      .map(({ name }) => name)
      .join(", ")}.`,
  });
}

/** The texts that cells refer to by number. Furigana beside a text is no part of it. */
async function readSharedStrings(file: Workbook, part: ReadPart): Promise<string[]> {
  const texts: string[] = [];
  const bytes = await part("xl/sharedStrings.xml");
  if (bytes === undefined) return texts;
  const collect = collectText(() => `${file.name}, text ${texts.length + 1}`);
  readXml(bytes, `${file.name}, its texts`, {
    open: (tag) => (tag === "si" ? collect.start() : collect.open(tag)),
    text: collect.text,
    close(tag) {
      if (tag === "si") texts.push(unescapeText(collect.end()));
      else collect.close(tag);
    },
  });
  return texts;
}

/** Gathers the `<t>` texts of one cell, in one or several formatted pieces. */
function collectText(where: () => string) {
  let pieces = "";
  let isText = false;
  let isPhonetic = false;
  return {
    start() {
      pieces = "";
    },
    open(tag: string) {
      if (tag === "t") isText = true;
      if (tag === "rPh") isPhonetic = true;
    },
    text(value: string) {
      if (!isText || isPhonetic) return;
      pieces += value;
      if (pieces.length > limits.cell) throw tooLongCell(pieces.length, where());
    },
    close(tag: string) {
      if (tag === "t") isText = false;
      if (tag === "rPh") isPhonetic = false;
    },
    end: () => pieces,
  };
}

/** For each cell style, whether it shows a number as a date. */
async function readDateStyles(file: Workbook, part: ReadPart): Promise<boolean[]> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let isInCells = false;
  const bytes = await part("xl/styles.xml");
  if (bytes === undefined) return [];
  readXml(bytes, `${file.name}, its styles`, {
    open(tag, attributes) {
      if (tag === "cellXfs") isInCells = true;
      if (tag === "numFmt") {
        const { numFmtId, formatCode } = attributes();
        codes.set(Number(numFmtId), decodeEntities(formatCode ?? ""));
      }
      if (tag === "xf" && isInCells) formats.push(Number(attributes().numFmtId ?? 0));
    },
    close(tag) {
      if (tag === "cellXfs") isInCells = false;
    },
  });
  return formats.map((id) => isDateFormat(id, codes.get(id)));
}

interface CellContext {
  readonly texts: readonly string[];
  readonly isDate: readonly boolean[];
  readonly isFrom1904: boolean;
}

function readSheet(bytes: Uint8Array, where: string, context: CellContext): RawTable {
  const rows: string[][] = [];
  const lines: number[] = [];
  let row: string[] = [];
  let line = 0;
  let column = -1;
  let cell = { type: "n", style: 0 };
  let value = "";
  let isValue = false;
  let width = 0;
  const inline = collectText(() => `${where}, row ${line}, column ${column + 1}`);
  readXml(bytes, where, {
    open(tag, attributes) {
      if (tag === "row") {
        row = [];
        column = -1;
        line = Number(attributes().r ?? line + 1);
      } else if (tag === "c") {
        const { r, t, s } = attributes();
        column = r === undefined ? column + 1 : columnOf(r);
        cell = { type: t ?? "n", style: Number(s ?? 0) };
        value = "";
        inline.start();
      } else if (tag === "v") isValue = true;
      else inline.open(tag);
    },
    text(piece) {
      if (isValue) value += piece;
      else inline.text(piece);
    },
    close(tag) {
      if (tag === "v") isValue = false;
      else if (tag === "c") {
        const text =
          cell.type === "inlineStr" ? unescapeText(inline.end()) : cellText(cell, value, context);
        if (text === "") return;
        if (text.length > limits.cell)
          throw tooLongCell(text.length, `${where}, row ${line}, column ${column + 1}`);
        if (column >= limits.columns) throw tooManyColumns(column + 1, `${where}, row ${line}`);
        row[column] = text;
        width = Math.max(width, column + 1);
      } else if (tag === "row" && row.length > 0) {
        rows.push(row);
        lines.push(line);
        if (rows.length > limits.rows + 1) throw tooManyRows(where);
      } else inline.close(tag);
    },
  });
  refuseLargeTable(rows.length, width, where);
  const filled = rows.map((cells) => Array.from({ length: width }, (_, at) => cells[at] ?? ""));
  const last = lines.at(-1) ?? 0;
  return {
    ...dropEmptyColumns(filled, width),
    lines,
    unit: "row",
    columns: null,
    blankLines: rows.length === 0 ? 0 : last - (lines[0] ?? 1) + 1 - rows.length,
  };
}

/** Sheets often start in the second column, or keep an empty one between two tables. */
function dropEmptyColumns(rows: string[][], width: number): Pick<RawTable, "rows"> {
  const used = Array.from({ length: width }, (_, at) => rows.some((cells) => cells[at] !== ""));
  if (used.every(Boolean)) return { rows };
  return { rows: rows.map((cells) => cells.filter((_, at) => used[at])) };
}

function cellText(
  { type, style }: { readonly type: string; readonly style: number },
  value: string,
  { texts, isDate, isFrom1904 }: CellContext,
): string {
  if (value === "") return "";
  switch (type) {
    case "s":
      return texts[Number(value)] ?? "";
    case "b":
      return value === "1" ? "TRUE" : "FALSE";
    case "str":
      return unescapeText(value);
    case "n":
      return isDate[style] === true ? dateText(Number(value), isFrom1904) : numberText(value);
    // Errors (#N/A) and ISO dates stand as they are.
    default:
      return value;
  }
}

const damaged = (file: Workbook, reason: string) =>
  new StudioError(`${file.name} is not an Excel workbook that can be read: ${reason}.`, {
    hint: "Open it in Excel and save it again, or export the sheet as CSV.",
  });
