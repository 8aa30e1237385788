// Counts with their nouns.
import { formatCount } from "../../lib/format.ts";

/** A count with its noun: "1 row", "2,400 rows". */
export const count = (value: number, one: string, many: string) =>
  `${formatCount(value)} ${value === 1 ? one : many}`;
