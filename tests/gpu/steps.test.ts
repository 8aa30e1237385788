// The same 20 steps with the real model on WebGPU (SwiftShader) and on wasm.
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { collate } from "../../src/data/collate.ts";
import { createCapturedSteps } from "../../src/engine/capture/captured-steps.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { MersenneTwister } from "../../src/lib/mersenne-twister.ts";
import { findArchitecture } from "../../src/models/registry.ts";
import {
  batchInputs,
  createClassifier,
  disposeClassifier,
  logitsOf,
} from "../../src/trainer/classifier.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../src/trainer/optimizers/optimizer.ts";
import { createUpdater } from "../../src/trainer/updater.ts";
import { startForTests } from "./support/backends.ts";

const folder = "/models/universal-sentence-encoder-lite/";

async function loadModel() {
  const config = await (await fetch(`${folder}config.json`)).json();
  const architecture = findArchitecture(config.model_type);
  const bytes = new Uint8Array(await (await fetch(`${folder}model.safetensors`)).arrayBuffer());
  const file = parseSafetensors(bytes, "model.safetensors");
  const weights = new Map([...file.tensors].map(([name, entry]) => [name, entry.data]));
  return { architecture, config: architecture.configSchema.parse(config), weights };
}

/** Losses of 20 steps on random token ids whose label is the parity of the first. */
async function train(backend: "webgpu" | "wasm") {
  const running = await startForTests(backend);
  const { architecture, config, weights } = await loadModel();
  const classifier = createClassifier({
    architecture,
    config,
    weights,
    labels: ["a", "b"],
    seed: 42,
  });
  const objective = createObjective("single_label_classification");
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, classifier.parameters);
  const steps = createCapturedSteps();
  const updater = createUpdater({
    trainable: classifier.parameters,
    ...{ rule, state, steps },
    settings: { objective, weightDecay: 0.01, maxGradNorm: 1 },
  });
  const random = new MersenneTwister(7);
  const losses: number[] = [];
  const tensors: number[] = [];
  for (let step = 0; step < 20; step += 1) {
    const examples = Array.from({ length: 4 }, () => {
      const ids = Array.from(
        { length: 3 + (random.nextUint32() % 6) },
        () => 6 + (random.nextUint32() % 7990),
      );
      return { ids, label: (ids[0] ?? 0) % 2 };
    });
    const batch = collate(examples, 0);
    const logits = () => logitsOf(classifier, batch);
    const { loss } = await updater.step(
      [{ labels: batch.labels, logits, captured: batchInputs(batch) }],
      1e-4,
    );
    running.throwIfFailed();
    losses.push(loss);
    tensors.push(tf.memory().numTensors);
  }
  // On webgpu all but the first were replayed.
  expect(backend === "webgpu").toBe(steps !== undefined);
  expect(
    steps?.report.map(({ reason }) => reason).filter((reason) => reason !== null) ?? [],
  ).toEqual([]);
  updater.dispose();
  steps?.dispose();
  disposeOptimizer(state);
  disposeClassifier(classifier);
  return { losses, tensors };
}

test("20 steps on webgpu and on wasm give losses within 1e-4, and no step leaves a tensor", async () => {
  const wasm = await train("wasm");
  const webgpu = await train("webgpu");
  expect(new Set(wasm.tensors).size).toBe(1);
  expect(new Set(webgpu.tensors).size).toBe(1);
  wasm.losses.forEach((loss, step) => {
    expect(Math.abs(loss - (webgpu.losses[step] ?? Number.NaN)), `step ${step + 1}`).toBeLessThan(
      1e-4,
    );
  });
  expect(new Set(wasm.losses).size).toBe(20);
});
