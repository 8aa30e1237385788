// Delimited text (CSV, TSV) to rows: delimiter found, lines counted, every refusal with its line.
import Papa from "papaparse";
import { StudioError } from "../../lib/errors.ts";
import { limits, refuseLargeRow, tooManyRows } from "./limits.ts";
import type { RawTable } from "./raw-table.ts";

/** Parses the whole text. `onProgress` gets the share done. */
export function parseDelimited(
  text: string,
  name: string,
  onProgress: (share: number) => void,
): RawTable & { readonly delimiter: string } {
  const rows: string[][] = [];
  const lines: number[] = [];
  const delimiter = detectDelimiter(text);
  let blankLines = 0;
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
      if (data.length === 1 && data[0]?.trim() === "") {
        // The text after the last line end is no line.
        if (cursor < text.length) blankLines += 1;
        return;
      }
      refuseLargeRow(data, `${name}, line ${start}`);
      if (rows.length > limits.rows) throw tooManyRows(name);
      rows.push(data);
      lines.push(start);
      if (rows.length % 2000 === 0) onProgress(cursor / text.length);
    },
  });
  refuseUnevenRows(rows, lines, name);
  return { rows, lines, unit: "line", columns: null, blankLines, delimiter };
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

/** A row with more or fewer cells than the first is usually a missing quote: better a question than a wrong label. */
function refuseUnevenRows(rows: readonly string[][], lines: readonly number[], name: string): void {
  const columns = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((cells) => cells.length !== columns);
  if (uneven < 0) return;
  const cells = rows[uneven]?.length ?? 0;
  throw new StudioError(
    `${name}, line ${lines[uneven]}: ${cells} cells, but the file has ${columns} columns.`,
    { hint: "Put cells that contain the delimiter in quotes." },
  );
}
