import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import {
  checkFit,
  estimateRunMemory,
  findFit,
  type MemorySubject,
  memorySubject,
  styleOf,
} from "../../../src/config/run-memory.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { collate } from "../../../src/data/collate.ts";
import { createClassifier, disposeClassifier, logitsOf } from "../../../src/trainer/classifier.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { createOptimizer } from "../../../src/trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { bertFiles } from "../support/tiny-bert.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { watchHeap } from "../support/watch-heap.ts";

let encoder: BaseModel;
let bert: BaseModel;

beforeAll(async () => {
  const files = bertFiles(8);
  bert = await loadBaseModel({ id: "bert", name: "bert", source: "stored" }, async (name) =>
    files.get(name),
  );
  const id = "universal-sentence-encoder-lite";
  encoder = await loadBaseModel({ id, name: id, source: "embedded" }, (name) =>
    readFile(`public/models/${id}/${name}`).catch(() => undefined),
  );
});

/** Peak bytes of one fine-tuning update of everything: on wasm what its heap holds, else all tensors. */
async function measurePeak(
  backend: "wasm" | "cpu",
  base: BaseModel,
  rows: number,
  length: number,
  accumulation: number,
): Promise<number> {
  const heap = backend === "wasm" ? watchHeap() : null;
  const before = heap?.live ?? 0;
  const classifier = createClassifier({
    architecture: base.architecture,
    config: base.parsedConfig,
    labels: ["a", "b"],
    weights: base.weights,
    seed: 1,
  });
  const rule = createOptimizer(trainingArgumentsSchema.parse({}));
  const state = initOptimizer(rule, classifier.parameters);
  const examples = Array.from({ length: rows }, (_, row) => ({
    ids: Array.from({ length }, (_, place) => 10 + ((row * 31 + place * 7) % 300)),
    label: row % 2,
  }));
  const batch = collate(examples, base.tokenizer.padId);
  const one = { labels: batch.labels, logits: () => logitsOf(classifier, batch) };
  const { peakBytes } = await tf.profile(async () => {
    await trainStep(classifier.parameters, rule, state, Array(accumulation).fill(one), {
      objective: createObjective("single_label_classification"),
      learningRate: 1e-4,
      weightDecay: 0,
      maxGradNorm: 1,
    });
    return [];
  });
  disposeOptimizer(state);
  disposeClassifier(classifier);
  return heap === null ? peakBytes : heap.peak - before;
}

test.each([
  ["wasm", "encoder", 1, 8, 1],
  ["wasm", "encoder", 16, 64, 1],
  ["wasm", "encoder", 8, 32, 3],
  ["cpu", "bert", 8, 32, 1],
] as const)(
  "%s, %s, %d rows of %d tokens, %d times: the estimate is at least four fifths of the measured peak and at most twice",
  async (backend, model, rows, length, accumulation) => {
    await (backend === "wasm" ? startWasmForTests() : startCpuForTests());
    const base = { encoder, bert }[model];
    const args = trainingArgumentsSchema.parse({
      per_device_train_batch_size: rows,
      per_device_eval_batch_size: rows,
      gradient_accumulation_steps: accumulation,
    });
    const peak = await measurePeak(backend, base, rows, length, accumulation);
    const subject = memorySubject(base.summary, "full", 1, 2);
    const { total } = estimateRunMemory(subject, args, [length], styleOf(backend));
    expect(total / peak).toBeGreaterThan(0.8);
    // The upper bound leaves room for kernels that keep less.
    expect(total / peak).toBeLessThan(2);
  },
);

const subject: MemorySubject = {
  allParameters: 110e6,
  trainedParameters: 110e6,
  trainedLayers: Array(12).fill({ hiddenSize: 768, intermediateSize: 3072, heads: 12 }),
  frozenLayers: [],
  vocabularySize: 30522,
  language: null,
};
const argsOf = (batch: number) =>
  trainingArgumentsSchema.parse({
    max_length: 512,
    per_device_train_batch_size: batch,
    per_device_eval_batch_size: batch,
  });

test("a head on frozen layers needs little beside the weights", () => {
  const frozen = {
    ...subject,
    trainedParameters: 1538,
    trainedLayers: [],
    frozenLayers: subject.trainedLayers,
  };
  const whole = estimateRunMemory(subject, argsOf(8), [128], "composites");
  const head = estimateRunMemory(frozen, argsOf(8), [128], "composites");
  expect(head.weights).toBe(whole.weights);
  expect(head.gradients + head.optimizer).toBe(3 * 1538 * 4);
  expect(head.total).toBeLessThan(whole.total / 3);
});

test("heads wider than the hidden state take more, on each way to compute", () => {
  const [layer] = subject.trainedLayers;
  if (layer === undefined) throw new Error("No layer.");
  const wide = { ...layer, attentionSize: 1536, keySize: 768 };
  for (const style of ["kernels", "gpu", "composites"] as const) {
    const working = (own: typeof layer) => {
      const trainedLayers = Array(12).fill(own);
      return estimateRunMemory({ ...subject, trainedLayers }, argsOf(64), [512], style).working;
    };
    expect(working({ ...layer, attentionSize: 768, keySize: 768 })).toBe(working(layer));
    expect(working(wide) / working(layer)).toBeGreaterThan(1.05);
  }
});

test("what does not fit is told with its limit, and a batch is found that does, for the same update", () => {
  const limits = { total: 4e9, largest: null };
  const args = argsOf(64);
  const estimate = estimateRunMemory(subject, args, [128], "composites");
  expect(checkFit(estimate, limits)).toEqual({ fits: false, because: "total", limit: 4e9 });
  const change = findFit(subject, args, [128], "composites", limits);
  expect(change).toMatchObject({ gradient_accumulation_steps: expect.any(Number) });
  const mended = { ...args, ...change };
  expect(mended.per_device_train_batch_size * mended.gradient_accumulation_steps).toBe(64);
  expect(checkFit(estimateRunMemory(subject, mended, [128], "composites"), limits).fits).toBe(true);
});

test("shorter texts are proposed only where no batch is small enough, and nothing where nothing helps", () => {
  const long = findFit(subject, argsOf(8), [512], "composites", { total: 3.7e9, largest: null });
  expect(long).toMatchObject({ per_device_train_batch_size: 1 });
  expect(
    findFit(subject, argsOf(8), [512], "composites", { total: 1e9, largest: null }),
  ).toBeNull();
});

test("a tensor larger than one buffer of the device does not fit, however much memory there is", () => {
  const estimate = estimateRunMemory(subject, argsOf(8), [128], "composites");
  expect(checkFit(estimate, { total: null, largest: 64e6 })).toEqual({
    fits: false,
    because: "largest",
    limit: 64e6,
  });
});

test("kernels work on rows without padding: only the longest rows count, each with its own length", () => {
  const args = argsOf(4);
  const working = (longest: readonly number[], style: "kernels" | "composites") =>
    estimateRunMemory(subject, args, longest, style).working;
  expect(working([400, 100, 50, 50], "kernels")).toBe(working([150, 150, 150, 150], "kernels"));
  expect(working([400, 100, 50, 50], "composites")).toBe(working([400], "composites"));
});
