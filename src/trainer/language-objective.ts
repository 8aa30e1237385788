// The objective of a causal language model: cross-entropy of each next token that counts, its mean over all of an update's tokens
// (`num_items_in_batch`). Its "logits" are hidden states: the product with the vocabulary is part of the loss.
import * as tf from "@tensorflow/tfjs-core";
import type { LanguageBatch } from "../data/collate-language.ts";
import type { TrainingNoise } from "../models/model.ts";
import { type LanguageModel, languageLoss, predictingStates } from "./language-model.ts";
import type { MicroBatch, UpdateOptions } from "./train-step.ts";

export interface LanguageObjective extends Readonly<UpdateOptions["objective"]> {
  /** Share of the targets that had the highest logit since the last call, or null before the first. */
  takeAccuracy(): Promise<number | null>;
}

/** `labelSmoothing` is the Trainer's label_smoothing_factor. */
export function createLanguageObjective(
  model: LanguageModel,
  labelSmoothing = 0,
): LanguageObjective {
  let hits: tf.Tensor[] = [];
  let count = 0;
  return {
    itemCount: ({ labels }) => labels.length,
    lossSum(states, { labels }) {
      const sums = languageLoss(model, states, labels, labelSmoothing);
      hits.push(tf.keep(sums.slice([1], [1])));
      count += labels.length;
      return sums.slice([0], [1]).asScalar();
    },
    async takeAccuracy() {
      const [own, all] = [hits, count];
      hits = [];
      count = 0;
      const values = await Promise.all(own.map((hit) => hit.data()));
      tf.dispose(own);
      return all === 0 ? null : values.reduce((sum, [hit = 0]) => sum + hit, 0) / all;
    },
  };
}

/** A batch as an update takes it. */
export const languageMicroBatch = (
  model: LanguageModel,
  batch: LanguageBatch,
  noise?: TrainingNoise,
): MicroBatch => ({
  labels: batch.targets,
  logits: () => predictingStates(model, batch, noise),
});

/** How a language model does on held-out rows. */
export interface LanguageEvaluation {
  /** Sum over batches of rows times the batch's mean, divided by all rows, as the Trainer computes `eval_loss`. */
  readonly loss: number;
  readonly metrics: {
    /** Share of the tokens that had the highest logit, over all tokens, as run_clm.py computes it. */
    readonly accuracy: number;
    /** e to the power of `loss`, as run_clm.py computes it. */
    readonly perplexity: number;
  };
  /** Mean over all tokens: it does not depend on the batches. */
  readonly tokenLoss: number;
  readonly tokens: number;
  readonly rows: number;
}

/** Scores all batches without gradients, with the label smoothing of the training, as the Trainer does. `nextTask` is awaited between them. A batch without a target counts for nothing. */
export async function evaluateLanguage(
  model: LanguageModel,
  batches: Iterable<LanguageBatch>,
  nextTask: () => Promise<void>,
  labelSmoothing = 0,
): Promise<LanguageEvaluation> {
  let weighted = 0;
  let losses = 0;
  let hits = 0;
  let rows = 0;
  let tokens = 0;
  for (const batch of batches) {
    const count = batch.targets.length;
    rows += batch.rows;
    if (count === 0) continue;
    const sums = tf.tidy(() =>
      languageLoss(model, predictingStates(model, batch), batch.targets, labelSmoothing),
    );
    const [loss = Number.NaN, hit = 0] = await sums.data();
    sums.dispose();
    weighted += (loss / count) * batch.rows;
    losses += loss;
    hits += hit;
    tokens += count;
    await nextTask();
  }
  const loss = weighted / rows;
  return {
    loss,
    metrics: { accuracy: hits / tokens, perplexity: Math.exp(loss) },
    tokenLoss: losses / tokens,
    tokens,
    rows,
  };
}
