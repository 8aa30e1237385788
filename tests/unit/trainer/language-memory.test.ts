// The memory that is told before a run of a language model is what its step takes.
import { beforeAll, expect, test } from "vitest";
import { estimateRunMemory, memorySubject } from "../../../src/config/run-memory.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { collateLanguage } from "../../../src/data/collate-language.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { disposeClassifier } from "../../../src/trainer/classifier.ts";
import { createLanguageModel } from "../../../src/trainer/language-model.ts";
import {
  createLanguageObjective,
  languageMicroBatch,
} from "../../../src/trainer/language-objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { describeConfig } from "../../../src/worker/describe-config.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { watchHeap } from "../support/watch-heap.ts";

beforeAll(startWasmForTests);

const config = {
  ...{ model_type: "llama", hidden_size: 64, num_attention_heads: 4, num_hidden_layers: 4 },
  ...{ intermediate_size: 176, max_position_embeddings: 128, vocab_size: 300 },
};

test.each([
  ["keeps its layers", {}, {}],
  ["computes its layers again", {}, { gradient_checkpointing: true }],
  ["has a large tied vocabulary", { vocab_size: 30_000, tie_word_embeddings: true }, {}],
] as const)("a model that %s", async (_, change, asked) => {
  const [rows, length] = [4, 96];
  const own = { ...config, ...change };
  const args = trainingArgumentsSchema.parse({
    ...{ per_device_train_batch_size: rows, per_device_eval_batch_size: rows },
    ...asked,
  });
  const architecture = findArchitecture("llama");
  const heap = watchHeap();
  const model = createLanguageModel({
    ...{ architecture, config: architecture.configSchema.parse(own) },
    ...{ weights: new Map(), seed: 1 },
    gradientCheckpointing: args.gradient_checkpointing,
  });
  const ids = Int32Array.from({ length }, (__, place) => (place * 7) % 300);
  const text = { ids, trained: new Uint8Array(length).fill(1) };
  const batch = collateLanguage(Array(rows).fill([text]), 1);
  const objective = createLanguageObjective(model);
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, model.parameters);
  const options = { objective, learningRate: 1e-3, weightDecay: 0, maxGradNorm: 1 };
  await trainStep(model.parameters, rule, state, [languageMicroBatch(model, batch)], options);
  await objective.takeAccuracy();
  const subject = memorySubject(describeConfig(JSON.stringify(own)), "full", 1, "language");
  const { total } = estimateRunMemory(subject, args, [length], "kernels");
  expect(subject.allParameters).toBe(
    [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0),
  );
  const ratio = total / heap.peak;
  expect(ratio).toBeGreaterThan(0.9);
  expect(ratio).toBeLessThan(1.4);
  disposeOptimizer(state);
  disposeClassifier(model);
});
