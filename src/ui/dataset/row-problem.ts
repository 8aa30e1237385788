// Tells rows that cannot be used from those that can.
import type { RowProblem, TableRow } from "../../config/dataset.ts";

/** True for a row with an empty text or label. */
export function isProblem(use: TableRow["use"]): use is RowProblem["reason"] {
  return use === "emptyText" || use === "emptyLabel" || use === "emptyBoth";
}
