// Tells rows that are left out from those that are used.
import { type SkipReason, skipReasons, type TableRow } from "../../config/dataset.ts";

/** True for a row that neither trains nor is held out, for a reason of its own. */
export function isSkipped(use: TableRow["use"]): use is SkipReason {
  return skipReasons.some((reason) => reason === use);
}
