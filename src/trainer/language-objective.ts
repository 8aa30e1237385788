// The objective of a causal language model: cross-entropy of each next token that counts, its mean over all of an update's tokens
// (`num_items_in_batch`). Its "logits" are hidden states: the product with the vocabulary is part of the loss.
import * as tf from "@tensorflow/tfjs-core";
import type { LanguageBatch } from "../data/collate-language.ts";
import type { CapturedForward } from "../engine/capture/captured-forward.ts";
import type { TrainingNoise } from "../models/model.ts";
import { ignoredLabel } from "../ops/linear-cross-entropy/linear-cross-entropy.ts";
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
    itemCount: ({ labels }) => countTargets(labels),
    lossSum(states, { labels }, tell) {
      const sums = languageLoss(model, states, labels, labelSmoothing);
      const own = sums.slice([1], [1]);
      if (tell !== undefined) tell(own);
      else {
        hits.push(tf.keep(own));
        count += countTargets(labels);
      }
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

/** How many of an update's targets count. */
export const countTargets = (labels: Int32Array): number =>
  labels.reduce((count, label) => count + (label === ignoredLabel ? 0 : 1), 0);

/** A batch as an update takes it. */
export function languageMicroBatch(
  model: LanguageModel,
  given: LanguageBatch,
  noise?: TrainingNoise,
): MicroBatch {
  const batch = padTargets(given);
  return {
    labels: batch.targets,
    logits: () => predictingStates(model, batch, noise),
    captured: { ...languageInputs(batch), ...(noise && { noise }) },
  };
}

/** A GPU replays the step of batches that are alike: the targets are filled up with some that do not count to one of eight counts. */
function padTargets(batch: LanguageBatch): LanguageBatch {
  const { predictors, targets, batchSize, length } = batch;
  if (tf.getBackend() !== "webgpu" || targets.length === 0) return batch;
  const step = Math.ceil((batchSize * length) / 8);
  const padded = Math.ceil(targets.length / step) * step;
  const [places, ids] = [new Int32Array(padded), new Int32Array(padded).fill(ignoredLabel)];
  places.set(predictors);
  ids.set(targets);
  return { ...batch, predictors: places, targets: ids };
}

/** The arrays of a batch that `predictingStates` reads, and a word for their sizes. */
function languageInputs({ inputIds, attentionMask, predictors, ...batch }: LanguageBatch) {
  return {
    key: `${batch.batchSize}x${batch.length}, ${predictors.length} targets`,
    inputs: { inputIds, attentionMask, predictors },
  };
}

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

/** Scores all batches without gradients, with the label smoothing of the training, as the Trainer does. `nextTask` is awaited between them. A batch without a target counts for nothing. `forward` replays the passes where the back end does. */
export async function evaluateLanguage(
  model: LanguageModel,
  batches: Iterable<LanguageBatch>,
  nextTask: () => Promise<void>,
  labelSmoothing = 0,
  forward?: CapturedForward,
): Promise<LanguageEvaluation> {
  let weighted = 0;
  let losses = 0;
  let hits = 0;
  let rows = 0;
  let tokens = 0;
  for (const given of batches) {
    const batch = padTargets(given);
    const count = given.targets.length;
    rows += batch.rows;
    if (count === 0) continue;
    const compute = () =>
      languageLoss(model, predictingStates(model, batch), batch.targets, labelSmoothing);
    const [loss = Number.NaN, hit = 0] =
      forward === undefined ? await readOnce(compute) : await replay(forward, batch, compute);
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

async function readOnce(compute: () => tf.Tensor): Promise<ArrayLike<number> & Iterable<number>> {
  const sums = tf.tidy(compute);
  try {
    return await sums.data();
  } finally {
    sums.dispose();
  }
}

async function replay(
  forward: CapturedForward,
  batch: LanguageBatch,
  compute: () => tf.Tensor,
): Promise<ArrayLike<number> & Iterable<number>> {
  const { key, inputs } = languageInputs(batch);
  const all = { ...inputs, targets: batch.targets };
  const [sums] = await forward.run({
    ...{ key: `evaluate ${key}`, inputs: all },
    compute: () => [compute()],
  });
  return sums ?? [];
}
