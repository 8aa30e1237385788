// Rows to ask a model about, with all their cells: the held-out ones of a choice, or all of a table.
import type { HeldOutSource, HeldOutTable } from "../config/held-out.ts";
import { readChosen, readLanguage, readTable } from "./read-chosen.ts";

/** At most `most` rows, in the order of their table. */
export async function readHeldOut(from: HeldOutSource, most: number): Promise<HeldOutTable> {
  if ("tableId" in from) {
    const { columns, rows } = await readTable(from.tableId);
    return { columns, rows: rows.slice(0, most), rowCount: rows.length };
  }
  const { choice } = from;
  const { evaluation } =
    choice.language === null
      ? await readChosen(choice)
      : await readLanguage(choice, choice.language);
  const own = await readTable(choice.id);
  const table = choice.evaluation === null ? own : await readTable(choice.evaluation.id);
  // Rows of an evaluation file are counted on behind those of the first one.
  const first = choice.evaluation === null ? 0 : own.rows.length;
  const numbers = evaluation.map(({ row }) => row - first).sort((a, b) => a - b);
  return {
    columns: table.columns,
    rows: numbers.slice(0, most).map((row) => table.rows[row] ?? []),
    rowCount: numbers.length,
  };
}
