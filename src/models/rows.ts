// A batch as rows of a matrix, one a token. Padding is a row or it is left out: a model that works on rows does not know.
import * as tf from "@tensorflow/tfjs-core";
import { attention, packedAttention } from "../ops/attention/attention.ts";
import { embedding } from "../ops/embedding/embedding.ts";
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
  /** qkv is `[rows, 3 * width]`, queries, keys and values; gives `[rows, width]`. No token attends to another text or to padding. */
  attention(qkv: tf.Tensor2D, heads: number): tf.Tensor2D;
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
    seq,
    inputIds,
    ids,
    positions: layout.pick(places),
    typeIds: tokenTypeIds === undefined ? tf.zerosLike(ids) : layout.pick(tokenTypeIds),
  };
}

type Layout = Pick<Rows, "pick" | "attention" | "first" | "mean">;

/** Every position of the padded batch is a row. */
function padded({ inputIds, attentionMask }: EncoderInputs): Layout {
  const [batch, seq] = inputIds.shape;
  const mask = tf.reshape(tf.cast(attentionMask, "float32"), [batch, seq, 1]);
  return {
    pick: (matrix) => tf.reshape(matrix, [batch * seq]),
    attention: (qkv, heads) => attention(qkv, attentionMask, heads),
    first: (hidden) => embedding(hidden, tf.range(0, batch * seq, seq, "int32")),
    mean(hidden) {
      const tokens = tf.mul(tf.reshape(hidden, [batch, seq, hidden.shape[1]]), mask);
      return tf.div(tf.sum(tokens, 1), tokenCounts(attentionMask));
    },
  };
}

/** Only tokens are rows: about half the work for a batch of sentences. */
function packed({ inputIds, attentionMask }: EncoderInputs, places: tf.Tensor1D): Layout {
  const [batch, seq] = inputIds.shape;
  // Half a place further, so that no back end's division can round below a whole number.
  const texts = tf.cast(tf.floor(tf.div(tf.add(places, 0.5), seq)), "int32") as tf.Tensor1D; // [rows]
  const isOfText = membership(texts, batch);
  const sameText: tf.Tensor2D = tf.matMul(isOfText, tf.transpose(isOfText)); // [rows, rows]
  return {
    pick: (matrix) => tf.gather(tf.reshape(matrix, [batch * seq]), places),
    attention: (qkv, heads) => packedAttention(qkv, sameText, heads),
    first: (hidden) => embedding(hidden, firstRows(attentionMask, places.size)),
    mean: (hidden) => tf.div(tf.matMul(tf.transpose(isOfText), hidden), tokenCounts(attentionMask)),
  };
}

/** float32 `[rows, batch]`; 1 where the row belongs to the text. */
function membership(texts: tf.Tensor1D, batch: number): tf.Tensor2D {
  // tf.oneHot refuses a depth of 1.
  if (batch === 1) return tf.ones([texts.size, 1]);
  return tf.cast(tf.oneHot(texts, batch), "float32") as tf.Tensor2D;
}

/** int32 `[batch]`: the row of each text's first token among `rows`. A text without tokens gets some row of another. */
function firstRows(attentionMask: tf.Tensor2D, rows: number): tf.Tensor1D {
  const before = tf.cumsum(tf.sum(attentionMask, 1), 0, true) as tf.Tensor1D;
  return tf.minimum(before, tf.scalar(rows - 1, "int32"));
}

/** `[batch, 1]`, at least 1. */
function tokenCounts(attentionMask: tf.Tensor2D): tf.Tensor2D {
  return tf.maximum(tf.sum(tf.cast(attentionMask, "float32"), 1, true), 1);
}
