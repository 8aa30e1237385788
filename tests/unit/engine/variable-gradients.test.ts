// The studio's own way back against tfjs's: the same bits in less memory, and the memory that was told before.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { estimateMemory } from "../../../src/config/memory-estimate.ts";
import { collate } from "../../../src/data/collate.ts";
import { variableGradients } from "../../../src/engine/variable-gradients.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import {
  type Classifier,
  createClassifier,
  disposeClassifier,
  logitsOf,
  trainingNoise,
} from "../../../src/trainer/classifier.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { watchHeap } from "../support/watch-heap.ts";

beforeAll(startWasmForTests);

interface BertSize {
  readonly hidden: number;
  readonly layers: number;
  readonly rows: number;
  readonly length: number;
}

const vocabulary = 300;
const objective = createObjective("single_label_classification");

/** A BERT with a head, and a batch of texts without padding. */
function drawBert({ hidden, layers, rows, length }: BertSize) {
  const architecture = findArchitecture("bert");
  const config = architecture.configSchema.parse({
    ...{ model_type: "bert", vocab_size: vocabulary, hidden_size: hidden },
    ...{ num_hidden_layers: layers, num_attention_heads: 4, intermediate_size: 4 * hidden },
    ...{ max_position_embeddings: length, type_vocab_size: 2, pad_token_id: 0 },
    ...{ hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
  });
  const classifier = createClassifier({
    ...{ architecture, config, labels: ["bad", "good"], weights: new Map(), seed: 1 },
  });
  const examples = Array.from({ length: rows }, (_, row) => ({
    ids: Array.from({ length }, (_, place) => 1 + ((row * 31 + place * 7) % (vocabulary - 1))),
    label: row % 2,
  }));
  const batch = collate(examples, 0);
  const noise = trainingNoise({ seed: 1, neftune_noise_alpha: null }, 0, 0);
  return { classifier, labels: batch.labels, logits: () => logitsOf(classifier, batch, noise) };
}

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
    await trainStep(parameters, rule, state, [{ labels, logits }], options);
    await trainStep(parameters, rule, state, [{ labels, logits }], options);
    const parameterCount = variablesOf(classifier).reduce((sum, { size }) => sum + size, 0);
    const { hidden, layers, rows, length } = size;
    const layer = { hiddenSize: hidden, intermediateSize: 4 * hidden, heads: 4 };
    const { weights, gradients, optimizer, activations, total } = estimateMemory({
      summary: {
        parameterCount,
        layers: Array.from({ length: layers }, () => layer),
        vocabularySize: vocabulary,
      },
      trainedParameters: parameterCount,
      optimizerSlots: 2,
      tokens: rows * length,
    });
    const peak = heap.peak - start;
    const ratio = (weights + gradients + optimizer + activations) / peak;
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.25);
    expect(peak).toBeLessThan(total);
    disposeOptimizer(state);
    disposeClassifier(classifier);
  },
);
