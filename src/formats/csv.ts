// Writes tables as CSV that a spreadsheet opens as it was meant: quoted where needed, and with no cell that runs as a formula.

/** A cell that begins so is a formula to Excel, LibreOffice and Google Sheets. */
const formulaStart = /^[=+\-@\t\r]/u;
const plainNumber = /^[+-]?(\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?\s*%?$/iu;

/** The text, and how many cells got an apostrophe because they began like a formula. */
export interface WrittenCsv {
  readonly text: string;
  readonly escaped: number;
}

/**
 * Rows as CSV with a byte order mark, without which Excel takes UTF-8 for another encoding. Cells that begin like a formula
 * get an apostrophe in front (OWASP, "CSV Injection"); numbers such as -5 stay.
 */
export function writeCsv(rows: Iterable<readonly string[]>, delimiter: string): WrittenCsv {
  const special = new RegExp(`["\\r\\n${delimiter === "|" ? "\\|" : delimiter}]|^\\s|\\s$`, "u");
  const lines: string[] = [];
  let escaped = 0;
  for (const row of rows) {
    const cells = row.map((cell) => {
      const isFormula = formulaStart.test(cell) && !plainNumber.test(cell);
      if (isFormula) escaped += 1;
      const safe = isFormula ? `'${cell}` : cell;
      return special.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    });
    lines.push(cells.join(delimiter));
  }
  return { text: `\uFEFF${lines.join("\r\n")}\r\n`, escaped };
}
