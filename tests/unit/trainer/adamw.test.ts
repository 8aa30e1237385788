import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import {
  disposeAdamw,
  exportAdamw,
  importAdamw,
  initAdamw,
  isDecayed,
  updateAdamw,
} from "../../../src/trainer/optimizers/adamw.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

test("three steps on one weight follow the formula of torch.optim.AdamW", async () => {
  const weight = tf.variable(tf.tensor1d([0.5, -1]));
  const parameters = new Map([["w", weight]]);
  const state = initAdamw(parameters);
  const gradients = [
    [0.1, -0.2],
    [0.3, 0.1],
    [-0.2, 0.4],
  ];
  const expected = [0.5, -1];
  const m = [0, 0];
  const v = [0, 0];
  gradients.forEach((gradient, index) => {
    const t = index + 1;
    const g = tf.tensor1d(gradient);
    updateAdamw(state, parameters, new Map([["w", g]]), {
      learningRate: 0.1,
      weightDecay: 0.01,
      gradientScale: 1,
    });
    g.dispose();
    gradient.forEach((slope, i) => {
      // torch: p *= 1 - lr * wd, then p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps).
      m[i] = 0.9 * (m[i] ?? 0) + 0.1 * slope;
      v[i] = 0.999 * (v[i] ?? 0) + 0.001 * slope * slope;
      const denominator = Math.sqrt(v[i] ?? 0) / Math.sqrt(1 - 0.999 ** t) + 1e-8;
      expected[i] =
        (expected[i] ?? 0) * (1 - 0.1 * 0.01) -
        ((0.1 / (1 - 0.9 ** t)) * (m[i] ?? 0)) / denominator;
    });
  });
  const values = await weight.data();
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 5);
  });
  disposeAdamw(state);
  weight.dispose();
});

test("an exported state, imported, goes on with the same bits", async () => {
  const run = async (breakAt: number | null) => {
    const weight = tf.variable(tf.tensor1d([0.3, 0.7, -0.2]));
    const parameters = new Map([["w", weight]]);
    let state = initAdamw(parameters);
    for (let step = 0; step < 6; step += 1) {
      if (step === breakAt) {
        const values = await exportAdamw(state);
        disposeAdamw(state);
        state = importAdamw(parameters, values);
      }
      const g = tf.tensor1d([Math.sin(step), Math.cos(step), 0.1]);
      updateAdamw(state, parameters, new Map([["w", g]]), {
        learningRate: 0.01,
        weightDecay: 0,
        gradientScale: 0.7,
      });
      g.dispose();
    }
    const values = [...(await weight.data())];
    disposeAdamw(state);
    weight.dispose();
    return values;
  };
  expect(await run(3)).toEqual(await run(null));
});

test("a parameter without a gradient is refused by name", () => {
  const parameters = new Map([["unused.weight", tf.variable(tf.zeros([2]))]]);
  const state = initAdamw(parameters);
  const options = { learningRate: 0.1, weightDecay: 0, gradientScale: 1 };
  expect(() => updateAdamw(state, parameters, new Map(), options)).toThrow(
    /unused\.weight has no gradient/u,
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
