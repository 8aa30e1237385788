// Scaled dot-product attention within each text of a batch, as composites of tfjs ops: for padded rows, and for rows without
// padding. The second takes matrix products of two dimensions only, which wasm has fast kernels for.
import * as tf from "@tensorflow/tfjs-core";

/** Far below any score and still finite: a row that is all padding gives even weights and not NaN. */
const forbiddenScore = -1e9;

/**
 * Bidirectional attention over a padded batch.
 * @param qkv the fused projection, `[batch * seq, 3 * hidden]`: queries, keys, values.
 * @param attentionMask int32 `[batch, seq]`; 1 for a token, 0 for padding, which no token attends to.
 * @returns `[batch * seq, hidden]`, the heads side by side.
 */
export function attention(
  qkv: tf.Tensor2D,
  attentionMask: tf.Tensor2D,
  heads: number,
): tf.Tensor2D {
  const [batch, seq] = attentionMask.shape;
  const hidden = qkv.shape[1] / 3;
  const headDim = hidden / heads;
  const toHeads = (x: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.reshape(x, [batch, seq, heads, headDim]), [0, 2, 1, 3]);
  const [q, k, v] = tf.split(qkv, 3, 1).map(toHeads) as [tf.Tensor, tf.Tensor, tf.Tensor];

  const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(headDim)), k, false, true); // [batch, heads, seq, seq]
  const bias = tf.reshape(scoreBias(attentionMask), [batch, 1, 1, seq]);
  const mixed = tf.matMul(tf.softmax(tf.add(scores, bias)), v); // [batch, heads, seq, headDim]
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * seq, hidden]);
}

/**
 * Bidirectional attention over the tokens of several texts, one after the other without padding. Scores between texts are
 * computed and forbidden: for short texts that is cheaper than many small products.
 * @param qkv `[tokens, 3 * hidden]`.
 * @param sameText float32 `[tokens, tokens]`; 1 where two tokens belong to one text, 0 elsewhere.
 * @returns `[tokens, hidden]`.
 */
export function packedAttention(
  qkv: tf.Tensor2D,
  sameText: tf.Tensor2D,
  heads: number,
): tf.Tensor2D {
  const bias = scoreBias(sameText);
  // Turned, because a head is then a block of whole rows, which is copied at once.
  const parts = tf.split(tf.transpose(qkv), 3 * heads, 0) as tf.Tensor2D[];
  const partOf = (kind: number, head: number): tf.Tensor2D =>
    parts[kind * heads + head] as tf.Tensor2D;
  const mixed = Array.from({ length: heads }, (_, head) =>
    attendInHead(partOf(0, head), partOf(1, head), partOf(2, head), bias),
  );
  return tf.transpose(tf.concat(mixed, 0));
}

/** Queries, keys and values of one head, each `[headDim, tokens]`, give `[headDim, tokens]`. */
function attendInHead(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  bias: tf.Tensor,
): tf.Tensor2D {
  const [headDim] = q.shape;
  const scores = tf.matMul(tf.transpose(tf.mul(q, 1 / Math.sqrt(headDim))), k); // [tokens, tokens]
  const weights: tf.Tensor2D = tf.softmax(tf.add(scores, bias));
  return tf.transpose(tf.matMul(weights, tf.transpose(v)));
}

/** 0 where attention is allowed, a very low score elsewhere. */
function scoreBias(allowed: tf.Tensor): tf.Tensor {
  return tf.mul(tf.sub(1, tf.cast(allowed, "float32")), forbiddenScore);
}
