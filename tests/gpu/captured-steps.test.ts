// Captured steps against the same steps run as they are: equal to the last bit.
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collate } from "../../src/data/collate.ts";
import type { RunningBackend } from "../../src/engine/backend.ts";
import { createCapturedForward } from "../../src/engine/capture/captured-forward.ts";
import {
  type CapturedSteps,
  createCapturedSteps,
} from "../../src/engine/capture/captured-steps.ts";
import { stepInput } from "../../src/engine/capture/step-inputs.ts";
import { flush, gpuBackend } from "../../src/engine/gpu/gpu-backend.ts";
import { gpuKernels } from "../../src/engine/gpu/gpu-kernels.ts";
import { findArchitecture } from "../../src/models/registry.ts";
import {
  batchInputs,
  type Classifier,
  createClassifier,
  disposeClassifier,
  logitsOf,
  trainingNoise,
} from "../../src/trainer/classifier.ts";
import { evaluate } from "../../src/trainer/evaluate.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../src/trainer/optimizers/optimizer.ts";
import { readValues } from "../../src/trainer/tensor-values.ts";
import type { MicroBatch } from "../../src/trainer/train-step.ts";
import { createUpdater } from "../../src/trainer/updater.ts";
import { startForTests } from "./support/backends.ts";

let webgpu: RunningBackend;
beforeAll(async () => {
  webgpu = await startForTests("webgpu");
});
afterAll(() => webgpu.throwIfFailed());

const objective = createObjective("single_label_classification");
const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });

/** A small BERT with dropout everywhere. */
function smallBert(): Classifier {
  const architecture = findArchitecture("bert");
  const config = architecture.configSchema.parse({
    ...{ model_type: "bert", vocab_size: 40, hidden_size: 16, num_hidden_layers: 2 },
    ...{ num_attention_heads: 2, intermediate_size: 24, max_position_embeddings: 32 },
  });
  return createClassifier({
    architecture,
    config,
    labels: ["a", "b"],
    weights: new Map(),
    seed: 1,
  });
}

/** Two micro-batches of one length, then of another, with the noise of the step. */
function microBatches(classifier: Classifier, step: number): MicroBatch[] {
  return [0, 1].map((index) => {
    const length = step % 3 === 2 ? 12 : 5;
    const examples = [0, 1, 2].map((row) => ({
      ids: Array.from({ length: length - row }, (_, i) => (7 * i + 11 * row + 5 * step) % 40),
      label: (row + step + index) % 2,
    }));
    const batch = collate(examples, 0, { backend: "webgpu", longest: 32 });
    const noise = trainingNoise({ seed: 3, neftune_noise_alpha: 5 }, step, index);
    return {
      labels: batch.labels,
      logits: () => logitsOf(classifier, batch, noise),
      captured: { ...batchInputs(batch), noise },
    };
  });
}

/** Runs every step as it is, with inputs that are ordinary tensors. */
function plainSteps(): CapturedSteps {
  const backend = gpuBackend();
  if (backend === undefined) throw new Error("No WebGPU.");
  return {
    ...{ report: [], bytes: 0, async prepare() {}, reset() {}, dispose() {} },
    run(steps, after) {
      for (const step of steps) tf.tidy(() => step.body());
      flush(backend);
      const encoder = backend.device.createCommandEncoder();
      after?.(encoder);
      backend.queue.submit([encoder.finish()]);
    },
  };
}

async function train(steps: CapturedSteps, updates: number, watch: (step: number) => void) {
  const classifier = smallBert();
  const state = initOptimizer(rule, classifier.parameters);
  const settings = { objective, weightDecay: 0.01, maxGradNorm: 0.5 };
  const trainable = classifier.parameters;
  const updater = createUpdater({ trainable, rule, state, steps, settings });
  const metrics: number[] = [];
  for (let step = 0; step < updates; step += 1) {
    watch(step);
    const { loss, gradNorm } = await updater.step(microBatches(classifier, step), 1e-2);
    metrics.push(loss, gradNorm);
  }
  const values: number[] = [];
  for (const tensors of [classifier.parameters, ...slotsOf(state)]) {
    for (const { data } of (await readValues(tensors)).values()) values.push(...data);
  }
  const report = [...steps.report];
  updater.dispose();
  steps.dispose();
  disposeOptimizer(state);
  disposeClassifier(classifier);
  return { metrics, values, report };
}

const slotsOf = (state: ReturnType<typeof initOptimizer>) =>
  [...state.parameters.values()].map((slots) => new Map(Object.entries(slots)));

test("captured updates with accumulation, dropout and two lengths equal plain ones to the last bit, and a steady one creates nothing", async () => {
  const before = tf.memory().numTensors;
  const plain = await train(plainSteps(), 8, () => {});
  const device = gpuBackend()?.device as GPUDevice;
  const created: string[] = [];
  const made: string[][] = [];
  const counted = ["createBuffer", "createBindGroup", "createComputePipeline"] as const;
  for (const name of counted) {
    const original = device[name].bind(device) as (descriptor: never) => never;
    Object.assign(device, {
      [name]: (descriptor: never) => {
        created.push(name);
        return original(descriptor);
      },
    });
  }
  const tensors: number[] = [];
  const captured = await train(createCapturedSteps() as CapturedSteps, 8, () => {
    made.push(created.splice(0));
    tensors.push(tf.memory().numTensors);
  });
  for (const name of counted) Reflect.deleteProperty(device, name);

  expect(captured.report.map(({ reason }) => reason)).toEqual([null, null, null, null, null]);
  expect(captured.report.every(({ dispatches }) => dispatches > 0)).toBe(true);
  expect(captured.metrics).toEqual(plain.metrics);
  expect(captured.values.length).toBeGreaterThan(10_000);
  expect(captured.values).toEqual(plain.values);
  expect(new Set(captured.metrics).size).toBe(16);
  // Updates 5 to 7 (from 1) have nothing new: both lengths were seen and checked, and two updates were under way.
  expect(made.slice(7)).toEqual([[]]);
  expect(new Set(tensors.slice(4)).size).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

test("a captured evaluation gives what a plain one does", async () => {
  const classifier = smallBert();
  const batches = [0, 1, 2].flatMap((step) =>
    microBatches(classifier, step).map(({ labels, captured }, i) => {
      const inputs = captured?.inputs as Record<string, Int32Array>;
      const { inputIds, attentionMask } = inputs as Record<
        "inputIds" | "attentionMask",
        Int32Array
      >;
      const batch = {
        ...{ inputIds, attentionMask, labels, batchSize: 3, tokens: i },
        length: inputIds.length / 3,
      };
      return { labels, logits: () => logitsOf(classifier, batch), captured: batchInputs(batch) };
    }),
  );
  const plain = await evaluate(batches, objective, async () => {});
  const steps = createCapturedSteps() as CapturedSteps;
  const forward = createCapturedForward(steps);
  expect(await evaluate(batches, objective, async () => {}, forward)).toEqual(plain);
  expect(steps.report.map(({ reason }) => reason)).toEqual([null, null]);
  steps.dispose();
  forward.dispose();
  disposeClassifier(classifier);
});

test("a step that leaves a tensor, and one that changes by itself, run as they are and say why", async () => {
  const steps = createCapturedSteps() as CapturedSteps;
  const kernels = gpuKernels();
  if (kernels === undefined) throw new Error("No WebGPU.");
  const result: tf.Tensor = tf.keep(kernels.output([4]));
  const read = async () => [...(await result.data())];
  const left: tf.Tensor[] = [];
  const stepOf = (key: string, values: Float32Array, compute: (x: tf.Tensor) => tf.Tensor) => ({
    ...{ key, inputs: { values } },
    body: () => kernels.copy(compute(stepInput<tf.Rank.R1>(values, [4])), result),
  });
  const run = async (step: ReturnType<typeof stepOf>) => {
    await steps.prepare(step, read);
    steps.run([step]);
    return read();
  };
  const leaves = (x: tf.Tensor) => {
    left.push(tf.keep(tf.square(x)));
    return tf.neg(x);
  };
  expect(await run(stepOf("leaves", Float32Array.of(1, 2, 3, 4), leaves))).toEqual([
    -1, -2, -3, -4,
  ]);
  expect(await run(stepOf("leaves", Float32Array.of(5, 6, 7, 8), leaves))).toEqual([
    -5, -6, -7, -8,
  ]);

  let factor = 1;
  const scaled = (x: tf.Tensor) => tf.mul(x, tf.fill([4], factor));
  expect(await run(stepOf("changes", Float32Array.of(1, 2, 3, 4), scaled))).toEqual([1, 2, 3, 4]);
  factor = 2;
  expect(await run(stepOf("changes", Float32Array.of(1, 2, 3, 4), scaled))).toEqual([2, 4, 6, 8]);

  const [leaving, changing] = steps.report;
  expect(leaving?.reason).toMatch(/outlive/u);
  expect(changing?.reason).toMatch(/^command 1 of \d+ was .+ and is /u);
  steps.dispose();
  // The second one came from the recording: there is no memory behind it.
  tf.dispose([result, ...left.filter((_, i) => i !== 1)]);
});
