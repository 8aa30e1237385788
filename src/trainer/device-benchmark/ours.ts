// The studio's own training steps, captured: a BERT classifier and causal decoders.
import * as tf from "@tensorflow/tfjs-core";
import { createCapturedSteps } from "../../engine/capture/captured-steps.ts";
import { takeGradients } from "../../engine/variable-gradients.ts";
import { findArchitecture } from "../../models/registry.ts";
import { linearCrossEntropy } from "../../ops/linear-cross-entropy/linear-cross-entropy.ts";
import {
  batchInputs,
  createClassifier,
  disposeClassifier,
  logitsOf,
  trainingNoise,
} from "../classifier.ts";
import { createLanguageModel } from "../language-model.ts";
import { createLanguageObjective, languageMicroBatch } from "../language-objective.ts";
import { createObjective } from "../objective.ts";
import { adamw } from "../optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer, type Trainable } from "../optimizers/optimizer.ts";
import type { MicroBatch, UpdateOptions } from "../train-step.ts";
import { createUpdater } from "../updater.ts";
import { adam, idsOf, learningRate, type Size } from "./size.ts";

/** A side that trains: one step at a time. */
export interface Contender {
  readonly tensors: number;
  readonly parameters: number;
  step(): Promise<number>;
  /** Why it is not what it should be, if so. */
  readonly problem: string | null;
  dispose(): void;
}

/** What a contender is made of: its parameters, its loss and its batches. */
interface Parts {
  readonly parameters: Trainable;
  readonly objective: UpdateOptions["objective"];
  batchOf(step: number): MicroBatch;
}

const makers = {
  bert: bertParts,
  llama: (size: Size) => decoderParts(size, { model_type: "llama" }),
  gpt2: (size: Size) =>
    decoderParts(size, {
      ...{ model_type: "gpt2", n_embd: size.width, n_layer: size.layers, n_head: size.heads },
      ...{ n_inner: size.inner, n_positions: size.seq },
    }),
  // Every layer sees a window of a quarter of the text.
  gemma3_text: (size: Size) =>
    decoderParts(size, {
      ...{ model_type: "gemma3_text", head_dim: size.width / size.heads },
      ...{ sliding_window: size.seq / 4, query_pre_attn_scalar: size.width / size.heads },
    }),
};
export type ModelKind = keyof typeof makers;

export function createOurs(size: Size, kind: ModelKind): Contender {
  const { parameters, objective, batchOf } = makers[kind](size);
  const rule = adamw(adam);
  const state = initOptimizer(rule, parameters);
  const steps = createCapturedSteps();
  const updater = createUpdater({
    ...{ trainable: parameters, rule, state, steps },
    settings: { objective, weightDecay: 0.01, maxGradNorm: 1 },
  });
  let step = 0;
  const sizes = [...parameters.values()].map((parameter) => parameter.size);
  return {
    tensors: sizes.length,
    parameters: sizes.reduce((sum, own) => sum + own, 0),
    async step() {
      const batch = batchOf(step);
      step += 1;
      return (await updater.step([batch], learningRate)).loss;
    },
    get problem() {
      return steps?.report.find(({ reason }) => reason !== null)?.reason ?? null;
    },
    dispose() {
      updater.dispose();
      steps?.dispose();
      disposeOptimizer(state);
      disposeClassifier({ parameters });
    },
  };
}

const noiseOf = (step: number) => trainingNoise({ seed: 1, neftune_noise_alpha: null }, step, 0);

/** A classifier with dropout as BERT has it. */
function bertParts(size: Size): Parts {
  const { layers, width, heads, inner, vocabulary, batch: batchSize, seq: length } = size;
  const architecture = findArchitecture("bert");
  const config = architecture.configSchema.parse({
    ...{ model_type: "bert", vocab_size: vocabulary, hidden_size: width },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, intermediate_size: inner },
    max_position_embeddings: length,
  });
  const classifier = createClassifier({
    ...{ architecture, config, labels: ["a", "b"], weights: new Map(), seed: 1 },
  });
  return {
    parameters: classifier.parameters,
    objective: createObjective("single_label_classification"),
    batchOf(step) {
      const labels = Int32Array.from({ length: batchSize }, (_, row) => row % 2);
      const batch = { ...tokensOf(size), labels, batchSize, length };
      const noise = noiseOf(step);
      const captured = { ...batchInputs(batch), noise };
      return { labels, logits: () => logitsOf(classifier, batch, noise), captured };
    },
  };
}

/** A causal language model with its default dropout, which GPT-2 alone has. */
function decoderParts(size: Size, own: { readonly model_type: string }): Parts {
  const { layers, width, heads, inner, vocabulary, batch: batchSize, seq: length } = size;
  const architecture = findArchitecture(own.model_type);
  const config = architecture.configSchema.parse({
    ...{ ...own, vocab_size: vocabulary, hidden_size: width },
    ...{ num_hidden_layers: layers, num_attention_heads: heads, intermediate_size: inner },
    max_position_embeddings: length,
  });
  const model = createLanguageModel({ architecture, config, weights: new Map(), seed: 1 });
  return {
    parameters: model.parameters,
    objective: createLanguageObjective(model),
    batchOf(step) {
      const { inputIds, ...rest } = tokensOf(size);
      const predictors = Int32Array.from({ length: batchSize * length }, (_, i) => i).filter(
        (place) => (place + 1) % length !== 0,
      );
      const targets = predictors.map((place) => inputIds[place + 1] ?? 0);
      const sizes = { batchSize, length, rows: batchSize };
      const batch = { inputIds, ...rest, predictors, targets, ...sizes };
      return languageMicroBatch(model, batch, noiseOf(step));
    },
  };
}

const tokensOf = (size: Size) => ({
  inputIds: idsOf(size),
  attentionMask: new Int32Array(size.batch * size.seq).fill(1),
  tokens: size.batch * size.seq,
});

/** Bytes that a language model's loss takes beyond its hidden states, their gradient and the gradient of its table. Nothing is run. */
export async function countLossBytes(
  rows: number,
  width: number,
  vocabulary: number,
): Promise<number> {
  const variables = [
    [rows, width],
    [vocabulary, width],
  ].map((shape) => tf.variable(tf.zeros(shape))) as [tf.Variable, tf.Variable];
  const steps = createCapturedSteps();
  if (steps === undefined) throw new Error("WebGPU does not run.");
  const labels = new Int32Array(rows);
  const [hidden, weight] = variables as unknown as [tf.Tensor2D, tf.Tensor2D];
  const lossOf = () => linearCrossEntropy(hidden, weight, labels).slice([0], [1]).asScalar();
  await steps.prepare({
    ...{ key: "loss", inputs: { labels } },
    body: () => takeGradients(lossOf, variables, (gradient) => gradient.dispose()).dispose(),
  });
  const [problem] = steps.report.map(({ reason }) => reason);
  if (problem !== null) throw new Error(problem);
  const own = 4 * (hidden.size + weight.size);
  const bytes = steps.bytes - own;
  steps.dispose();
  tf.dispose(variables);
  return bytes;
}
