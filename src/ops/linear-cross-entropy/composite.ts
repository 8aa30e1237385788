// The same loss as a composite of tfjs operations, block by block: the kernels' reference, and what other back ends run. There is no
// one-hot of the vocabulary: the label's share is a row of the weight, and its gradient a scatter.
import * as tf from "@tensorflow/tfjs-core";
import { blockSize } from "../../config/loss-block.ts";
import type { LossInputs } from "./linear-cross-entropy.ts";

/** Below any logit and still finite. */
const lowest = -1e30;

/** Loss and hits; the rows' denominators `[rows]`; no logits are kept. */
export function compositeLoss({
  hidden,
  weight,
  labels,
  smoothing,
  blockBytes: bytes,
}: LossInputs): tf.Tensor[] {
  const [rows, width] = hidden.shape;
  const vocabulary = weight.shape[0];
  const size = blockSize(rows, vocabulary, bytes);
  let highest: tf.Tensor = tf.fill([rows, 1], lowest);
  let totals: tf.Tensor = tf.zeros([rows, 1]);
  let sums: tf.Tensor = tf.zeros([rows, 1]);
  let best: tf.Tensor = tf.zeros([rows], "int32");
  for (let first = 0; first < vocabulary; first += size) {
    const count = Math.min(size, vocabulary - first);
    const next = tf.tidy(() => {
      const block = tf.slice(weight, [first, 0], [count, width]);
      const logits = tf.matMul(hidden, block, false, true);
      const top = tf.max(logits, 1, true);
      const isHigher = tf.reshape(tf.greater(top, highest), [rows]);
      const leader = tf.add(tf.argMax(logits, 1), tf.scalar(first, "int32"));
      const now = tf.maximum(top, highest);
      const earlier = tf.mul(totals, tf.exp(tf.sub(highest, now)));
      return [
        now,
        tf.add(earlier, tf.sum(tf.exp(tf.sub(logits, now)), 1, true)),
        tf.add(sums, tf.sum(logits, 1, true)),
        tf.where(isHigher, leader, best),
      ] as const;
    });
    tf.dispose([highest, totals, sums, best]);
    [highest, totals, sums, best] = next;
  }
  const denominators = tf.add(highest, tf.log(totals));
  const hit = tf.sum(tf.mul(hidden, labelRows(weight, labels)), 1, true);
  const plain = tf.sub(denominators, hit);
  const evenly = tf.sub(denominators, tf.div(sums, vocabulary));
  const losses = tf.add(tf.mul(plain, 1 - smoothing), tf.mul(evenly, smoothing));
  const counted = countedRows(labels);
  const loss = tf.sum(tf.mul(losses, counted));
  const hits = tf.sum(tf.cast(tf.equal(best, labels), "float32"));
  return [tf.stack([loss, hits]), denominators, tf.zeros([0, 0])];
}

/** Gradients by the hidden states and by the weight. */
export function compositeGradients(
  dy: tf.Tensor,
  { hidden, weight, labels, smoothing, blockBytes: bytes }: LossInputs,
  denominators: tf.Tensor,
  _logits: tf.Tensor2D,
): { hidden: tf.Tensor; weight: tf.Tensor } {
  const [rows, width] = hidden.shape;
  const vocabulary = weight.shape[0];
  const size = blockSize(rows, vocabulary, bytes);
  const factors = tf.mul(countedRows(labels), tf.reshape(tf.slice(dy, [0], [1]), [1, 1]));
  const parts: tf.Tensor2D[] = [];
  const own = tf.mul(factors, 1 - smoothing);
  let dHidden: tf.Tensor = tf.neg(tf.mul(labelRows(weight, labels), own));
  for (let first = 0; first < vocabulary; first += size) {
    const count = Math.min(size, vocabulary - first);
    const [share, dBlock] = tf.tidy(() => {
      const block = tf.slice(weight, [first, 0], [count, width]);
      const logits = tf.matMul(hidden, block, false, true);
      const probabilities = tf.exp(tf.sub(logits, denominators));
      const slopes: tf.Tensor2D = tf.mul(tf.sub(probabilities, smoothing / vocabulary), factors);
      return [
        tf.add(dHidden, tf.matMul(slopes, block)),
        tf.matMul(tf.transpose(slopes), hidden) as tf.Tensor2D,
      ] as const;
    });
    tf.dispose(dHidden);
    dHidden = share;
    parts.push(dBlock);
  }
  const targets = tf.reshape(places(labels), [rows, 1]);
  const scattered = tf.scatterND(targets, tf.mul(hidden, own), [vocabulary, width]);
  const whole = parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, 0);
  return { hidden: dHidden, weight: tf.sub(whole, scattered) };
}

/** The labels, with an ignored one as the first class. A plain number would make floats of them. */
const places = (labels: tf.Tensor1D): tf.Tensor1D =>
  tf.maximum(labels, tf.scalar(0, "int32")) as tf.Tensor1D;

/** The label's row of the weight, `[rows, width]`; some row for an ignored label. */
const labelRows = (weight: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor =>
  tf.gather(weight, places(labels));

/** 1 for a row that counts, else 0: `[rows, 1]`. */
const countedRows = (labels: tf.Tensor1D): tf.Tensor =>
  tf.reshape(tf.cast(tf.greaterEqual(labels, 0), "float32"), [-1, 1]);
