// Rows to ask a model about: the held-out ones of a choice, or all of a table.
import type { HeldOutSource, HeldOutTable } from "../config/held-out.ts";
import { guessLanguage } from "../config/language-data.ts";
import { askedRows } from "../data/held-out-rows.ts";
import { readChosen, readLanguage, readTable } from "./read-chosen.ts";

/** At most `most` rows, in the order of their table. @throws StudioError where they cannot be asked. */
export async function readHeldOut(from: HeldOutSource, most: number): Promise<HeldOutTable> {
  if ("tableId" in from) {
    const table = await readTable(from.tableId);
    const language = guessLanguage(table.columns);
    const numbers = table.rows.slice(0, most).map((_, row) => row);
    const rowCount = table.rows.length;
    // Rows that nothing is known of are asked by their columns.
    return language === null || language.format === "tokens"
      ? { columns: table.columns, rows: table.rows.slice(0, most), rowCount, ...unknown }
      : { ...askedRows(table, numbers, language, from.name), rowCount };
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
  const shown = numbers.slice(0, most);
  const rowCount = numbers.length;
  if (choice.language !== null) {
    const name = choice.evaluation?.name ?? choice.name;
    return { ...askedRows(table, shown, choice.language, name), rowCount };
  }
  return {
    columns: table.columns,
    rows: shown.map((row) => table.rows[row] ?? []),
    ...{ rowCount, prompts: null },
    asked: { question: choice.text_column, reasoning: null, answer: choice.label_column },
  };
}

const unknown = { prompts: null, asked: null };
