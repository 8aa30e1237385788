// What the reader takes, and how it refuses the rest: with the place and both numbers.
import { StudioError } from "../../lib/errors.ts";

export const limits = {
  bytes: 200 * 1024 * 1024,
  rows: 200_000,
  columns: 1_000,
  /** Characters of one cell. */
  cell: 1_000_000,
  /** Rows times columns. */
  cells: 20_000_000,
  /** Levels of lists and objects in JSON. */
  depth: 32,
} as const;

const count = (value: number) => value.toLocaleString("en");

/** Refuses a row that is too wide or holds too long a cell. `where` names file and line. */
export function refuseLargeRow(cells: readonly (string | undefined)[], where: string): void {
  if (cells.length > limits.columns) throw tooManyColumns(cells.length, where);
  const long = cells.findIndex((cell) => (cell?.length ?? 0) > limits.cell);
  if (long >= 0) throw tooLongCell(cells[long]?.length ?? 0, `${where}, column ${long + 1}`);
}

export const tooManyColumns = (columns: number, where: string) =>
  new StudioError(
    `${where}: ${count(columns)} columns; the studio reads up to ${count(limits.columns)}.`,
    { hint: "Keep the text column and the label column." },
  );

/** `atLeast` where the cell was not read to its end. */
export const tooLongCell = (characters: number, where: string, atLeast = false) =>
  new StudioError(
    `${where}: the cell has ${atLeast ? "more than " : ""}${count(characters)} characters; ${count(limits.cell)} are the most.`,
    {
      hint: "Shorten it, or leave the row out. In CSV a quote that is not closed often causes this.",
    },
  );

export const tooManyRows = (file: string) =>
  new StudioError(`${file} has more than ${count(limits.rows)} rows.`, {
    hint: "Take a sample of its rows.",
  });

/** Refuses a table that is small in each direction but too large as a whole. */
export function refuseLargeTable(rows: number, columns: number, file: string): void {
  if (rows * columns <= limits.cells) return;
  throw new StudioError(
    `${file} has ${count(rows)} rows of ${count(columns)} columns, ${count(rows * columns)} cells; ${count(limits.cells)} are the most.`,
    { hint: "Keep the text column and the label column." },
  );
}
