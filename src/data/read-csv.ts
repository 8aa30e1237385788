// Reads a CSV file into a table: delimiter, header and line numbers found, every limit said with its numbers.
import Papa from "papaparse";
import type { DatasetInfo } from "../config/dataset.ts";
import { StudioError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/sha256.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { describeColumns, guessColumns, hasHeaderRow } from "./guess-columns.ts";

const limits = {
  bytes: 200 * 1024 * 1024,
  rows: 200_000,
  columns: 1_000,
  cell: 1_000_000,
} as const;

/** First bytes of files that are often dropped by mistake. */
const foreignFormats: readonly { readonly magic: string; readonly name: string }[] = [
  { magic: "PK\u0003\u0004", name: "a zip or Excel file" },
  { magic: "%PDF", name: "a PDF" },
  { magic: "PAR1", name: "a Parquet file" },
  { magic: "\u001f\u008b", name: "a gzip file" },
  { magic: "\u00d0\u00cf\u0011\u00e0", name: "an old Excel file" },
];

/** Reads a file of at most 200 MB. `onProgress` gets the bytes parsed so far. Throws a StudioError that names the line. */
export async function readCsv(
  file: Blob & { readonly name: string },
  onProgress: (bytesRead: number) => void,
): Promise<{ info: DatasetInfo; table: StoredTable }> {
  if (file.size === 0) throw new StudioError(`${file.name} is empty.`);
  if (file.size > limits.bytes) {
    throw new StudioError(
      `${file.name} has ${megabytes(file.size)}; the studio reads up to ${megabytes(limits.bytes)}.`,
      { hint: "Take a sample of its rows." },
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = decode(bytes, file.name);
  const { rows, lines, delimiter } = parseRows(text, file.name, (share) =>
    onProgress(Math.round(share * file.size)),
  );
  const { columns, hasHeader } = nameColumns(rows);
  const table: StoredTable = {
    columns,
    rows: hasHeader ? rows.slice(1) : rows,
    lines: hasHeader ? lines.slice(1) : lines,
  };
  if (table.rows.length === 0) {
    throw new StudioError(`${file.name} has a header but no rows.`);
  }
  refuseUnevenRows(table, file.name);
  const described = describeColumns(table);
  return {
    table,
    info: {
      version: 1,
      id: await sha256Hex(bytes),
      name: file.name,
      bytes: file.size,
      rowCount: table.rows.length,
      columns: described,
      delimiter,
      hasHeader,
      guess: guessColumns(described),
    },
  };
}

function decode(bytes: Uint8Array, name: string): string {
  const start = String.fromCharCode(...bytes.subarray(0, 8));
  const foreign = foreignFormats.find(({ magic }) => start.startsWith(magic));
  if (foreign !== undefined) {
    throw new StudioError(`${name} is ${foreign.name}, not a CSV file.`, {
      hint: "Export it as CSV and drop that.",
    });
  }
  if (start.startsWith("\u00ff\u00fe") || start.startsWith("\u00fe\u00ff")) {
    throw new StudioError(`${name} is UTF-16; the studio reads UTF-8.`, {
      hint: "Save it as CSV UTF-8.",
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError(
      `${name} is not UTF-8: line ${firstInvalidLine(bytes)} has an invalid byte.`,
      {
        hint: "Save it as CSV UTF-8.",
        cause,
      },
    );
  }
}

/** Line of the first byte that is not UTF-8, found by decoding line by line. */
function firstInvalidLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start);
    const stop = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop;
    line += 1;
  }
  return line;
}

interface ParsedRows {
  readonly rows: string[][];
  /** Line on which each row starts. */
  readonly lines: number[];
  readonly delimiter: string;
}

function parseRows(text: string, name: string, onProgress: (share: number) => void): ParsedRows {
  const rows: string[][] = [];
  const lines: number[] = [];
  const delimiter = detectDelimiter(text);
  let line = 1;
  let cursor = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    step: ({ data, errors, meta }) => {
      const fault = errors.find(({ type }) => type === "Quotes");
      if (fault !== undefined) throw quoteError(name, line);
      const start = line;
      line += countNewlines(text, cursor, meta.cursor);
      cursor = meta.cursor;
      if (data.length === 1 && data[0]?.trim() === "") return;
      refuseLargeRow(data, name, start);
      if (rows.length > limits.rows) throw tooManyRows(name);
      rows.push(data);
      lines.push(start);
      if (rows.length % 2000 === 0) onProgress(cursor / text.length);
    },
  });
  return { rows, lines, delimiter };
}

/** Papa's guess over the first rows. Empty lines must not count: to Papa they are rows of one column. */
function detectDelimiter(text: string): string {
  const { meta } = Papa.parse(text.slice(0, 1_000_000), {
    delimitersToGuess: [",", ";", "\t", "|"],
    skipEmptyLines: "greedy",
    preview: 100,
  });
  return meta.delimiter;
}

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1))
    count += 1;
  return count;
}

const quoteError = (name: string, line: number) =>
  new StudioError(
    `${name}, line ${line}: a quoted cell is not closed or has text after its quote.`,
    {
      hint: 'A quote inside a quoted cell is written twice: "".',
    },
  );

const tooManyRows = (name: string) =>
  new StudioError(`${name} has more than ${limits.rows.toLocaleString("en")} rows.`, {
    hint: "Take a sample of its rows.",
  });

function refuseLargeRow(cells: readonly string[], name: string, line: number): void {
  if (cells.length > limits.columns) {
    throw new StudioError(
      `${name}, line ${line}: ${cells.length.toLocaleString("en")} columns; the studio reads up to ${limits.columns.toLocaleString("en")}.`,
      { hint: "Keep the text column and the label column." },
    );
  }
  const long = cells.findIndex((cell) => cell.length > limits.cell);
  if (long < 0) return;
  throw new StudioError(
    `${name}, line ${line}, column ${long + 1}: the cell has ${(cells[long]?.length ?? 0).toLocaleString("en")} characters; ${limits.cell.toLocaleString("en")} are the most.`,
    { hint: "A quote that is not closed often causes this." },
  );
}

function nameColumns(rows: readonly string[][]): { columns: string[]; hasHeader: boolean } {
  const first = rows[0] ?? [];
  const hasHeader = hasHeaderRow(rows);
  const wanted = hasHeader ? first.map((cell) => cell.trim()) : first.map(() => "");
  const seen = new Set<string>();
  const columns = wanted.map((name, index) => {
    const base = name === "" ? `column ${index + 1}` : name;
    let unique = base;
    for (let copy = 2; seen.has(unique); copy += 1) unique = `${base} (${copy})`;
    seen.add(unique);
    return unique;
  });
  return { columns, hasHeader };
}

/** A row with more or fewer cells than columns is usually a missing quote: better a question than a wrong label. */
function refuseUnevenRows({ columns, rows, lines }: StoredTable, name: string): void {
  const uneven = rows.findIndex((cells) => cells.length !== columns.length);
  if (uneven < 0) return;
  const cells = rows[uneven]?.length ?? 0;
  throw new StudioError(
    `${name}, line ${lines[uneven]}: ${cells} cells, but the file has ${columns.length} columns.`,
    { hint: "Put cells that contain the delimiter in quotes." },
  );
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
