// A batch as rows of a matrix, one a token. Padding is a row or it is left out: a model that works on rows does not know.
import * as tf from "@tensorflow/tfjs-core";
import {
  type AttentionOptions,
  attention,
  type Projections,
  turnProjections,
} from "../ops/attention/attention.ts";
import { cachedAttention } from "../ops/attention/cached.ts";
import { embedding } from "../ops/embedding/embedding.ts";
import { meanPool } from "../ops/mean-pool/mean-pool.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import type { TokenInputs } from "./model.ts";

/** The rows, and the operations that know which of them belong to one text. */
export interface Rows {
  /** Length of the padded batch. */
  readonly seq: number;
  /** int32 `[batch, seq]`, with its padding. */
  readonly inputIds: tf.Tensor2D;
  /** int32 `[rows]`. */
  readonly ids: tf.Tensor1D;
  /** int32 `[rows]`: the place of each token in its text, from 0. */
  readonly positions: tf.Tensor1D;
  /** int32 `[rows]`: which of two texts a token belongs to; 0 throughout for single texts. */
  readonly typeIds: tf.Tensor1D;
  /** The entries of an int32 `[batch, seq]` that are rows: int32 `[rows]`. */
  pick(matrix: tf.Tensor2D): tf.Tensor1D;
  /**
   * Queries, keys and values, each `[rows, width]` or side by side `[rows, 3 * width]`, give `[rows, width]`. No token attends
   * to another text or to padding. A decoder names its `layer`, from 0: its tokens see those of the past too. With `frequencies`,
   * radians a position of each pair, queries and keys are turned by their positions first.
   */
  attention(projections: Projections, options: RowsAttention): tf.Tensor2D;
  /** Each text's first token, `[batch, width]`. */
  first(hidden: tf.Tensor2D): tf.Tensor2D;
  /** Each text's last token, `[batch, width]`. */
  last(hidden: tf.Tensor2D): tf.Tensor2D;
  /** The mean of each text's tokens, `[batch, width]`; zeros for a text without tokens. */
  mean(hidden: tf.Tensor2D): tf.Tensor2D;
}

type RowsAttention = Omit<AttentionOptions, "turn"> & {
  readonly layer?: number;
  readonly frequencies?: Float32Array;
};

/** Lays a batch out: its tokens alone where `tokenPositions` names them, else every position. */
export function toRows(inputs: TokenInputs): Rows {
  const { inputIds, tokenTypeIds, tokenPositions, past } = inputs;
  const [batch, seq] = inputIds.shape;
  const before = past?.length ?? 0;
  const layout = tokenPositions === undefined ? padded(inputs) : packed(inputs, tokenPositions);
  const places: tf.Tensor2D = tf.tile(
    tf.reshape(tf.range(before, before + seq, 1, "int32"), [1, seq]),
    [batch, 1],
  );
  const ids = layout.pick(inputIds);
  const positions = layout.pick(places);
  const length = before + seq;
  return {
    ...layout,
    attention(projections, { frequencies, ...options }) {
      const turn = frequencies && { positions, frequencies, length };
      return past === undefined
        ? attention(projections, inputs, { ...options, turn })
        : attendWithPast(projections, inputs, past, { ...options, turn });
    },
    mean: (hidden) => meanPool(hidden, inputs),
    seq,
    inputIds,
    ids,
    positions,
    typeIds: tokenTypeIds === undefined ? tf.zerosLike(ids) : layout.pick(tokenTypeIds),
  };
}

/** New tokens see those of the cache, and join them. An empty cache costs nothing: the first tokens have each other alone. */
function attendWithPast(
  projections: Projections,
  inputs: TokenInputs,
  past: KeyValueCache,
  { turn, ...options }: AttentionOptions & { readonly layer?: number },
): tf.Tensor2D {
  const { heads, keyHeads = heads, layer = 0, window, scale } = options;
  const [texts, fresh] = inputs.inputIds.shape;
  const sizes = { heads, keyHeads, dim: (turn?.frequencies.length ?? 0) * 2 };
  const placed = turn === undefined ? projections : turnProjections(projections, sizes, turn);
  const [queries, keys, values] =
    placed instanceof tf.Tensor ? splitFused(placed, heads, keyHeads) : placed;
  const all = past.append(layer, {
    keys: tf.reshape(keys, [texts, fresh, -1]),
    values: tf.reshape(values, [texts, fresh, -1]),
  });
  if (past.length === 0) return attention([queries, keys, values], inputs, options);
  return cachedAttention(queries, all.keys, all.values, { heads, keyHeads, window, scale });
}

function splitFused(fused: tf.Tensor2D, heads: number, keyHeads: number) {
  const dim = fused.shape[1] / (heads + 2 * keyHeads);
  const sizes = [heads * dim, keyHeads * dim, keyHeads * dim];
  return tf.split(fused, sizes, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
}

type Layout = Pick<Rows, "pick" | "first" | "last">;

/** Every position of the padded batch is a row. */
function padded({ inputIds, attentionMask }: TokenInputs): Layout {
  const [batch, seq] = inputIds.shape;
  return {
    pick: (matrix) => tf.reshape(matrix, [batch * seq]),
    first: (hidden) => embedding(hidden, tf.range(0, batch * seq, seq, "int32")),
    last: (hidden) => {
      const starts = tf.range(0, batch * seq, seq, "int32");
      return embedding(hidden, tf.add(starts, before(tf.sum(attentionMask, 1))));
    },
  };
}

/** Only tokens are rows: about half the work for a batch of sentences. */
function packed({ inputIds, attentionMask }: TokenInputs, places: tf.Tensor1D): Layout {
  const [batch, seq] = inputIds.shape;
  return {
    pick: (matrix) => tf.gather(tf.reshape(matrix, [batch * seq]), places),
    first: (hidden) => embedding(hidden, firstRows(attentionMask, places.size)),
    last: (hidden) => {
      return embedding(hidden, before(tf.cumsum(tf.sum(attentionMask, 1), 0)));
    },
  };
}

/** One less than each count, but no less than 0. */
function before(counts: tf.Tensor): tf.Tensor1D {
  // A plain number would make floats of them.
  const [one, none] = [tf.scalar(1, "int32"), tf.scalar(0, "int32")];
  return tf.maximum(tf.sub(counts, one), none) as tf.Tensor1D;
}

/** int32 `[batch]`: the row of each text's first token among `rows`. A text without tokens gets some row of another. */
function firstRows(attentionMask: tf.Tensor2D, rows: number): tf.Tensor1D {
  const before = tf.cumsum(tf.sum(attentionMask, 1), 0, true) as tf.Tensor1D;
  return tf.minimum(before, tf.scalar(rows - 1, "int32"));
}
