import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { linear } from "../../../src/ops/linear/linear.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

/** A small network trained for so many steps; what the memory held after each, and its weights. */
async function trainNetwork(steps: number) {
  const draw = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.3, "float32", seed);
  const parameters = new Map<string, tf.Variable>(
    [
      ["first.weight", draw([33, 17], 1)] as const,
      ["first.bias", draw([33], 2)] as const,
      ["second.weight", draw([3, 33], 3)] as const,
      ["second.bias", draw([3], 4)] as const,
    ].map(([name, value]) => [name, tf.variable(value)] as const),
  );
  const get = (name: string) => parameters.get(name) as unknown as tf.Tensor2D;
  const bias = (name: string) => parameters.get(name) as unknown as tf.Tensor1D;
  const x = draw([21, 17], 5) as tf.Tensor2D;
  const labels = Int32Array.from({ length: 21 }, (_, row) => row % 3);
  const logits = () => {
    const hidden = linear(x, get("first.weight"), bias("first.bias"), { activation: "relu" });
    return linear(hidden, get("second.weight"), bias("second.bias"));
  };
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, parameters);
  const objective = createObjective("single_label_classification");
  const heap = () =>
    (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.byteLength;
  const held: string[] = [];
  for (let step = 0; step < steps; step++) {
    await trainStep(parameters, rule, state, [{ labels, logits }], {
      ...{ objective, learningRate: 1e-3, weightDecay: 0.01, maxGradNorm: 1 },
    });
    const { numTensors, numBytes } = tf.memory();
    held.push(`${numTensors} tensors, ${numBytes} bytes, heap ${heap()}`);
  }
  const weights = await Promise.all([...parameters.values()].map((each) => each.data()));
  disposeOptimizer(state);
  tf.dispose([x, ...parameters.values()]);
  return { held, weights };
}

test("1,000 steps hold as many tensors, bytes and as much heap as the tenth", async () => {
  const { held } = await trainNetwork(1000);
  expect(new Set(held.slice(10))).toEqual(new Set([held[10]]));
});

test("a run that is repeated gives the same bits", async () => {
  const first = await trainNetwork(20);
  const second = await trainNetwork(20);
  expect(second.weights).toEqual(first.weights);
});
