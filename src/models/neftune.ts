// NEFTune (Jain et al. 2023, https://arxiv.org/abs/2310.05914): uniform noise on the word embeddings while a run trains.
import * as tf from "@tensorflow/tfjs-core";
import { drawBits } from "../ops/dropout/dropout-mask.ts";
import type { ModelContext } from "./model.ts";

/**
 * Adds U(-a, a) with a = alpha / sqrt(seq * width) to word embeddings `[rows, width]`, as transformers' hook does; gives them
 * back outside of training.
 * @param seq length of the padded batch.
 */
export function addEmbeddingNoise(
  { noise }: ModelContext,
  site: string,
  words: tf.Tensor2D,
  seq: number,
): tf.Tensor2D {
  if (noise === undefined || noise.neftuneAlpha === 0) return words;
  const [key0, key1] = noise.keyOf(`${site}.neftune`);
  const reach = noise.neftuneAlpha / Math.sqrt(seq * words.shape[1]);
  const values = Float32Array.from(
    { length: words.size },
    (_, index) => (drawBits(index, key0, key1) / 2 ** 31 - 1) * reach,
  );
  return tf.add(words, tf.tensor2d(values, words.shape));
}
