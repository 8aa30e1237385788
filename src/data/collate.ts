// Puts tokenised examples of unequal length into one padded batch.

export interface Example {
  readonly ids: readonly number[];
  /** Class index. */
  readonly label: number;
}

/** A padded batch, row by row. */
export interface TokenBatch {
  /** `[batchSize, length]`. */
  readonly inputIds: Int32Array;
  /** `[batchSize, length]`; 1 for a token, 0 for padding. */
  readonly attentionMask: Int32Array;
  /** `[batchSize]`. */
  readonly labels: Int32Array;
  readonly batchSize: number;
  readonly length: number;
  /** Tokens that are not padding. */
  readonly tokens: number;
}

/** Lengths are rounded up to this, so that few different shapes occur: a back end keeps buffers for each one. */
const bucket = 4;

/** Pads examples on the right with `padId` to the longest of them, rounded up to a bucket. */
export function collate(examples: readonly Example[], padId: number): TokenBatch {
  const longest = Math.max(1, ...examples.map(({ ids }) => ids.length));
  const length = Math.ceil(longest / bucket) * bucket;
  const inputIds = new Int32Array(examples.length * length).fill(padId);
  const attentionMask = new Int32Array(examples.length * length);
  examples.forEach(({ ids }, row) => {
    inputIds.set(ids, row * length);
    attentionMask.fill(1, row * length, row * length + ids.length);
  });
  return {
    inputIds,
    attentionMask,
    labels: Int32Array.from(examples, ({ label }) => label),
    batchSize: examples.length,
    length,
    tokens: examples.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}
