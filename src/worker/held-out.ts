// Rows to ask a model about: the held-out ones of a choice, or all of a table.
import type { HeldOutSource, HeldOutTable } from "../config/held-out.ts";
import { guessLanguage, type LanguageChoice } from "../config/language-data.ts";
import { askedRows } from "../data/held-out-rows.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { readChosen, readLanguage, readTable } from "./read-chosen.ts";

/** At most `most` rows, in the order of their table. @throws StudioError where they cannot be asked. */
export async function readHeldOut(from: HeldOutSource, most: number): Promise<HeldOutTable> {
  if ("tableId" in from) {
    const table = await readTable(from.tableId);
    const language = guessLanguage(table.columns);
    const numbers = table.rows.slice(0, most).map((_, row) => row);
    const rowCount = table.rows.length;
    // Questions are found by their columns' usual names.
    return language === null || !isAskedByFormat(table, language)
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

/** Whether rows are chats, or questions with reasoning: of those the format tells more than the columns' names. */
function isAskedByFormat(table: StoredTable, { format, columns }: LanguageChoice): boolean {
  const isList = (role: string) => {
    const place = table.columns.indexOf(columns[role] ?? "");
    return table.rows.some((row) => row[place]?.trimStart().startsWith("["));
  };
  switch (format) {
    case "reasoning":
      return true;
    case "alpaca":
      return table.columns.some((name) => name.toLowerCase() === "output");
    case "messages":
    case "conversations":
      return isList(format);
    case "prompt_completion":
      return isList("prompt");
    case "text":
    case "tokens":
      return false;
    default:
      return format satisfies never;
  }
}

const unknown = { prompts: null, asked: null };
