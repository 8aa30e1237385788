// Plain text to rows of one column: a row for each paragraph, which a blank line ends.
import { namesColumns } from "../guess-columns.ts";
import { limits, tooManyRows } from "./limits.ts";
import type { RawTable } from "./raw-table.ts";

/** A paragraph a row; its lines stay as they are. A file without a blank line is one row. */
export function parsePlainText(text: string, name: string): RawTable {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const rows: string[] = [];
  const starts: number[] = [];
  let open: string[] = [];
  let blankLines = 0;
  const close = () => {
    if (open.length > 0) rows.push(open.join("\n").trim());
    open = [];
    if (rows.length > limits.rows) throw tooManyRows(name);
  };
  lines.forEach((line, index) => {
    if (line.trim() === "") {
      blankLines += 1;
      close();
      return;
    }
    if (open.length === 0) starts.push(index + 1);
    open.push(line);
  });
  close();
  return {
    rows: rows.map((row) => [row]),
    lines: starts,
    unit: "line",
    columns: ["text"],
    blankLines,
  };
}

const header = /^"?[\w-]+"?(?:[\t,;|]"?[\w-]+"?)+$/u;
/** What most means here: a line may be broken. */
const most = 0.9;

/** Whether a .txt file is a table: its first line is a header, or most lines have the same columns. Prose is none by its commas. */
export function looksLikeTable(text: string): boolean {
  const lines = text
    .slice(0, 100_000)
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== "")
    .slice(0, 200);
  const [first = ""] = lines;
  if (lines.length < 2) return false;
  if (header.test(first)) return true;
  return ["\t", ",", ";", "|"].some((delimiter) => hasColumns(lines, delimiter));
}

/** A cell in quotes, which may hold delimiters. */
const quoted = /(^|[\t,;|])"(?:[^"]|"")*"(?=[\t,;|]|$)/gu;

function hasColumns(lines: readonly string[], delimiter: string): boolean {
  const cells = lines.map((line) => line.replaceAll(quoted, '$1""').split(delimiter));
  const [first = []] = cells;
  const rows = cells.filter(({ length }) => length === first.length);
  const isMost = (count: number) => count >= rows.length * most;
  const columns = first.map((_, column) => rows.map((row) => row[column] ?? ""));
  const isTyped = delimiter === "\t" || delimiter === "|";
  // A verse that ends with a comma, or a line that is indented by a tab, has one column. In a table of tabs a column may have gaps.
  const filled = columns.filter((column) => {
    const count = column.filter((cell) => cell.trim()).length;
    return isTyped ? count > 0 : isMost(count);
  });
  if (rows.length < lines.length * most || filled.length < 2) return false;
  if (delimiter !== ",") return true;
  // In prose a space follows the comma. A table may have it too: then its header or its numbers tell.
  const isSpaced = ([, ...rest]: readonly string[]) => rest.some((cell) => /^\s/u.test(cell));
  if (isMost(rows.length - rows.filter(isSpaced).length)) return true;
  const isNumber = (cell: string) => cell.trim() !== "" && !Number.isNaN(Number(cell));
  return namesColumns(first) || columns.some((column) => column.slice(1).every(isNumber));
}
