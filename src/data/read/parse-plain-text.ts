// Plain text to rows of one column: a row for each paragraph, which a blank line ends.
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
  return { rows: rows.map((row) => [row]), lines: starts, columns: ["text"], blankLines };
}

const delimiters = ["\t", ",", ";", "|"] as const;

/** Whether a .txt file is a table: its first line is a header, or most lines have as many delimiters as the first. */
export function looksLikeTable(text: string): boolean {
  const lines = text
    .slice(0, 100_000)
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== "")
    .slice(0, 200);
  const [first = ""] = lines;
  if (/^"?[\w-]+"?(?:[\t,;|]"?[\w-]+"?)+$/u.test(first)) return true;
  return delimiters.some((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const [wanted = 0] = counts;
    return wanted > 0 && counts.filter((count) => count === wanted).length >= lines.length * 0.9;
  });
}
