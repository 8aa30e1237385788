import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { computeGradients, computeLogits, drawValues, specs } from "../unit/models/small-model.ts";
import { startForTests } from "./support/backends.ts";

test("the encoder's logits and the gradient of every parameter are the same on webgpu and on cpu", async () => {
  const values = drawValues();
  await startForTests("cpu");
  const expectedLogits = await computeLogits(values, false);
  const expected = await computeGradients(values, false);

  const webgpu = await startForTests("webgpu");
  expect(largestDifference(await computeLogits(values, false), expectedLogits)).toBeLessThan(1e-4);
  const before = tf.memory().numTensors;
  const gradients = await computeGradients(values, false);
  expect(tf.memory().numTensors).toBe(before);
  expect([...gradients.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
  for (const [name, gradient] of gradients) {
    expect(largestDifference(gradient, expected.get(name)), name).toBeLessThan(1e-4);
  }
  webgpu.throwIfFailed();
});

function largestDifference(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b?.[i] ?? Number.NaN))), 0);
}
