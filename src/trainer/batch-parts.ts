// Micro-batches in parts, where one does not fit into a GPU's memory: an update keeps its rows, and its sums their meaning.

export interface BatchParts {
  /** Rows of a part at most. */
  readonly rows: number;
  /** The batches of an update, each cut into parts of at most so many rows. */
  cut(batches: readonly (readonly number[])[]): number[][];
  /** Halves the parts. False where they are single rows already. */
  halve(): boolean;
}

/** Whole batches of `rows` rows at first, or parts of at most `known` rows. */
export function createBatchParts(rows: number, known: number | null = null): BatchParts {
  let most = Math.min(rows, known ?? rows);
  return {
    get rows() {
      return most;
    },
    cut: (batches) =>
      batches.flatMap((batch) =>
        Array.from({ length: Math.ceil(batch.length / most) }, (_, part) =>
          batch.slice(part * most, (part + 1) * most),
        ),
      ),
    halve() {
      if (most <= 1) return false;
      most = Math.ceil(most / 2);
      return true;
    },
  };
}
