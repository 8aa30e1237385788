// The studio's own training step: captured, with dropout as BERT has it.
import { createCapturedSteps } from "../../src/engine/capture/captured-steps.ts";
import { findArchitecture } from "../../src/models/registry.ts";
import {
  batchInputs,
  createClassifier,
  disposeClassifier,
  logitsOf,
  trainingNoise,
} from "../../src/trainer/classifier.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../src/trainer/optimizers/optimizer.ts";
import { createUpdater } from "../../src/trainer/updater.ts";
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

export function createOurs(size: Size): Contender {
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
  const rule = adamw(adam);
  const state = initOptimizer(rule, classifier.parameters);
  const steps = createCapturedSteps();
  const updater = createUpdater({
    ...{ trainable: classifier.parameters, rule, state, steps },
    settings: {
      objective: createObjective("single_label_classification"),
      ...{ weightDecay: 0.01, maxGradNorm: 1 },
    },
  });
  let step = 0;
  const sizes = [...classifier.parameters.values()].map((parameter) => parameter.size);
  return {
    tensors: sizes.length,
    parameters: sizes.reduce((sum, own) => sum + own, 0),
    async step() {
      const labels = Int32Array.from({ length: batchSize }, (_, row) => row % 2);
      const attentionMask = new Int32Array(batchSize * length).fill(1);
      const tokens = batchSize * length;
      const batch = { inputIds: idsOf(size), attentionMask, labels, batchSize, length, tokens };
      const noise = trainingNoise({ seed: 1, neftune_noise_alpha: null }, step, 0);
      step += 1;
      const captured = { ...batchInputs(batch), noise };
      const logits = () => logitsOf(classifier, batch, noise);
      return (await updater.step([{ labels, logits, captured }], learningRate)).loss;
    },
    get problem() {
      return steps?.report.find(({ reason }) => reason !== null)?.reason ?? null;
    },
    dispose() {
      updater.dispose();
      steps?.dispose();
      disposeOptimizer(state);
      disposeClassifier(classifier);
    },
  };
}
