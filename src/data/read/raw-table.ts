// What each reader makes of its file: rows of cells as text, before anyone asks what the columns mean.

export interface RawTable {
  readonly rows: readonly (readonly string[])[];
  /** Line of the file, or row of the sheet, on which each row starts. */
  readonly lines: readonly number[];
  /** What `lines` counts. */
  readonly unit: "line" | "row";
  /** Names that the format itself gives, as JSON's keys do; null where the first row may be the header. */
  readonly columns: readonly string[] | null;
  /** Empty lines between the rows, which are no rows. */
  readonly blankLines: number;
}
