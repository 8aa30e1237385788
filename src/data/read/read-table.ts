// Reads a data set file of any kind the studio knows into a table: by its contents first, by its name where they do not tell.
import {
  type DatasetFormat,
  type DatasetInfo,
  mayBeProse,
  type ReadOptions,
} from "../../config/dataset.ts";
import { isZip, listZip, unzipEntry, type ZipEntry } from "../../formats/zip-reader.ts";
import { StudioError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/sha256.ts";
import type { StoredTable } from "../../storage/datasets.ts";
import { describeColumns, guessColumns, hasHeaderRow } from "../guess-columns.ts";
import { decodeText } from "./decode-text.ts";
import { limits, refuseLargeTable } from "./limits.ts";
import { parseDelimited } from "./parse-delimited.ts";
import { parseJsonFile, parseJsonLines } from "./parse-json.ts";
import { isParquet, parseParquet } from "./parse-parquet.ts";
import { looksLikeTable, parsePlainText } from "./parse-plain-text.ts";
import { isWorkbook, parseXlsx } from "./parse-xlsx.ts";
import type { RawTable } from "./raw-table.ts";

type NamedBlob = Blob & { readonly name: string };
type Progress = (share: number) => void;

/** What a reader found besides the rows. */
type Facts = Pick<
  DatasetInfo,
  "format" | "delimiter" | "encoding" | "isEncodingGuessed" | "sheet" | "sheets"
>;
type ReadFile = RawTable & Facts;

const noFacts = {
  delimiter: null,
  encoding: null,
  isEncodingGuessed: false,
  sheet: null,
  sheets: [],
} satisfies Partial<Facts>;

/** First bytes of files that are often dropped by mistake. */
const foreignFormats: readonly { magic: string; name: string; hint: string }[] = [
  { magic: "%PDF", name: "a PDF", hint: "Export its rows as CSV, Excel or JSON." },
  { magic: "PARE", name: "an encrypted Parquet file", hint: "Write it again without encryption." },
  { magic: "\u001f\u008b", name: "a gzip file", hint: "Unpack it, or pack it as a zip." },
  {
    magic: "\u00d0\u00cf\u0011\u00e0",
    name: "an old Excel file (.xls), or one protected by a password",
    hint: "Save it as an Excel workbook (.xlsx) without a password.",
  },
];

/**
 * Reads a file of at most 200 MB: CSV, TSV, Excel, JSON, JSON Lines or Parquet, also inside a zip. `onProgress` gets the share done.
 * Throws a StudioError that names file, line or row, and numbers.
 */
export async function readTable(
  file: NamedBlob,
  options: ReadOptions,
  onProgress: Progress,
): Promise<{ info: DatasetInfo; table: StoredTable }> {
  if (file.size === 0) throw new StudioError(`${file.name} is empty.`);
  refuseLarge(file.name, file.size);
  const { inner, entry, entries } = await openZip(file, options.entry);
  const read = await readContents(inner, options, onProgress);
  const { columns, hasHeader } = nameColumns(read);
  const table: StoredTable = {
    columns,
    rows: hasHeader ? read.rows.slice(1) : read.rows,
    lines: hasHeader ? read.lines.slice(1) : read.lines,
    unit: read.unit,
  };
  if (table.rows.length === 0) throw noRows(inner.name, read, hasHeader);
  refuseLargeTable(table.rows.length, columns.length, inner.name);
  const described = describeColumns(table);
  return {
    table,
    info: {
      version: 2,
      id: await idOf(file, entry, read, options),
      name: file.name,
      bytes: file.size,
      rowCount: table.rows.length,
      columns: described,
      guess: guessColumns(described),
      hasHeader: hasHeader || read.columns !== null,
      headerLine: read.lines[0] ?? 1,
      format: read.format,
      delimiter: read.delimiter,
      encoding: read.encoding,
      isEncodingGuessed: read.isEncodingGuessed,
      sheet: read.sheet,
      sheets: [...read.sheets],
      entry,
      entries: [...entries],
      blankLines: read.blankLines,
      unit: read.unit,
    },
  };
}

function refuseLarge(name: string, bytes: number): void {
  if (bytes <= limits.bytes) return;
  throw new StudioError(
    `${name} has ${megabytes(bytes)}; the studio reads up to ${megabytes(limits.bytes)}.`,
    { hint: "Take a sample of its rows." },
  );
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

function noRows(name: string, read: ReadFile, hasHeader: boolean): StudioError {
  const what = hasHeader ? "has a header but no rows" : "has no rows";
  const where = read.sheet === null ? "" : ` on sheet ${read.sheet}`;
  const others = read.sheets.filter((sheet) => sheet !== read.sheet);
  return new StudioError(
    `${name} ${what}${where}.`,
    others.length === 0 ? {} : { hint: `Its other sheets are ${others.slice(0, 10).join(", ")}.` },
  );
}

/** The SHA-256 of the file, and of what was taken out of it where that is a choice: two tables of one file have two ids. */
async function idOf(
  file: NamedBlob,
  entry: string | null,
  { sheet, format }: ReadFile,
  { encoding }: ReadOptions,
): Promise<string> {
  const hash = await sha256Hex(new Uint8Array(await file.arrayBuffer()));
  const reading = format === "text" ? [format] : [];
  const chosen = [entry, sheet, encoding ?? null, ...reading].filter((part) => part !== null);
  if (chosen.length === 0) return hash;
  const text = JSON.stringify([hash, entry, sheet, encoding ?? null, ...reading]);
  return sha256Hex(new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>);
}

interface OpenedFile {
  readonly inner: NamedBlob;
  /** The file taken out of a zip, and all that could be. */
  readonly entry: string | null;
  readonly entries: readonly string[];
}

const readable = /\.(csv|tsv|tab|txt|md|markdown|json|jsonl|ndjson|xlsx|xlsm|parquet)$/iu;

/** What mostly tells of a zip's data and is not the data. */
const isMarkdown = ({ name }: ZipEntry) => /\.(md|markdown)$/iu.test(name);

/** The file itself, or the one of a zip that is asked for, or the largest that can be read, Markdown last. */
async function openZip(file: NamedBlob, asked: string | undefined): Promise<OpenedFile> {
  if (!(await isZip(file))) return { inner: file, entry: null, entries: [] };
  const all = await listZip(file);
  if (isWorkbook(all)) return { inner: file, entry: null, entries: [] };
  refuseOtherOffice(file, all);
  const data = all.filter(
    ({ name }) => readable.test(name) && !/(^|\/)(__MACOSX\/|\.)/u.test(name),
  );
  const entry = pickEntry(file, data, asked, all);
  const bytes = await unzipEntry(file, entry, limits.bytes);
  const name = entry.name.slice(entry.name.lastIndexOf("/") + 1);
  return {
    inner: new File([bytes], name),
    entry: entry.name,
    entries: data.map((each) => each.name),
  };
}

function refuseOtherOffice(file: NamedBlob, entries: readonly ZipEntry[]): void {
  const has = (name: string) => entries.some((entry) => entry.name === name);
  const kind = has("xl/workbook.bin")
    ? "a binary Excel workbook (.xlsb)"
    : has("word/document.xml")
      ? "a Word document"
      : has("content.xml") && has("mimetype")
        ? "an OpenDocument file"
        : null;
  if (kind === null) return;
  throw new StudioError(`${file.name} is ${kind}, which the studio does not read.`, {
    hint: "Save it as an Excel workbook (.xlsx) or as CSV.",
  });
}

function pickEntry(
  file: NamedBlob,
  data: readonly ZipEntry[],
  asked: string | undefined,
  all: readonly ZipEntry[],
): ZipEntry {
  const found =
    asked === undefined
      ? data.toSorted((a, b) => +isMarkdown(a) - +isMarkdown(b) || b.size - a.size)[0]
      : data.find(({ name }) => name === asked);
  if (found !== undefined) return found;
  const names = all.slice(0, 5).map(({ name }) => name);
  const missing =
    asked === undefined ? "no CSV, TSV, Excel, JSON, JSONL, Parquet or text file" : `no ${asked}`;
  throw new StudioError(`${file.name} holds ${missing}.`, {
    hint:
      names.length === 0
        ? "The zip is empty."
        : `It holds ${names.join(", ")}${all.length > names.length ? " and more" : ""}.`,
  });
}

async function readContents(
  file: NamedBlob,
  options: ReadOptions,
  onProgress: Progress,
): Promise<ReadFile> {
  if (await isZip(file)) {
    const entries = await listZip(file);
    if (!isWorkbook(entries)) {
      throw new StudioError(`${file.name} is a zip inside a zip.`, {
        hint: "Unpack it and drop the file with the rows.",
      });
    }
    const parsed = await parseXlsx(file, entries, options.sheet, onProgress);
    return { ...noFacts, ...parsed, format: "xlsx" };
  }
  if (await isParquet(file)) {
    return { ...noFacts, ...(await parseParquet(file, onProgress)), format: "parquet" };
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  refuseForeign(file.name, bytes);
  const { text, encoding, isGuess } = decodeText(bytes, file.name, options.encoding);
  const facts = { ...noFacts, encoding, isEncodingGuessed: isGuess };
  onProgress(0.1);
  const format = textFormat(file.name, text, options);
  if (format === "json") return { ...facts, ...parseJsonFile(text, file.name), format };
  if (format === "jsonl") return { ...facts, ...parseJsonLines(text, file.name), format };
  if (format === "text") return { ...facts, ...parsePlainText(text, file.name), format };
  const parsed = parseDelimited(text, file.name, (share) => onProgress(0.1 + 0.8 * share));
  return { ...facts, ...parsed, format: parsed.delimiter === "\t" ? "tsv" : "csv" };
}

function refuseForeign(name: string, bytes: Uint8Array): void {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  const foreign = foreignFormats.find(({ magic }) => start.startsWith(magic));
  if (foreign === undefined) return;
  throw new StudioError(`${name} is ${foreign.name}, which the studio does not read.`, {
    hint: foreign.hint,
  });
}

/**
 * A text file's format. Prose is what the user says, else a Markdown file or a .txt that looks like no table and begins unlike JSON.
 * pandas writes JSON Lines into files named .json as well: two whole objects on two lines are no JSON.
 */
function textFormat(name: string, text: string, { reading }: ReadOptions): DatasetFormat {
  if (reading === "text" && mayBeProse(name)) return "text";
  if (/\.(jsonl|ndjson)$/iu.test(name)) return "jsonl";
  const looksLikeJson = /^\s*(\{\s*"|\[\s*[[{])/u.test(text);
  if (!/\.json$/iu.test(name) && !looksLikeJson) {
    const isProse = mayBeProse(name) && !(/\.txt$/iu.test(name) && looksLikeTable(text));
    return isProse && reading !== "table" ? "text" : "csv";
  }
  const firstLine = text.slice(0, text.indexOf("\n") < 0 ? text.length : text.indexOf("\n")).trim();
  const hasMore = text.trim().length > firstLine.length;
  return hasMore && firstLine.startsWith("{") && isJson(firstLine) ? "jsonl" : "json";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function nameColumns({ rows, columns: given }: RawTable): {
  columns: string[];
  hasHeader: boolean;
} {
  const first = rows[0] ?? [];
  const hasHeader = given === null && hasHeaderRow(rows);
  const wanted = given ?? (hasHeader ? first.map((cell) => cell.trim()) : first.map(() => ""));
  const seen = new Set<string>();
  const columns = wanted.map((name, index) => {
    const base = name.trim() === "" ? `column ${index + 1}` : name;
    let unique = base;
    for (let copy = 2; seen.has(unique); copy += 1) unique = `${base} (${copy})`;
    seen.add(unique);
    return unique;
  });
  return { columns, hasHeader };
}
