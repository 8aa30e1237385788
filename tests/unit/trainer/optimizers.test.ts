import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { OptimizerName } from "../../../src/config/optim-args.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { createOptimizer } from "../../../src/trainer/optimizers/create-optimizer.ts";
import {
  disposeOptimizer,
  exportOptimizer,
  importOptimizer,
  initOptimizer,
  isDecayed,
  type OptimizerRule,
  updateOptimizer,
} from "../../../src/trainer/optimizers/optimizer.ts";
import { startWasmForTests } from "../support/wasm.ts";

/** Four updates of a matrix and a bias by PyTorch 1.13's own optimisers, the decay on the matrix only. */
interface Golden {
  weight: number[][];
  bias: number[];
  gradients: { weight: number[][]; bias: number[] }[];
  runs: Record<string, { weight: number[][]; bias: number[] }>;
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../golden/optimizers.json", import.meta.url), "utf8"),
);

beforeAll(startWasmForTests);

const ruleOf = (name: string): OptimizerRule => {
  const [optim, optim_args = null] = name.split(" ") as [OptimizerName, string?];
  return createOptimizer(
    trainingArgumentsSchema.parse({
      optim,
      optim_args,
      adam_beta1: 0.8,
      adam_beta2: 0.95,
      adam_epsilon: 1e-6,
    }),
  );
};

/** The golden updates, the state exported and imported before the update `breakAt`. */
async function train(rule: OptimizerRule, breakAt: number | null = null, gradientScale = 1) {
  const parameters = new Map<string, tf.Variable>([
    ["layer.weight", tf.variable(tf.tensor2d(golden.weight))],
    ["layer.bias", tf.variable(tf.tensor1d(golden.bias))],
  ]);
  let state = initOptimizer(rule, parameters);
  for (const [step, gradient] of golden.gradients.entries()) {
    if (step === breakAt) {
      const values = await exportOptimizer(state);
      disposeOptimizer(state);
      state = importOptimizer(rule, parameters, values);
    }
    const gradients = new Map<string, tf.Tensor>([
      ["layer.weight", tf.tensor2d(gradient.weight).div(gradientScale)],
      ["layer.bias", tf.tensor1d(gradient.bias).div(gradientScale)],
    ]);
    const options = { learningRate: 0.1, weightDecay: 0.05, gradientScale };
    updateOptimizer(rule, state, parameters, gradients, options);
    tf.dispose([...gradients.values()]);
  }
  const weight = [...(await (parameters.get("layer.weight")?.data() ?? []))];
  const bias = [...(await (parameters.get("layer.bias")?.data() ?? []))];
  disposeOptimizer(state);
  tf.dispose([...parameters.values()]);
  return { weight, bias };
}

const names = Object.keys(golden.runs);

test.each(names)("%s makes PyTorch's updates", async (name) => {
  const expected = golden.runs[name] ?? { weight: [], bias: [] };
  const { weight, bias } = await train(ruleOf(name));
  expected.weight.flat().forEach((value, i) => {
    expect(weight[i]).toBeCloseTo(value, 5);
  });
  expected.bias.forEach((value, i) => {
    expect(bias[i]).toBeCloseTo(value, 5);
  });
});

test.each(names)("%s: an exported state, imported, goes on with the same bits", async (name) => {
  expect(await train(ruleOf(name), 2)).toEqual(await train(ruleOf(name)));
});

test("a gradient that is scaled by half counts half", async () => {
  const whole = await train(ruleOf("adamw_torch"));
  const scaled = await train(ruleOf("adamw_torch"), null, 0.5);
  scaled.weight.forEach((value, i) => {
    expect(value).toBeCloseTo(whole.weight[i] ?? 0, 6);
  });
});

test("an update leaves no tensor behind", async () => {
  await train(ruleOf("adafactor"));
  const before = tf.memory().numTensors;
  for (const name of names) await train(ruleOf(name));
  // Each run leaves what the test itself makes of the golden numbers: four tensors.
  const own = 2 * (1 + golden.gradients.length);
  expect(tf.memory().numTensors - before).toBe(names.length * own);
});

test("a parameter without a gradient is refused by name", () => {
  const parameters = new Map([["unused.weight", tf.variable(tf.zeros([2]))]]);
  const rule = ruleOf("sgd");
  const state = initOptimizer(rule, parameters);
  const options = { learningRate: 0.1, weightDecay: 0, gradientScale: 1 };
  expect(() => updateOptimizer(rule, state, parameters, new Map(), options)).toThrow(
    /unused\.weight has no gradient/u,
  );
});

test("the state of another optimiser is refused by name", async () => {
  const parameters = new Map([["w", tf.variable(tf.zeros([2]))]]);
  const values = await exportOptimizer(initOptimizer(ruleOf("sgd"), parameters));
  expect(() => importOptimizer(ruleOf("adamw_torch"), parameters, values)).toThrow(
    /does not fit w \[2\]: its exp_avg is missing/u,
  );
});

test.each([
  ["classifier.weight", true],
  ["classifier.bias", false],
  ["encoder.layer.0.attention.layer_norm.weight", false],
  ["bert.encoder.layer.0.output.LayerNorm.weight", false],
  ["model.norm.weight", false],
  ["encoder.layer.0.attention.qkv.weight", true],
])("weight decay of %s: %s", (name, decayed) => {
  expect(isDecayed(name)).toBe(decayed);
});
