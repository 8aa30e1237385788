// The stratified, seeded split: each class gives the same share of its rows to the evaluation.
import { randomPermutation } from "../lib/mersenne-twister.ts";

export interface Split {
  /** Indices into the labels given, in their order. */
  readonly train: readonly number[];
  readonly evaluation: readonly number[];
}

/**
 * Splits rows by their class indices. `fraction` of all rows is held out, shared among the classes by largest remainder;
 * every class keeps at least one training row. `mostTrainRows` thins the training rows in the same way. The same seed
 * gives the same split everywhere.
 */
export function stratifiedSplit(
  labels: readonly number[],
  classes: number,
  fraction: number,
  seed: number,
  mostTrainRows: number | null,
): Split {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (const index of randomPermutation(labels.length, seed))
    byClass[labels[index] ?? 0]?.push(index);

  const sizes = byClass.map((rows) => rows.length);
  const held = shares(sizes, Math.round(labels.length * fraction), 1);
  const kept = sizes.map((size, k) => size - (held[k] ?? 0));
  const total = kept.reduce((sum, count) => sum + count, 0);
  const wanted = mostTrainRows === null ? kept : shares(kept, Math.min(mostTrainRows, total), 0);

  const inOrder = (rows: number[]) => rows.sort((a, b) => a - b);
  return {
    evaluation: inOrder(byClass.flatMap((rows, k) => rows.slice(0, held[k]))),
    train: inOrder(
      byClass.flatMap((rows, k) => rows.slice(held[k] ?? 0, (held[k] ?? 0) + (wanted[k] ?? 0))),
    ),
  };
}

/** Deals `total` among classes in proportion to their sizes, by largest remainder, leaving `spare` in each. */
function shares(sizes: readonly number[], total: number, spare: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const room = sizes.map((size) => Math.max(0, size - spare));
  const exact = sizes.map((size) => (all === 0 ? 0 : (size * total) / all));
  const dealt = exact.map((share, k) => Math.min(Math.floor(share), room[k] ?? 0));
  const byRemainder = exact
    .map((share, k) => ({ k, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder || a.k - b.k);
  let missing =
    Math.min(
      total,
      room.reduce((sum, free) => sum + free, 0),
    ) - dealt.reduce((a, b) => a + b, 0);
  while (missing > 0) {
    for (const { k } of byRemainder) {
      if (missing === 0) break;
      if ((dealt[k] ?? 0) >= (room[k] ?? 0)) continue;
      dealt[k] = (dealt[k] ?? 0) + 1;
      missing -= 1;
    }
  }
  return dealt;
}
