import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { startWasmForTests } from "../support/wasm.ts";
import { computeGradients, computeLogits, computeLoss, drawValues, specs } from "./small-model.ts";

const values = drawValues();

beforeAll(startWasmForTests);

describe.each(["wasm", "cpu"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    expect(tf.getBackend()).toBe(backend);
  });

  test("every parameter of encoder and head gets the gradient that finite differences give", async () => {
    const gradients = await computeGradients(values, false);
    expect([...gradients.keys()].sort()).toEqual(specs.map(({ name }) => name).sort());
    for (const [name, gradient] of gradients) {
      const steepest = indexOfLargest(gradient);
      expect(gradient[steepest], name).toBeCloseTo(await slope(name, steepest), 3);
    }
  });

  test("tokens without padding give the same logits and gradients as the padded batch", async () => {
    expectClose(await computeLogits(values, true), await computeLogits(values, false));
    const padded = await computeGradients(values, false);
    for (const [name, gradient] of await computeGradients(values, true)) {
      expectClose(gradient, padded.get(name), name);
    }
  });

  test("a training step leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await computeGradients(values, true);
    await computeGradients(values, false);
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The loss's slope along one weight, by central differences. */
async function slope(name: string, index: number): Promise<number> {
  // Small, because a step across a kink of relu gives another slope.
  const h = 5e-4;
  const lossAt = (delta: number): Promise<number> => {
    const moved = new Float32Array(values.get(name) ?? []);
    moved[index] = (moved[index] ?? 0) + delta;
    return computeLoss(new Map(values).set(name, moved));
  };
  return ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
}

function indexOfLargest(numbers: Float32Array): number {
  return numbers.reduce((best, x, i) => (Math.abs(x) > Math.abs(numbers[best] ?? 0) ? i : best), 0);
}

function expectClose(
  actual: Float32Array,
  expected: Float32Array | undefined,
  what?: string,
): void {
  expect(actual.length).toBe(expected?.length);
  const worst = actual.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - (expected?.[i] ?? Number.NaN))),
    0,
  );
  expect(worst, what).toBeLessThan(1e-5);
}
