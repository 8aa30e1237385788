// Captured steps against the same steps run as they are: equal to the last bit.
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { collate } from "../../src/data/collate.ts";
import { collateLanguage } from "../../src/data/collate-language.ts";
import type { RunningBackend } from "../../src/engine/backend.ts";
import { createCapturedForward } from "../../src/engine/capture/captured-forward.ts";
import {
  type CapturedSteps,
  createCapturedSteps,
} from "../../src/engine/capture/captured-steps.ts";
import { stepInput } from "../../src/engine/capture/step-inputs.ts";
import { flush, gpuBackend } from "../../src/engine/gpu/gpu-backend.ts";
import { type GpuKernels, gpuKernels } from "../../src/engine/gpu/gpu-kernels.ts";
import { listTrained } from "../../src/models/forward.ts";
import { findArchitecture } from "../../src/models/registry.ts";
import { rope } from "../../src/ops/rope/rope.ts";
import { withoutGradient } from "../../src/ops/without-gradient/without-gradient.ts";
import { createBatchParts } from "../../src/trainer/batch-parts.ts";
import {
  batchInputs,
  type Classifier,
  createClassifier,
  disposeClassifier,
  frozenOutput,
  logitsFrom,
  logitsOf,
  trainingNoise,
} from "../../src/trainer/classifier.ts";
import { evaluate } from "../../src/trainer/evaluate.ts";
import { createLanguageModel } from "../../src/trainer/language-model.ts";
import {
  createLanguageObjective,
  evaluateLanguage,
  languageMicroBatch,
} from "../../src/trainer/language-objective.ts";
import { createObjective } from "../../src/trainer/objective.ts";
import { adamw } from "../../src/trainer/optimizers/adamw.ts";
import {
  disposeOptimizer,
  exportOptimizer,
  importOptimizer,
  initOptimizer,
  type OptimizerValues,
} from "../../src/trainer/optimizers/optimizer.ts";
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
    ...{ preparation: { programs: 0, compiling: 0, time: 0 }, changes: 0 },
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

/** A small Llama with grouped heads and one table for both ends. */
function smallLlama() {
  const architecture = findArchitecture("llama");
  const config = architecture.configSchema.parse({
    ...{ model_type: "llama", vocab_size: 30, hidden_size: 16, num_hidden_layers: 2 },
    ...{ num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 12 },
    ...{ max_position_embeddings: 32, tie_word_embeddings: true },
  });
  return createLanguageModel({ architecture, config, weights: new Map(), seed: 1 });
}

test("a language model's captured updates and evaluation, with ever other counts of targets, equal plain ones", async () => {
  const run = async (steps: CapturedSteps, isCaptured: boolean) => {
    const model = smallLlama();
    const state = initOptimizer(rule, model.parameters);
    const settings = { objective: createLanguageObjective(model), weightDecay: 0, maxGradNorm: 1 };
    const updater = createUpdater({ trainable: model.parameters, rule, state, steps, settings });
    const batchOf = (step: number) => {
      const row = { ids: Int32Array.from({ length: 8 }, (_, i) => (5 * i + step) % 30) };
      const trained = Uint8Array.from({ length: 8 }, (_, i) => (i > step ? 1 : 0));
      const short = { ids: row.ids.slice(0, 5), trained: trained.slice(0, 5) };
      return collateLanguage([[{ ...row, trained }], [short]], 0);
    };
    const found: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      const batch = batchOf(step);
      const {
        loss,
        gradNorm,
        hits = Number.NaN,
      } = await updater.step([languageMicroBatch(model, batch)], 1e-2);
      expect(hits).toBeGreaterThanOrEqual(0);
      expect(hits).toBeLessThanOrEqual(batch.targets.length);
      found.push(loss, gradNorm, hits);
    }
    const forward = isCaptured ? createCapturedForward(steps) : undefined;
    const batches = [0, 1].map(batchOf);
    const scores = await evaluateLanguage(model, batches, async () => {}, 0, forward);
    const report = [...steps.report];
    updater.dispose();
    forward?.dispose();
    steps.dispose();
    disposeOptimizer(state);
    disposeClassifier(model);
    return { found, scores, report };
  };
  const before = tf.memory().numTensors;
  const plain = await run(plainSteps(), false);
  const captured = await run(createCapturedSteps() as CapturedSteps, true);
  expect(captured.found).toEqual(plain.found);
  expect(captured.scores).toEqual(plain.scores);
  expect(new Set(captured.found).size).toBeGreaterThan(6);
  expect(captured.report.map(({ reason }) => reason).every((reason) => reason === null)).toBe(true);
  expect(captured.report.length).toBeGreaterThan(3);
  expect(tf.memory().numTensors).toBe(before);
});

test("an update that does not fit into the GPU's memory goes through its rows in smaller parts and gives the same", async () => {
  const device = gpuBackend()?.device as GPUDevice;
  const classifier = smallBert();
  const state = initOptimizer(rule, classifier.parameters);
  const settings = { objective, weightDecay: 0.01, maxGradNorm: 0.5 };
  const steps = createCapturedSteps() as CapturedSteps;
  const trainable = classifier.parameters;
  const updater = createUpdater({ trainable, rule, state, steps, settings });
  const rows = [0, 1, 2, 3];
  const made = (of: readonly number[]) => {
    const examples = of.map((row) => ({ ids: [1 + row, 7, 3 + 2 * row, 9], label: row % 2 }));
    const batch = collate(examples, 0, { backend: "webgpu", longest: 32 });
    const logits = () => logitsOf(classifier, batch);
    return { labels: batch.labels, logits, captured: batchInputs(batch) };
  };
  const whole = await updater.step([made(rows)], 0);
  steps.reset();
  const parts = createBatchParts(4);
  const fake = limitMemory(device, () => parts.rows === 4);
  const asked: number[] = [];
  const halved = await updater.step(parts.cut([rows]).map(made), 0, () => {
    asked.push(parts.rows);
    return parts.halve() ? parts.cut([rows]).map(made) : null;
  });
  expect(asked).toEqual([4]);
  expect(parts.rows).toBe(2);
  expect(Math.abs(halved.loss - whole.loss)).toBeLessThan(1e-6);
  expect(Math.abs(halved.gradNorm - whole.gradNorm)).toBeLessThan(1e-5);
  expect(steps.report.every(({ reason }) => reason === null)).toBe(true);
  // Where nothing smaller is offered the update fails, says what to do, and takes the one that waits behind it along.
  steps.reset();
  fake.always();
  const refused = [updater.step([made(rows)], 0), updater.step([made(rows)], 0)];
  for (const { status, reason } of (await Promise.allSettled(refused)) as PromiseRejectedResult[]) {
    expect([status, String(reason)]).toEqual([
      "rejected",
      expect.stringMatching(/not enough memory/u),
    ]);
  }
  fake.end();
  const after = await updater.step([made(rows)], 0);
  expect(after.loss).toBe(whole.loss);
  // The second time a plan is compared, which takes more memory than the plan: it goes on where there is none.
  const full = limitMemory(device, () => true);
  expect((await updater.step([made(rows)], 0)).loss).toBe(whole.loss);
  full.end();
  expect(steps.report.every(({ reason }) => reason === null)).toBe(true);
  updater.dispose();
  steps.dispose();
  disposeOptimizer(state);
  disposeClassifier(classifier);
});

/** A device whose error scopes tell of memory that ran out. */
function limitMemory(device: GPUDevice, isFull: () => boolean) {
  const pop = device.popErrorScope.bind(device);
  const push = device.pushErrorScope.bind(device);
  const filters: GPUErrorFilter[] = [];
  let isAlways = false;
  device.pushErrorScope = (filter) => {
    filters.push(filter);
    push(filter);
  };
  device.popErrorScope = async () => {
    const isMemory = filters.pop() === "out-of-memory";
    const found = await pop();
    const isFake = isMemory && (isAlways || isFull());
    return isFake ? new GPUOutOfMemoryError("the test's limit") : found;
  };
  return {
    always() {
      isAlways = true;
    },
    end() {
      Reflect.deleteProperty(device, "popErrorScope");
      Reflect.deleteProperty(device, "pushErrorScope");
    },
  };
}

test("a frozen part is part of the plan, or comes in as an input, and gives what it does uncaptured", async () => {
  const run = async (steps: CapturedSteps, isKnown: boolean) => {
    const classifier = smallBert();
    const { architecture, config, labels, parameters } = classifier;
    const trained = listTrained(architecture.parameters(config, labels.length), 1);
    const trainable = new Map(
      trained.map(({ name }) => [name, parameters.get(name) as tf.Variable]),
    );
    const state = initOptimizer(rule, trainable);
    const settings = { objective, weightDecay: 0.01, maxGradNorm: 0.5 };
    const updater = createUpdater({ trainable, rule, state, steps, settings });
    const found: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      const examples = [0, 1, 2].map((row) => ({
        ids: Array.from({ length: 5 - row }, (_, i) => (7 * i + 11 * row + step) % 40),
        label: (row + step) % 2,
      }));
      const batch = collate(examples, 0, { backend: "webgpu", longest: 32 });
      const output = tf.tidy(() => frozenOutput(classifier, batch, 1));
      const frozen = new Float32Array((await output.data()) as Float32Array);
      const { shape } = output;
      output.dispose();
      const { key, inputs } = batchInputs(batch);
      const logits = () => {
        const known = isKnown
          ? stepInput<tf.Rank.R2>(frozen, shape)
          : withoutGradient(() => frozenOutput(classifier, batch, 1));
        return logitsFrom(classifier, batch, 1, known);
      };
      const captured = { key, inputs: isKnown ? { ...inputs, frozen } : inputs };
      const { loss, gradNorm } = await updater.step(
        [{ labels: batch.labels, logits, captured }],
        1e-2,
      );
      found.push(loss, gradNorm);
    }
    const report = [...steps.report];
    updater.dispose();
    steps.dispose();
    disposeOptimizer(state);
    disposeClassifier(classifier);
    return { found, report };
  };
  const plain = await run(plainSteps(), false);
  for (const isKnown of [false, true]) {
    const captured = await run(createCapturedSteps() as CapturedSteps, isKnown);
    expect(captured.found).toEqual(plain.found);
    expect(captured.report.map(({ reason }) => reason)).toEqual([null, null]);
  }
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

test("a run with more rope tables than are kept stays captured at every length", async () => {
  const steps = createCapturedSteps() as CapturedSteps;
  const kernels = gpuKernels() as GpuKernels;
  const result: tf.Tensor = tf.keep(kernels.output([1, 2]));
  const read = async () => [...(await result.data())];
  const values = Float32Array.of(1, 2);
  const frequencies = Float32Array.of(1);
  const uploads = vi.spyOn(gpuBackend()?.device as GPUDevice, "createBuffer");
  const lengths = Array.from({ length: 9 }, (_, i) => 128 * (i + 1));
  for (const _ of ["captured", "compared"]) {
    for (const length of lengths) {
      const body = () => {
        const positions = tf.fill<tf.Rank.R1>([1], length - 1, "int32");
        const x = stepInput<tf.Rank.R2>(values, [1, 2]);
        kernels.copy(rope(x, { positions, frequencies, length }, { heads: 1 }), result);
      };
      const step = { key: `${length}`, inputs: { values }, body };
      await steps.prepare(step, read);
      steps.run([step]);
      const [sine, cosine] = [Math.sin(length - 1), Math.cos(length - 1)];
      const [first, second] = await read();
      expect(first).toBeCloseTo(cosine - 2 * sine, 5);
      expect(second).toBeCloseTo(2 * cosine + sine, 5);
    }
  }
  const tables = uploads.mock.calls.filter(([{ mappedAtCreation }]) => mappedAtCreation === true);
  uploads.mockRestore();
  expect(tables.length).toBeGreaterThan(lengths.length); // some were made again
  expect(steps.report.map(({ reason }) => reason)).toEqual(lengths.map(() => null));
  result.dispose();
  steps.dispose();
});

test("the programs of a step are compiled before it runs, side by side, and told", async () => {
  const backend = gpuBackend();
  const kernels = gpuKernels();
  if (backend === undefined || kernels === undefined) throw new Error("No WebGPU.");
  const result: tf.Tensor = tf.keep(kernels.output([4]));
  const made: string[] = [];
  let compiling = 0;
  let most = 0;
  const { device } = backend;
  const compile = device.createComputePipelineAsync.bind(device);
  Object.assign(device, {
    createComputePipeline: ({ label }: GPUComputePipelineDescriptor) => made.push(label ?? ""),
    async createComputePipelineAsync(descriptor: GPUComputePipelineDescriptor) {
      compiling += 1;
      most = Math.max(most, compiling);
      const pipeline = await compile(descriptor);
      compiling -= 1;
      return pipeline;
    },
  });
  const steps = createCapturedSteps() as CapturedSteps;
  const values = Float32Array.of(0.5, 1, 1.5, 2);
  const step = {
    ...{ key: "new programs", inputs: { values } },
    body: () =>
      kernels.copy(tf.atan(tf.cosh(tf.expm1(stepInput<tf.Rank.R1>(values, [4])))), result),
  };
  const told: string[] = [];
  const read = async () => [...(await result.data())];
  const { changes } = steps;
  const prepared = steps.prepare(step, read, (done, total) => told.push(`${done} of ${total}`));
  // An update that ends from here on learns that something is being prepared.
  expect(steps.changes).toBe(changes + 1);
  await prepared;
  expect(steps.changes).toBe(changes + 2);
  for (const name of ["createComputePipeline", "createComputePipelineAsync"]) {
    Reflect.deleteProperty(device, name);
  }
  expect(made).toEqual([]);
  expect(most).toBe(3);
  expect(told).toEqual(["0 of 3", "1 of 3", "2 of 3", "3 of 3"]);
  expect(steps.preparation.programs).toBe(3);
  expect(steps.report).toMatchObject([{ dispatches: 3, foreign: { unary: 3 }, reason: null }]);
  steps.run([step]);
  const expected = [...values].map((x) => Math.atan(Math.cosh(Math.expm1(x))));
  (await read()).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
  steps.dispose();
  result.dispose();
});

/** A matrix that learns which of two classes the rows are of: captured updates at next to no cost. */
function smallest(weights: Float32Array) {
  const matrix = tf.variable(tf.tensor2d(weights, [2, 4]), true);
  const trainable = new Map([["matrix", matrix]]);
  const batchOf = (step: number): MicroBatch => {
    const rows = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 5 * step));
    const x = () => stepInput<tf.Rank.R2>(rows, [3, 4]);
    return {
      labels: Int32Array.of(0, 1, step % 2),
      logits: () => tf.matMul(x(), matrix, false, true) as tf.Tensor2D,
      captured: { key: "3 rows", inputs: { rows } },
    };
  };
  return { trainable, batchOf };
}

test("a lost device takes its plans with it, and on a new one the updates go on from a checkpoint with equal numbers", async () => {
  const first = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i));
  const begin = (weights: Float32Array, stored?: OptimizerValues) => {
    const { trainable, batchOf } = smallest(weights);
    const state =
      stored === undefined
        ? initOptimizer(rule, trainable)
        : importOptimizer(rule, trainable, stored);
    const steps = createCapturedSteps() as CapturedSteps;
    const settings = { objective, weightDecay: 0.01, maxGradNorm: 0.5 };
    const updater = createUpdater({ trainable, rule, state, steps, settings });
    return {
      ...{ trainable, state, steps },
      update: (step: number) => updater.step([batchOf(step)], 1e-2),
      end() {
        updater.dispose();
        steps.dispose();
        disposeOptimizer(state);
        disposeClassifier({ parameters: trainable });
      },
    };
  };
  const whole = begin(first);
  const expected: number[] = [];
  for (let step = 0; step < 6; step += 1) expected.push((await whole.update(step)).loss);
  whole.end();

  const cut = begin(first);
  const found: number[] = [];
  for (let step = 0; step < 3; step += 1) found.push((await cut.update(step)).loss);
  const weights = (await readValues(cut.trainable)).get("matrix")?.data as Float32Array;
  const stored = await exportOptimizer(cut.state);
  expect(cut.steps.report.every(({ reason }) => reason === null)).toBe(true);
  // One update is under way and one waits behind it.
  const lost = [cut.update(3), cut.update(4)].map((update) => webgpu.guard(update));
  gpuBackend()?.device.destroy();
  for (const { reason } of (await Promise.allSettled(lost)) as PromiseRejectedResult[]) {
    expect(reason).toMatchObject({ code: "device-lost" });
  }
  expect(() => webgpu.throwIfFailed()).toThrow(/device was lost/u);
  cut.end();
  expect(cut.steps.report).toEqual([]);

  webgpu = await startForTests("webgpu");
  const resumed = begin(weights, stored);
  for (let step = 3; step < 6; step += 1) found.push((await resumed.update(step)).loss);
  expect(resumed.steps.report.every(({ reason }) => reason === null)).toBe(true);
  resumed.end();
  expect(found).toEqual(expected);
  expect(new Set(found).size).toBe(6);
});
