import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { evaluate } from "../../../src/trainer/evaluate.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { type MicroBatch, trainStep } from "../../../src/trainer/train-step.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

const inputs = [
  [1, 0.5, -1],
  [0.2, -0.3, 0.8],
  [-1, 1, 0.1],
  [0.4, 0.4, -0.6],
  [0.9, -0.2, 0.3],
];
const labels = [0, 1, 1, 0, 1];
const objective = createObjective("single_label_classification");
const options = { objective, learningRate: 0.05, weightDecay: 0, maxGradNorm: 0 };

/** A linear classifier of three inputs and two classes, trained on the given micro-batches. */
async function trainLinear(updates: readonly (readonly (readonly number[])[])[], maxGradNorm = 0) {
  const initial = tf.tensor2d([0.1, -0.2, 0.3, 0.05, 0.2, -0.1], [3, 2]);
  const weight = tf.variable(initial);
  initial.dispose();
  const trainable = new Map([["weight", weight]]);
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, trainable);
  const results = [];
  for (const update of updates) {
    const batches = update.map(
      (rows): MicroBatch => ({
        logits: () => tf.matMul(tf.tensor2d(rows.map((row) => inputs[row] ?? [])), weight),
        labels: Int32Array.from(rows, (row) => labels[row] ?? 0),
      }),
    );
    results.push(await trainStep(trainable, rule, state, batches, { ...options, maxGradNorm }));
  }
  const values = [...(await weight.data())];
  disposeOptimizer(state);
  weight.dispose();
  return { results, values };
}

test("accumulated micro-batches of unequal size give the update of one large batch", async () => {
  const whole = await trainLinear([[[0, 1, 2, 3, 4]], [[4, 3, 2, 1, 0]]]);
  const parts = await trainLinear([
    [[0, 1], [2, 3], [4]],
    [[4, 3], [2, 1], [0]],
  ]);
  whole.values.forEach((value, index) => {
    expect(parts.values[index]).toBeCloseTo(value, 5);
  });
  expect(parts.results[0]?.loss).toBeCloseTo(whole.results[0]?.loss ?? 0, 6);
});

test("the gradient norm is that before clipping, and clipping changes nothing but the scale", async () => {
  const free = await trainLinear([[[0, 1, 2]]]);
  const clipped = await trainLinear([[[0, 1, 2]]], 1e-3);
  expect(clipped.results[0]?.gradNorm).toBe(free.results[0]?.gradNorm);
  // AdamW's first step does not depend on the gradient's scale, up to its epsilon.
  clipped.values.forEach((value, index) => {
    expect(value).toBeCloseTo(free.values[index] ?? 0, 3);
  });
});

test("two runs of ten steps are bit-equal and leave no tensor behind", async () => {
  const updates = Array.from({ length: 10 }, (_, step) => [
    [step % 5, (step + 1) % 5, (step + 3) % 5],
  ]);
  const before = tf.memory().numTensors;
  const first = await trainLinear(updates);
  const second = await trainLinear(updates);
  expect(second).toEqual(first);
  expect(tf.memory().numTensors).toBe(before);
});

test("training lowers the loss of a separable task", async () => {
  const { results } = await trainLinear(Array.from({ length: 40 }, () => [[0, 1, 2, 3, 4]]));
  expect(results.at(-1)?.loss).toBeLessThan((results[0]?.loss ?? 0) * 0.5);
});

test("eval_loss weighs batches by their rows", async () => {
  const logits = [
    [2, 0],
    [0, 1],
    [1, 1],
  ];
  const batch = (rows: readonly number[]) => ({
    logits: () => tf.tensor2d(rows.map((row) => logits[row] ?? [])),
    labels: Int32Array.from(rows, () => 0),
  });
  const { loss, metrics, predicted, probabilities } = await evaluate(
    [batch([0, 1]), batch([2])],
    objective,
    async () => {},
  );
  const nll = [Math.log(1 + Math.exp(-2)), Math.log(1 + Math.E), Math.log(2)];
  expect(loss).toBeCloseTo(nll.reduce((a, b) => a + b) / 3, 5);
  expect(metrics.accuracy).toBeCloseTo(2 / 3, 6);
  expect(predicted).toEqual([0, 1, 0]);
  expect(probabilities[4]).toBeCloseTo(0.5, 6);
});

test("with class weights loss and gradient are torch's CrossEntropyLoss(weight), also over micro-batches", async () => {
  // torch.nn.CrossEntropyLoss(weight=[2, 2/3]) on inputs[:4] @ W with labels [0, 1, 1, 1], in float64.
  const expected = { loss: 0.6843839091593132, gradNorm: 0.5316739201210436 };
  const given = [0, 1, 1, 1];
  for (const parts of [[[0, 1, 2, 3]], [[0, 1], [2], [3]]]) {
    const weight = tf.variable(tf.tensor2d([0.1, -0.2, 0.3, 0.05, 0.2, -0.1], [3, 2]));
    const trainable = new Map([["weight", weight]]);
    const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const state = initOptimizer(rule, trainable);
    const batches = parts.map(
      (rows): MicroBatch => ({
        logits: () => tf.matMul(tf.tensor2d(rows.map((row) => inputs[row] ?? [])), weight),
        labels: Int32Array.from(rows, (row) => given[row] ?? 0),
        weights: Float32Array.from(rows, (row) => (given[row] === 0 ? 2 : 2 / 3)),
      }),
    );
    const { loss, gradNorm } = await trainStep(trainable, rule, state, batches, options);
    expect(loss).toBeCloseTo(expected.loss, 6);
    expect(gradNorm).toBeCloseTo(expected.gradNorm, 6);
    disposeOptimizer(state);
    weight.dispose();
  }
});
