// The memory that the page tells before a run is what the GPU's buffers come to, counted where they are created.

import { beforeAll, expect, test } from "vitest";
import { bytesAlive, takePeak } from "../../benchmarks/counts/count-api.ts";
import {
  estimateRunMemory,
  frozenRowsAtOnce,
  memorySubject,
  styleOf,
} from "../../src/config/run-memory.ts";
import type { TrainingMode } from "../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../src/config/training-arguments.ts";
import { collate } from "../../src/data/collate.ts";
import { collateLanguage } from "../../src/data/collate-language.ts";
import { createCapturedSteps } from "../../src/engine/capture/captured-steps.ts";
import { gpuBackend, purgeFreeBuffers } from "../../src/engine/gpu/gpu-backend.ts";
import { languageStages, listTrained } from "../../src/models/forward.ts";
import { findArchitecture } from "../../src/models/registry.ts";
import {
  batchInputs,
  createClassifier,
  disposeClassifier,
  logitsFrom,
  logitsOf,
  trainingNoise,
} from "../../src/trainer/classifier.ts";
import { frozenValues, readFrozenOutputs } from "../../src/trainer/frozen-outputs.ts";
import { createLanguageModel } from "../../src/trainer/language-model.ts";
import {
  createLanguageObjective,
  languageMicroBatch,
} from "../../src/trainer/language-objective.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import {
  disposeOptimizer,
  initOptimizer,
  type Trainable,
} from "../../src/trainer/optimizers/optimizer.ts";
import type { MicroBatch, UpdateOptions } from "../../src/trainer/train-step.ts";
import { createUpdater } from "../../src/trainer/updater.ts";
import { describeConfig } from "../../src/worker/describe-config.ts";
import { startForTests } from "./support/backends.ts";

beforeAll(() => startForTests("webgpu"));

const [rows, length] = [4, 64];
const sizes = {
  ...{ hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4, intermediate_size: 160 },
  ...{ vocab_size: 500, max_position_embeddings: 64 },
};

interface Side {
  readonly parameters: Trainable;
  readonly trainable: Trainable;
  readonly objective: UpdateOptions["objective"];
  batch(step: number): MicroBatch;
}

const named = (parameters: Trainable, names: readonly { name: string }[]): Trainable =>
  new Map([...parameters].filter(([name]) => names.some((each) => each.name === name)));

async function classifierSide(
  config: { readonly model_type: string },
  mode: TrainingMode,
): Promise<Side> {
  const architecture = findArchitecture(config.model_type);
  const parsed = architecture.configSchema.parse(config);
  const classifier = createClassifier({
    ...{ architecture, config: parsed, labels: ["a", "b"], weights: new Map(), seed: 1 },
  });
  const examples = Array.from({ length: frozenRowsAtOnce }, (_, row) => ({
    ids: Array.from({ length }, (__, i) => 1 + ((i * 7 + row * 31) % 499)),
    label: row % 2,
  }));
  const batch = collate(examples.slice(0, rows), 0, { backend: "webgpu", longest: length });
  const frozen = mode === "head" ? "base" : "nothing";
  // A run computes them before its first update, many rows at once.
  const all =
    frozen === "base" ? await readFrozenOutputs(classifier, collate(examples, 0), "base") : [];
  const outputs = all.slice(0, rows);
  return {
    parameters: classifier.parameters,
    trainable: named(
      classifier.parameters,
      listTrained(architecture.parameters(parsed, 2), frozen),
    ),
    objective: createObjective("single_label_classification"),
    batch(step) {
      const noise = trainingNoise({ seed: 1, neftune_noise_alpha: null }, step, 0);
      const { labels } = batch;
      const { key, inputs } = batchInputs(batch);
      if (frozen === "nothing") {
        return {
          labels,
          logits: () => logitsOf(classifier, batch, noise),
          captured: { key, inputs, noise },
        };
      }
      const known = frozenValues(outputs, batch, frozen);
      return {
        labels,
        logits: () => logitsFrom(classifier, batch, frozen, known.tensor(), noise),
        captured: { key, inputs: { ...inputs, frozen: known.values }, noise },
      };
    },
  };
}

async function languageSide(
  config: { readonly model_type: string },
  mode: TrainingMode,
): Promise<Side> {
  const architecture = findArchitecture(config.model_type);
  const parsed = architecture.configSchema.parse(config);
  const model = createLanguageModel({ architecture, config: parsed, weights: new Map(), seed: 1 });
  const { stages } = languageStages(architecture, parsed);
  const ids = Int32Array.from({ length }, (_, i) => (i * 7) % 500);
  const text = { ids, trained: new Uint8Array(length).fill(1) };
  const batch = collateLanguage(Array(rows).fill([text]), 0);
  return {
    parameters: model.parameters,
    trainable: named(model.parameters, listTrained(stages, mode === "head" ? "base" : "nothing")),
    objective: createLanguageObjective(model),
    batch: () => languageMicroBatch(model, batch),
  };
}

async function settle(): Promise<number> {
  const backend = gpuBackend();
  if (backend === undefined) throw new Error("No WebGPU.");
  purgeFreeBuffers(backend);
  await backend.queue.onSubmittedWorkDone();
  takePeak();
  return bytesAlive();
}

test.each([
  ["bert", "full"],
  ["bert", "head"],
  ["llama", "full"],
  ["llama", "head"],
] as const)("%s, %s: the estimate is within 15 % of the counted peak", async (model_type, mode) => {
  const config = { ...sizes, model_type };
  const before = await settle();
  const isLanguage = model_type !== "bert";
  const side = await (isLanguage ? languageSide : classifierSide)(config, mode);
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, side.trainable);
  const steps = createCapturedSteps();
  const updater = createUpdater({
    ...{ trainable: side.trainable, rule, state, steps },
    settings: { objective: side.objective, weightDecay: 0.01, maxGradNorm: 1 },
  });
  // The second update compares the plan with the step itself.
  for (let step = 0; step < 2; step += 1) await updater.step([side.batch(step)], 1e-4);
  const peak = takePeak() - before;
  const args = trainingArgumentsSchema.parse({
    ...{ per_device_train_batch_size: rows, per_device_eval_batch_size: rows },
    max_length: length,
  });
  const outline = describeConfig(JSON.stringify(config));
  const subject = memorySubject(outline, mode, 1, isLanguage ? "language" : 2);
  const estimate = estimateRunMemory(subject, args, [length], styleOf("webgpu"));
  updater.dispose();
  steps?.dispose();
  disposeOptimizer(state);
  disposeClassifier({ parameters: side.parameters });
  expect(estimate.total / peak).toBeGreaterThan(0.85);
  expect(estimate.total / peak).toBeLessThan(1.15);
});
