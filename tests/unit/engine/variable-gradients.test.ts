// The studio's own way back against tfjs's: the same bits in less memory, and the memory that was told before.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { estimateRunMemory } from "../../../src/config/run-memory.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { variableGradients } from "../../../src/engine/variable-gradients.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import { type Classifier, disposeClassifier } from "../../../src/trainer/classifier.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { drawBert } from "../support/draw-bert.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { watchHeap } from "../support/watch-heap.ts";

beforeAll(startWasmForTests);

const objective = createObjective("single_label_classification");
const variablesOf = ({ parameters }: Classifier) => [...parameters.values()];

test("the loss and every gradient have the bits of tf.variableGrads, with at most two thirds of the memory", async () => {
  const { classifier, labels, logits } = drawBert({ hidden: 32, layers: 4, rows: 8, length: 48 });
  const variables = variablesOf(classifier);
  const unused = tf.variable(tf.ones([3]));
  const lossOf = () => objective.lossSum(logits(), { labels }).div(8) as tf.Scalar;
  const heap = watchHeap();

  let start = heap.live;
  const own = variableGradients(lossOf, [...variables, unused]);
  const ownPeak = heap.peak - start;
  const stockWatch = watchHeap();
  start = stockWatch.live;
  const stock = tf.variableGrads(lossOf, [...variables, unused]);
  const stockPeak = stockWatch.peak - start;

  expect(await own.value.data()).toEqual(await stock.value.data());
  expect(own.gradients.at(-1)).toBeUndefined();
  for (const [i, { name }] of variables.entries()) {
    expect(await own.gradients[i]?.data(), name).toEqual(await stock.grads[name]?.data());
  }
  expect(ownPeak / stockPeak).toBeLessThan(2 / 3);
  tf.dispose([own.value, own.gradients, stock.value, stock.grads, unused]);
  disposeClassifier(classifier);
});

test("a tensor that is used twice gets both gradients, one after the other", async () => {
  const x = tf.variable(tf.tensor1d([1, 2, 3]));
  const { value, gradients } = variableGradients(() => {
    const twice = x.add(x);
    return twice.mul(x).add(twice).sum() as tf.Scalar;
  }, [x]);
  // 2x² + 2x
  expect([...(await value.data())]).toEqual([40]);
  expect([...((await gradients[0]?.data()) ?? [])]).toEqual([6, 10, 14]);
  tf.dispose([x, value, gradients]);
});

test("a pass that fails leaves no tensor, neither forward nor backward", () => {
  const weight = tf.variable(tf.ones<tf.Rank.R2>([4, 4]));
  const x = tf.ones<tf.Rank.R2>([2, 4]);
  const before = tf.memory().numTensors;
  const broken = (y: tf.Tensor2D): tf.Scalar => {
    if (y.shape[0] > 0) throw new Error("forward");
    return y.sum() as tf.Scalar;
  };
  expect(() => variableGradients(() => broken(linear(x, weight)), [weight])).toThrow("forward");
  expect(tf.memory().numTensors).toBe(before);
  const refuse = tf.customGrad((y) => ({
    value: (y as tf.Tensor).clone(),
    gradFunc: () => {
      throw new Error("backward");
    },
  }));
  expect(() =>
    variableGradients(() => refuse(linear(linear(x, weight), weight)).sum() as tf.Scalar, [weight]),
  ).toThrow("backward");
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([weight, x]);
});

test.each([
  { hidden: 64, layers: 2, rows: 8, length: 64 },
  { hidden: 96, layers: 5, rows: 4, length: 96 },
])(
  "the memory that is told before a run is what its step takes: $layers layers of $hidden",
  async (size) => {
    const heap = watchHeap();
    const start = heap.live;
    const { classifier, labels, logits } = drawBert(size);
    const { parameters } = classifier;
    const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
    const state = initOptimizer(rule, parameters);
    const options = { objective, learningRate: 1e-3, weightDecay: 0, maxGradNorm: 1 };
    await trainStep(parameters, rule, state, [{ labels, logits: () => logits() }], options);
    await trainStep(parameters, rule, state, [{ labels, logits: () => logits() }], options);
    const parameterCount = variablesOf(classifier).reduce((sum, { size }) => sum + size, 0);
    const { hidden, layers, rows, length } = size;
    const layer = { hiddenSize: hidden, intermediateSize: 4 * hidden, heads: 4 };
    const subject = {
      allParameters: parameterCount,
      trainedParameters: parameterCount,
      trainedLayers: Array.from({ length: layers }, () => layer),
      frozenLayers: [],
      vocabularySize: 300,
      language: null,
    };
    const args = trainingArgumentsSchema.parse({
      per_device_train_batch_size: rows,
      per_device_eval_batch_size: rows,
    });
    const { total } = estimateRunMemory(subject, args, [length], "kernels");
    const ratio = total / (heap.peak - start);
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.25);
    disposeOptimizer(state);
    disposeClassifier(classifier);
  },
);
