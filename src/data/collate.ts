// Puts tokenised examples of unequal length into one padded batch.

export interface Example {
  readonly ids: readonly number[];
  /** Of a pair: 0 for the tokens of the first text, 1 for those of the second. */
  readonly typeIds?: readonly number[] | undefined;
  /** Class index. */
  readonly label: number;
  /** One entry an output, where the target is no class: a regression's numbers, or 1 for each label of a set. */
  readonly values?: readonly number[] | undefined;
}

/** A padded batch, row by row. */
export interface TokenBatch {
  /** `[batchSize, length]`. */
  readonly inputIds: Int32Array;
  /** `[batchSize, length]`; 1 for a token, 0 for padding. */
  readonly attentionMask: Int32Array;
  /** `[batchSize, length]`; absent where no example is a pair. */
  readonly tokenTypeIds?: Int32Array;
  /** `[batchSize]`. */
  readonly labels: Int32Array;
  /** `[batchSize, outputs]`; absent where the targets are classes. */
  readonly values?: Float32Array;
  readonly batchSize: number;
  readonly length: number;
  /** Tokens that are not padding. */
  readonly tokens: number;
}

/** How a batch is padded. */
export interface Padding {
  readonly backend: string;
  /** Longest input of the model: padding never goes beyond it. */
  readonly longest: number;
}

/**
 * The length that a batch is padded to. Few different lengths occur, because a back end keeps buffers and plans for each:
 * multiples of 4 on the processor, four lengths an octave on a GPU (8, 16, … 64, 80, 96, 112, 128, 160, …).
 */
export function bucketLength(longest: number, backend: string): number {
  const step = backend === "webgpu" ? Math.max(8, 2 ** (Math.ceil(Math.log2(longest)) - 3)) : 4;
  return Math.ceil(longest / step) * step;
}

/** Pads examples on the right with `padId` to the longest of them, rounded up to a bucket. */
export function collate(
  examples: readonly Example[],
  padId: number,
  padding: Padding = { backend: "wasm", longest: Number.POSITIVE_INFINITY },
): TokenBatch {
  const longest = Math.max(1, ...examples.map(({ ids }) => ids.length));
  const bucket = bucketLength(longest, padding.backend);
  const length = Math.max(longest, Math.min(bucket, padding.longest));
  const inputIds = new Int32Array(examples.length * length).fill(padId);
  const attentionMask = new Int32Array(examples.length * length);
  examples.forEach(({ ids }, row) => {
    inputIds.set(ids, row * length);
    attentionMask.fill(1, row * length, row * length + ids.length);
  });
  return {
    inputIds,
    attentionMask,
    ...tokenTypes(examples, length),
    labels: Int32Array.from(examples, ({ label }) => label),
    ...targetValues(examples),
    batchSize: examples.length,
    length,
    tokens: examples.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

function tokenTypes(
  examples: readonly Example[],
  length: number,
): Pick<TokenBatch, "tokenTypeIds"> {
  if (examples.every(({ typeIds }) => typeIds === undefined)) return {};
  const tokenTypeIds = new Int32Array(examples.length * length);
  examples.forEach(({ typeIds = [] }, row) => {
    tokenTypeIds.set(typeIds, row * length);
  });
  return { tokenTypeIds };
}

function targetValues(examples: readonly Example[]): Pick<TokenBatch, "values"> {
  if (examples.every(({ values }) => values === undefined)) return {};
  return { values: Float32Array.from(examples.flatMap(({ values = [] }) => values)) };
}
