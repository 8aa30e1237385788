// NEFTune (Jain et al. 2023, https://arxiv.org/abs/2310.05914): uniform noise on the word embeddings while a run trains.
import type * as tf from "@tensorflow/tfjs-core";
import { addUniformNoise } from "../ops/dropout/dropout.ts";
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
  const reach = noise.neftuneAlpha / Math.sqrt(seq * words.shape[1]);
  return addUniformNoise(words, reach, noise.keyOf(`${site}.neftune`));
}
