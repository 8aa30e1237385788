// Rows of a language model that repeat: within the training rows, within the held-out ones, and from one to the other.
import { contentKey, type PreparedLanguage } from "./language-rows.ts";

export interface Repeats {
  /** Every row but the first of those that are alike, and those left out for it. */
  readonly duplicates: readonly number[];
  /** Training rows that are held out too, and those left out for it. */
  readonly leaks: readonly number[];
  /** Different contents among `leaks`. */
  readonly leakGroups: number;
}

/** Finds rows with the same content; their indices in the table, in its order. */
export function findRepeats(
  prepared: Pick<PreparedLanguage, "train" | "evaluation" | "all" | "skipped" | "evaluationStart">,
): Repeats {
  const { train, evaluation, all, skipped, evaluationStart } = prepared;
  const heldOut = new Set(evaluation.map(contentKey));
  const leftOut = new Set(skipped.flatMap(({ row, reason }) => (reason === "leak" ? [row] : [])));
  const leaks = [
    ...train.filter((record) => heldOut.has(contentKey(record))),
    ...all.filter(({ row }) => leftOut.has(row)),
  ];
  const seen = new Set<string>();
  const repeats = [...train, ...evaluation]
    .toSorted((a, b) => a.row - b.row)
    .filter((record) => {
      const key = `${record.row >= evaluationStart}${contentKey(record)}`;
      const isKnown = seen.has(key);
      seen.add(key);
      return isKnown;
    });
  const left = skipped.flatMap(({ row, reason }) => (reason === "duplicate" ? [row] : []));
  return {
    duplicates: [...repeats.map(({ row }) => row), ...left].toSorted((a, b) => a - b),
    leaks: leaks.map(({ row }) => row).toSorted((a, b) => a - b),
    leakGroups: new Set(leaks.map(contentKey)).size,
  };
}
