// Attention as a composite of tfjs operations, forward and backward: the reference of the kernels, and what other back ends run.
import * as tf from "@tensorflow/tfjs-core";
import { drawBits, dropThreshold, keptScale } from "../dropout/dropout-mask.ts";
import type { AttentionShape } from "./attention.ts";
import type { TokenRows } from "./token-rows.ts";

/** Far below any score and still finite: the weights of a row that sees nothing are no NaN. */
const forbiddenScore = -1e9;

/** The output `[rows, heads * dim]` of queries, keys and values. */
export function compositeOutput(
  projections: readonly tf.Tensor2D[],
  tokens: TokenRows,
  shape: AttentionShape,
): tf.Tensor2D {
  const [q, k, v] = toHeads(projections, tokens, shape);
  const weights = computeWeights(q, k, tokens, shape);
  const factors = dropoutFactors(tokens, shape);
  return fromHeads(tf.matMul(multiply(weights, factors), v), tokens);
}

/** The gradients of queries, keys and values. */
export function compositeGradients(
  dy: tf.Tensor2D,
  projections: readonly tf.Tensor2D[],
  tokens: TokenRows,
  shape: AttentionShape,
): tf.Tensor2D[] {
  const [q, k, v] = toHeads(projections, tokens, shape);
  const upstream = splitHeads(toPadded(dy, tokens), tokens, shape.heads, shape.dim);
  const weights = computeWeights(q, k, tokens, shape);
  const factors = dropoutFactors(tokens, shape);
  const dV = tf.matMul(multiply(weights, factors), upstream, true, false);
  const slopes = multiply(tf.matMul(upstream, v, false, true), factors);
  const along = tf.sum(tf.mul(weights, slopes), -1, true);
  const dScores = tf.mul(tf.mul(weights, tf.sub(slopes, along)), shape.scale);
  const dQ = tf.matMul(dScores, k);
  const dK = tf.matMul(dScores, q, true, false);
  return [
    fromHeads(dQ, tokens),
    fromHeads(addGroups(dK, shape), tokens),
    fromHeads(addGroups(dV, shape), tokens),
  ];
}

const multiply = (x: tf.Tensor4D, factors: tf.Tensor | undefined): tf.Tensor4D =>
  factors === undefined ? x : tf.mul(x, factors);

/** `[batch, heads, seq, seq]`; zeros in a row that sees nothing. */
function computeWeights(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  { attentionMask }: TokenRows,
  { causal, window, scale }: AttentionShape,
): tf.Tensor4D {
  const [batch, seq] = attentionMask.shape;
  const mask = tf.cast(attentionMask, "float32");
  let seen: tf.Tensor = tf.reshape(mask, [batch, 1, 1, seq]);
  if (causal) {
    const places = tf.range(0, seq, 1, "int32");
    const isEarlier = tf.lessEqual(tf.reshape(places, [1, seq]), tf.reshape(places, [seq, 1]));
    seen = tf.mul(seen, tf.cast(isEarlier, "float32"));
    if (window > 0) {
      const first = tf.sub(tf.reshape(places, [seq, 1]), window - 1);
      const isNear = tf.greaterEqual(tf.reshape(places, [1, seq]), first);
      seen = tf.mul(seen, tf.cast(isNear, "float32"));
    }
  }
  const scores = tf.matMul(tf.mul(q, scale), k, false, true);
  const weights = tf.softmax(tf.add(scores, tf.mul(tf.sub(1, seen), forbiddenScore)));
  return tf.mul(weights, seen);
}

/** The factors of dropout, `[batch, heads, seq, seq]`. They count a text's places from its first, as if none before were padding. */
function dropoutFactors(
  { attentionMask }: TokenRows,
  { heads, rate, key0, key1 }: AttentionShape,
): tf.Tensor | undefined {
  if (rate === 0) return undefined;
  const [batch, seq] = attentionMask.shape;
  const threshold = dropThreshold(rate);
  const scale = keptScale(rate);
  const factors = new Float32Array(batch * heads * seq * seq);
  for (let row = 0; row < batch * heads * seq; row += 1) {
    const rowKey = drawBits(Math.floor(row / seq) * 65_536 + (row % seq), key0, key1);
    for (let key = 0; key < seq; key += 1) {
      const isKept = drawBits(key, rowKey, key1) >>> 8 >= threshold;
      factors[row * seq + key] = isKept ? scale : 0;
    }
  }
  return tf.tensor4d(factors, [batch, heads, seq, seq]);
}

function toHeads(
  projections: readonly tf.Tensor2D[],
  tokens: TokenRows,
  { heads, keyHeads, dim }: AttentionShape,
): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const [q, k, v] = projections.map((x, i) =>
    splitHeads(toPadded(x, tokens), tokens, i === 0 ? heads : keyHeads, dim),
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  if (keyHeads === heads) return [q, k, v];
  const group = heads / keyHeads;
  const keyHeadOf = Array.from({ length: heads }, (_, head) => Math.floor(head / group));
  const repeat = (x: tf.Tensor4D) => tf.gather(x, tf.tensor1d(keyHeadOf, "int32"), 1);
  return [q, repeat(k), repeat(v)];
}

/** The sum over the heads of queries that share a head of keys. */
function addGroups(x: tf.Tensor, { heads, keyHeads }: AttentionShape): tf.Tensor {
  if (keyHeads === heads) return x;
  const [batch, , seq, dim] = x.shape as [number, number, number, number];
  const grouped = tf.reshape(x, [batch * keyHeads, heads / keyHeads, seq * dim]);
  return tf.reshape(tf.sum(grouped, 1), [batch, keyHeads, seq, dim]);
}

/** `[batch * seq, heads * dim]` to `[batch, heads, seq, dim]`. */
function splitHeads(
  x: tf.Tensor2D,
  { attentionMask }: TokenRows,
  heads: number,
  dim: number,
): tf.Tensor4D {
  const [batch, seq] = attentionMask.shape;
  return tf.transpose(tf.reshape(x, [batch, seq, heads, dim]), [0, 2, 1, 3]);
}

function fromHeads(x: tf.Tensor, { attentionMask, tokenPositions }: TokenRows): tf.Tensor2D {
  const [batch, seq] = attentionMask.shape;
  const rows: tf.Tensor2D = tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * seq, -1]);
  return tokenPositions === undefined ? rows : tf.gather(rows, tokenPositions);
}

/** A row for each place, zeros in those of padding. */
function toPadded(x: tf.Tensor2D, { attentionMask, tokenPositions }: TokenRows): tf.Tensor2D {
  if (tokenPositions === undefined) return x;
  const positions = tf.reshape(tokenPositions, [tokenPositions.size, 1]);
  return tf.scatterND(positions, x, [attentionMask.size, x.shape[1]]);
}
