// How much of the vocabulary is in work at a time.

/** Bytes of the logits of one block. */
export const blockBytes = 16 * 1024 ** 2;

/** Classes of a block: whole panels of the matrix product, and at least some of them however many rows there are. */
export function blockSize(rows: number, vocabulary: number, bytes = blockBytes): number {
  const fitting = Math.floor(bytes / 4 / Math.max(1, rows));
  return Math.min(vocabulary, Math.max(64, Math.floor(fitting / 8) * 8));
}
