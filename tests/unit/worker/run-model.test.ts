import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { RunRecord } from "../../../src/config/run-record.ts";
import { runRecordSchema, type TrainingMode } from "../../../src/config/run-record.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { disposeClassifier } from "../../../src/trainer/classifier.ts";
import { countOperations } from "../../../src/trainer/operations.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { createFeatureStore } from "../../../src/worker/feature-cache.ts";
import { createRunModel, type RunModel } from "../../../src/worker/run-model.ts";
import { bertFiles } from "../support/tiny-bert.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";

const layers = 6;
const words = "the model learns from rows of any length and a checkpoint is a snapshot".split(" ");
const table = {
  unit: "line" as const,
  columns: ["text", "label"],
  rows: Array.from({ length: 24 }, (_, row) => [
    words.slice(row % 7, 3 + ((row * 5) % words.length)).join(" ") || "short",
    row % 2 === 0 ? "bad" : "good",
  ]),
  lines: Array.from({ length: 24 }, (_, row) => row + 2),
};

function recordOf(mode: TrainingMode, trained?: number): RunRecord {
  return runRecordSchema.parse({
    version: 1,
    id: "run",
    name: "run",
    created_at: "2026-01-01T00:00:00Z",
    mode,
    ...(trained === undefined ? {} : { num_trainable_layers: trained }),
    model_name_or_path: "bert",
    dataset: {
      id: "table",
      name: "table.csv",
      text_column: "text",
      label_column: "label",
      skip_empty: true,
      eval_fraction: 0.25,
      split_seed: 1,
    },
    backend: "auto",
    arguments: { max_length: 24 },
  });
}

async function load(): Promise<BaseModel> {
  const files = bertFiles(layers);
  return loadBaseModel({ id: "bert", name: "bert", source: "stored" }, async (name) =>
    files.get(name),
  );
}

async function open(record: RunRecord, features = createFeatureStore()) {
  const prepared = prepareDataset(table, record.dataset);
  const notes: string[] = [];
  const gate = { pass: () => Promise.resolve() };
  const backend = { backend: "cpu" } as const;
  const parts = { record, base: await load(), backend, prepared, features, gate };
  const model = await createRunModel(parts, (note) => notes.push(note));
  return { model, notes };
}

const options = { learningRate: 1e-3, weightDecay: 0, maxGradNorm: 1 };

/** Losses of so many updates on the first rows. */
async function train(model: RunModel, updates: number): Promise<number[]> {
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, model.trainable);
  const losses: number[] = [];
  for (let update = 0; update < updates; update += 1) {
    const { microBatches } = model.trainBatches([[0, 1, 2, 3, 4, 5, 6, 7]]);
    const { objective } = model;
    const step = { ...options, objective };
    losses.push((await trainStep(model.trainable, rule, state, microBatches, step)).loss);
  }
  disposeOptimizer(state);
  return losses;
}

/** Multiplications and other element operations of one forward and backward pass, counted from the kernels that ran. */
async function countWork(model: RunModel): Promise<number> {
  const { kernels } = await tf.profile(() => {
    const [batch] = model.trainBatches([[0, 1, 2, 3, 4, 5, 6, 7]]).microBatches;
    const { value, grads } = tf.variableGrads(
      () => tf.sum(batch?.logits() ?? tf.scalar(0)) as tf.Scalar,
      [...model.trainable.values()],
    );
    tf.dispose(grads);
    return value;
  });
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    const output = outputShapes[0] ?? [];
    const inner = (size(inputShapes[0] ?? []) * (output.at(-1) ?? 1)) / size(output) || 0;
    return sum + size(output) * (name.includes("MatMul") ? 2 * inner : 1);
  }, 0);
}

describe("frozen layers", () => {
  beforeAll(startCpuForTests);

  test("a later step costs at most 1.15 times the trained share of the layers", async () => {
    const { model: full } = await open(recordOf("full"));
    const whole = await countWork(full);
    for (const trained of [1, 3]) {
      const { model } = await open(recordOf("last", trained));
      const share = (await countWork(model)) / whole;
      expect(share, `${trained} of ${layers} layers`).toBeLessThan((1.15 * trained) / layers);
      expect(share, `${trained} of ${layers} layers`).toBeGreaterThan((0.7 * trained) / layers);
      disposeClassifier(model.classifier);
    }
    const { model: head } = await open(recordOf("head"));
    const headWork = await countWork(head);
    expect(headWork / whole).toBeLessThan(0.02);
    // Useful arithmetic is most of the work that is done, and never more.
    for (const [model, work] of [
      [full, whole],
      [head, headWork],
    ] as const) {
      const { tokenBatches } = model.trainBatches([[0, 1, 2, 3, 4, 5, 6, 7]]);
      const useful = countOperations(model.products, tokenBatches) / work;
      expect(useful).toBeLessThan(1);
      expect(useful).toBeGreaterThan(0.7);
    }
    disposeClassifier(full.classifier);
    disposeClassifier(head.classifier);
  });
});

describe("on wasm", () => {
  beforeAll(startWasmForTests);

  test("the trained parameters are those of the last layers and the head, and no other changes", async () => {
    const { model } = await open(recordOf("last", 2));
    const names = [...model.trainable.keys()];
    expect(
      new Set(names.map((name) => /layer\.\d/u.exec(name)?.[0] ?? name.split(".")[0])),
    ).toEqual(new Set(["layer.4", "layer.5", "bert", "classifier"]));
    expect(names.some((name) => name.includes("embeddings"))).toBe(false);
    const frozen = model.classifier.parameters.get("bert.encoder.layer.3.output.dense.weight");
    const before = await frozen?.data();
    await train(model, 3);
    expect(await frozen?.data()).toEqual(before);
    disposeClassifier(model.classifier);
  });

  test("kept outputs, outputs that do not fit and outputs of some rows give the same losses", async () => {
    const { model: kept } = await open(recordOf("last", 2));
    const expected = await train(kept, 4);
    for (const budget of [0, 20_000]) {
      const { model, notes } = await open(recordOf("last", 2), createFeatureStore(budget));
      const losses = await train(model, 4);
      losses.forEach((loss, step) => {
        expect(loss).toBeCloseTo(expected[step] ?? Number.NaN, 5);
      });
      expect(notes.at(-1)).toMatch(/of 24 rows fit in memory/u);
      disposeClassifier(model.classifier);
    }
    disposeClassifier(kept.classifier);
  });

  test("training all layers on the kept embeddings gives the losses of everything, but for the embeddings", async () => {
    const { model: last } = await open(recordOf("last", layers));
    const { model: full } = await open(recordOf("full"));
    const [first] = await train(last, 1);
    const [whole] = await train(full, 1);
    expect(first).toBeCloseTo(whole ?? Number.NaN, 5);
    expect(last.parameterCount - last.trainableCount).toBe(318 * 32 + 64 * 32 + 2 * 32 + 2 * 32);
    disposeClassifier(last.classifier);
    disposeClassifier(full.classifier);
  });

  test("a step with kept outputs leaves no tensor behind, nor does one without", async () => {
    for (const budget of [0, 1e9]) {
      const { model } = await open(recordOf("last", 1), createFeatureStore(budget));
      await train(model, 1);
      const before = tf.memory().numTensors;
      await train(model, 2);
      expect(tf.memory().numTensors).toBe(before);
      disposeClassifier(model.classifier);
    }
  });
});

test("caches of older runs make room for a new one, and the newest is never emptied", () => {
  const store = createFeatureStore(100);
  const old = store.open("old");
  expect(old.add(1, new Float32Array(20))).toBe(true);
  const fresh = store.open("fresh");
  expect(fresh.add(1, new Float32Array(10))).toBe(true);
  expect(store.open("old").get(1)).toBeUndefined();
  expect(store.open("fresh").get(1)).toBeDefined();
  expect(fresh.add(2, new Float32Array(20))).toBe(false);
});
