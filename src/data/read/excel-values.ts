// What Excel's stored values mean: dates are day counts that only their format tells from numbers. Plain functions.

/** Built-in number formats that show a date or a time (ECMA-376, 18.8.30). */
const dateFormats = new Set([
  14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51,
  52, 53, 54, 55, 56, 57, 58,
]);

/** True where a number format shows a date or a time. `code` is a custom format's, such as `dd/mm/yyyy`. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return dateFormats.has(id);
  // Quoted words, escaped characters and colours or conditions in brackets are no format letters; [h] counts hours.
  const letters = code.replace(/"[^"]*"|\\.|_.|\*./gu, "").replace(/\[(?![hms]+\])[^\]]*\]/giu, "");
  return !/general/iu.test(letters) && /[dmyhs]/iu.test(letters);
}

const dayMilliseconds = 86_400_000;

/** A day count as ISO 8601: a date, a date with its time, or a time alone. Days before 1900 stay numbers. */
export function dateText(days: number, isFrom1904: boolean): string {
  const dated = isFrom1904 ? days + 1462 : days;
  if (!Number.isFinite(days) || days < 0 || dated > 2_958_465.9999999) return String(days);
  // Excel counts a 29 February 1900 that never was: earlier days are off by one.
  const shifted = dated < 60 ? dated + 1 : dated;
  const time = Math.round(shifted * 86_400) * 1000;
  const iso = new Date(Date.UTC(1899, 11, 30) + time).toISOString();
  const clock = iso.slice(11, 19);
  if (days < 1) return clock;
  return time % dayMilliseconds === 0 ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${clock}`;
}

/** A stored number as its cell shows it: without the binary tail that 0.1 + 0.2 has. */
export function numberText(stored: string): string {
  const value = Number(stored);
  if (stored.trim() === "" || Number.isNaN(value)) return stored;
  return String(Number(value.toPrecision(15)));
}

/** The column of a cell's address, from 0: "C7" gives 2. -1 where there is none. */
export function columnOf(address: string): number {
  let column = 0;
  for (const letter of address.toUpperCase()) {
    const value = letter.charCodeAt(0) - 64;
    if (value < 1 || value > 26) break;
    column = column * 26 + value;
  }
  return column - 1;
}

/** Text with Excel's own escapes for characters that XML forbids: `_x000D_` is a carriage return. */
export function unescapeText(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9a-f]{4})_/giu, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
