// Packing: short texts share a row of a batch, so that less of it is padding (TRL's "bfd": best fit, longest first).
import type { LanguageRow, LanguageText } from "./collate-language.ts";

/** Rows of at most `length` tokens. Each text goes into the fullest row that still has room; none is split. */
export function packTexts(texts: readonly LanguageText[], length: number): LanguageRow[] {
  const longestFirst = texts.toSorted((a, b) => b.ids.length - a.ids.length);
  const rows: LanguageText[][] = [];
  /** Rows by the room that they have left. */
  const byRoom: number[][] = Array.from({ length: length + 1 }, () => []);
  for (const text of longestFirst) {
    let room = text.ids.length;
    while (room <= length && byRoom[room]?.length === 0) room += 1;
    const found = byRoom[room]?.pop();
    const row = found ?? rows.push([]) - 1;
    rows[row]?.push(text);
    const left = (found === undefined ? length : room) - text.ids.length;
    byRoom[left]?.push(row);
  }
  return rows;
}
