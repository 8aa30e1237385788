// A batch as rows of a matrix, one a token. Padding is a row or it is left out: a model that works on rows does not know.
import * as tf from "@tensorflow/tfjs-core";
import { attention, type Projections } from "../ops/attention/attention.ts";
import { embedding } from "../ops/embedding/embedding.ts";
import { meanPool } from "../ops/mean-pool/mean-pool.ts";
import type { attentionDropout } from "./dropout.ts";
import type { EncoderInputs } from "./model.ts";

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
   * to another text or to padding.
   */
  attention(
    projections: Projections,
    heads: number,
    dropout?: ReturnType<typeof attentionDropout>,
  ): tf.Tensor2D;
  /** Each text's first token, `[batch, width]`. */
  first(hidden: tf.Tensor2D): tf.Tensor2D;
  /** The mean of each text's tokens, `[batch, width]`; zeros for a text without tokens. */
  mean(hidden: tf.Tensor2D): tf.Tensor2D;
}

/** Lays a batch out: its tokens alone where `tokenPositions` names them, else every position. */
export function toRows(inputs: EncoderInputs): Rows {
  const { inputIds, tokenTypeIds, tokenPositions } = inputs;
  const [batch, seq] = inputIds.shape;
  const layout = tokenPositions === undefined ? padded(inputs) : packed(inputs, tokenPositions);
  const places: tf.Tensor2D = tf.tile(tf.reshape(tf.range(0, seq, 1, "int32"), [1, seq]), [
    batch,
    1,
  ]);
  const ids = layout.pick(inputIds);
  return {
    ...layout,
    attention: (projections, heads, dropout) =>
      attention(projections, inputs, dropout === undefined ? { heads } : { heads, dropout }),
    mean: (hidden) => meanPool(hidden, inputs),
    seq,
    inputIds,
    ids,
    positions: layout.pick(places),
    typeIds: tokenTypeIds === undefined ? tf.zerosLike(ids) : layout.pick(tokenTypeIds),
  };
}

type Layout = Pick<Rows, "pick" | "first">;

/** Every position of the padded batch is a row. */
function padded({ inputIds }: EncoderInputs): Layout {
  const [batch, seq] = inputIds.shape;
  return {
    pick: (matrix) => tf.reshape(matrix, [batch * seq]),
    first: (hidden) => embedding(hidden, tf.range(0, batch * seq, seq, "int32")),
  };
}

/** Only tokens are rows: about half the work for a batch of sentences. */
function packed({ inputIds, attentionMask }: EncoderInputs, places: tf.Tensor1D): Layout {
  const [batch, seq] = inputIds.shape;
  return {
    pick: (matrix) => tf.gather(tf.reshape(matrix, [batch * seq]), places),
    first: (hidden) => embedding(hidden, firstRows(attentionMask, places.size)),
  };
}

/** int32 `[batch]`: the row of each text's first token among `rows`. A text without tokens gets some row of another. */
function firstRows(attentionMask: tf.Tensor2D, rows: number): tf.Tensor1D {
  const before = tf.cumsum(tf.sum(attentionMask, 1), 0, true) as tf.Tensor1D;
  return tf.minimum(before, tf.scalar(rows - 1, "int32"));
}
