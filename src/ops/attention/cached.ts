// Attention of a few new tokens to those that a cache holds: one step of writing on, without a gradient. On wasm one new token a text
// is one kernel.
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernels, cpuKernels } from "../../engine/cpu/cpu-kernels.ts";

/** Far below any score and still finite. */
const forbiddenScore = -1e9;

interface CachedOptions {
  readonly heads: number;
  readonly keyHeads: number;
  readonly window?: number | undefined;
  /** What the scores are multiplied by; one over the root of the head's width where it is not given. */
  readonly scale?: number | undefined;
}

/**
 * New queries `[texts * new, heads * dim]` over all keys and values so far, each `[texts, length, keyHeads * dim]`, the new ones
 * last. Each token sees itself and those before it, the last `window` alone where that is given. Gives `[texts * new, heads * dim]`.
 */
export function cachedAttention(
  queries: tf.Tensor2D,
  keys: tf.Tensor3D,
  values: tf.Tensor3D,
  options: CachedOptions,
): tf.Tensor2D {
  const { heads, keyHeads, window } = options;
  const [texts, length] = keys.shape;
  const fresh = queries.shape[0] / texts;
  const width = queries.shape[1];
  const dim = width / heads;
  const group = heads / keyHeads;
  const { scale = 1 / Math.sqrt(dim) } = options;
  const kernels = cpuKernels();
  if (kernels !== undefined && fresh === 1 && dim % 4 === 0 && length <= mostScores) {
    const first = Math.max(0, length - (window ?? length));
    return attendOne(kernels, queries, keys, values, { heads, keyHeads, first, scale });
  }
  // The heads of queries that share a head of keys stand below one another: no key is copied.
  const q = tf.reshape(
    tf.transpose(tf.reshape(queries, [texts, fresh, keyHeads, group, dim]), [0, 2, 3, 1, 4]),
    [texts, keyHeads, group * fresh, dim],
  );
  const split = (x: tf.Tensor3D) =>
    tf.transpose(tf.reshape(x, [texts, length, keyHeads, dim]), [0, 2, 1, 3]);
  let scores: tf.Tensor = tf.matMul(tf.mul(q, scale), split(keys), false, true);
  const mask = hiddenKeys(fresh, length, window);
  if (mask !== undefined) {
    const spread = tf.reshape(scores, [texts * keyHeads * group, fresh, length]);
    scores = tf.reshape(tf.add(spread, tf.tensor2d(mask, [fresh, length])), scores.shape);
  }
  const mixed = tf.matMul(tf.softmax(scores), split(values));
  const apart = tf.reshape(mixed, [texts, keyHeads, group, fresh, dim]);
  return tf.reshape(tf.transpose(apart, [0, 3, 1, 2, 4]), [texts * fresh, width]);
}

/** Scores of one head that a thread has room for. */
const mostScores = 65_536;

function attendOne(
  kernels: CpuKernels,
  queries: tf.Tensor2D,
  keys: tf.Tensor3D,
  values: tf.Tensor3D,
  {
    heads,
    keyHeads,
    first,
    scale,
  }: { heads: number; keyHeads: number; first: number; scale: number },
): tf.Tensor2D {
  const [texts, length] = keys.shape;
  const dim = queries.shape[1] / heads;
  const out = kernels.output<tf.Rank.R2>(queries.shape);
  const addresses = [queries, keys, values, out].map((tensor) => kernels.address(tensor));
  const args = [...addresses, length, first, heads, keyHeads, dim, scale];
  // 10 microseconds are about 60,000 multiplications and additions of numbers that are read once.
  const grain = Math.max(1, Math.ceil(60_000 / (2 * dim * (length - first))));
  kernels.split("cachedAttentionForward", args, texts * heads, grain);
  return out;
}

/** What is added to the scores of each new token, or undefined where it sees all. */
function hiddenKeys(fresh: number, length: number, window = length): Float32Array | undefined {
  if (fresh === 1 && window >= length) return undefined;
  const mask = new Float32Array(fresh * length);
  for (let row = 0; row < fresh; row += 1) {
    const own = length - fresh + row;
    for (let key = 0; key < length; key += 1) {
      if (key > own || key <= own - window) mask[row * length + key] = forbiddenScore;
    }
  }
  return mask;
}
