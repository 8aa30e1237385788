// A causal language model in memory: an architecture, its parameters as variables, and its loss. It owns the variables.
import * as tf from "@tensorflow/tfjs-core";
import type { LanguageBatch } from "../data/collate-language.ts";
import { stepInput } from "../engine/capture/step-inputs.ts";
import { languageStages, listParameters, runLayers } from "../models/forward.ts";
import type { Architecture, LanguageHead, ModelContext, TrainingNoise } from "../models/model.ts";
import { parameter } from "../models/parameter.ts";
import { toRows } from "../models/rows.ts";
import { embedding } from "../ops/embedding/embedding.ts";
import { linear } from "../ops/linear/linear.ts";
import { linearCrossEntropy } from "../ops/linear-cross-entropy/linear-cross-entropy.ts";
import { createVariables, packedPositions } from "./classifier.ts";

export interface LanguageModel {
  readonly architecture: Architecture;
  readonly head: LanguageHead<unknown>;
  /** config.json as the architecture reads it. */
  readonly config: unknown;
  /** Every parameter, under its Hugging Face name. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Whether each layer is computed again on the way back instead of kept. */
  readonly gradientCheckpointing?: boolean;
}

/** Builds a language model. Parameters that `weights` does not hold are drawn from `seed`. */
export function createLanguageModel(options: {
  architecture: Architecture;
  config: unknown;
  weights: ReadonlyMap<string, Float32Array>;
  seed: number;
  gradientCheckpointing?: boolean;
}): LanguageModel {
  const { architecture, config, weights, seed, gradientCheckpointing = false } = options;
  const { head, stages } = languageStages(architecture, config);
  const parameters = createVariables(
    listParameters(stages),
    weights,
    architecture.basePrefix,
    seed,
  );
  return { architecture, head, config, parameters, gradientCheckpointing };
}

/**
 * The normalised last hidden states of the tokens whose next one counts: float32 `[targets, width]`. The logits of the others are
 * never computed. `noise` is given in training alone.
 */
export function predictingStates(
  model: LanguageModel,
  batch: LanguageBatch,
  noise?: TrainingNoise,
): tf.Tensor2D {
  const { architecture, head, config } = model;
  const context: ModelContext = {
    parameters: model.parameters,
    ...(noise === undefined ? {} : { noise }),
  };
  return tf.tidy(() => {
    const shape: [number, number] = [batch.batchSize, batch.length];
    const places = packedPositions(batch.attentionMask);
    const layOut = () =>
      toRows({
        inputIds: stepInput<tf.Rank.R2>(batch.inputIds, shape),
        attentionMask: stepInput<tf.Rank.R2>(batch.attentionMask, shape),
        ...(places === undefined ? {} : { tokenPositions: tf.tensor1d(places, "int32") }),
      });
    const again = model.gradientCheckpointing === true ? { layOutAgain: layOut } : {};
    const hidden = runLayers({ architecture, config, context, ...again }, layOut());
    const chosen = places === undefined ? batch.predictors : ranksOf(batch.predictors, places);
    return head.finish(
      context,
      config,
      embedding(hidden, stepInput<tf.Rank.R1>(chosen, [chosen.length])),
    );
  });
}

/** Sum of the targets' losses and count of right guesses: float32 `[2]`. */
export function languageLoss(
  { head, config, parameters }: LanguageModel,
  states: tf.Tensor2D,
  targets: Int32Array,
  labelSmoothing = 0,
): tf.Tensor1D {
  const weight = parameter<tf.Tensor2D>({ parameters }, `${head.weight(config)}.weight`);
  return linearCrossEntropy(states, weight, targets, labelSmoothing);
}

/** Logits `[rows, vocabulary]` of normalised hidden states. */
export function languageLogits(
  { head, config, parameters }: LanguageModel,
  states: tf.Tensor2D,
): tf.Tensor2D {
  return linear(states, parameter<tf.Tensor2D>({ parameters }, `${head.weight(config)}.weight`));
}

/** Where each of some positions stands in a list that holds them; both ascend. */
function ranksOf(positions: Int32Array, list: Int32Array): Int32Array {
  let rank = 0;
  return positions.map((position) => {
    while (list[rank] !== position) rank += 1;
    return rank;
  });
}
