// A whole training step for several numbers of threads. The threads themselves are tests/unit/engine/threads.test.ts; here their
// pieces run one after the other, in an order that no thread would choose.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { type CpuKernels, cpuKernels } from "../../../src/engine/cpu/cpu-kernels.ts";
import { disposeClassifier } from "../../../src/trainer/classifier.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { adamw } from "../../../src/trainer/optimizers/adamw.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { trainStep } from "../../../src/trainer/train-step.ts";
import { drawBert } from "../support/draw-bert.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

/** Losses, norms and weights of three steps, as bits. */
async function trainThreeSteps(): Promise<unknown[]> {
  const { classifier, labels, logits } = drawBert({ hidden: 48, layers: 2, rows: 6, length: 37 });
  const { parameters } = classifier;
  const rule = adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const state = initOptimizer(rule, parameters);
  const objective = createObjective("single_label_classification");
  const options = { objective, learningRate: 1e-3, weightDecay: 0.01, maxGradNorm: 1 };
  const results: unknown[] = [];
  for (let step = 0; step < 3; step++) {
    const batch = { labels, logits: () => logits(step) };
    results.push(await trainStep(parameters, rule, state, [batch], options));
  }
  for (const variable of parameters.values()) results.push(await variable.data());
  disposeOptimizer(state);
  disposeClassifier(classifier);
  return results;
}

test("three steps of a BERT with dropout have equal bits for one, two and three threads", async () => {
  const expected = await trainThreeSteps();
  const kernels = cpuKernels() as { -readonly [Key in keyof CpuKernels]: CpuKernels[Key] };
  const { split, threads } = kernels;
  let pieces = 0;
  kernels.split = (name, args, extent, grain) => {
    const piece = grain * Math.ceil(extent / grain / (kernels.threads * 4));
    const starts = Array.from({ length: Math.ceil(extent / piece) }, (_, i) => i * piece);
    // The odd ones first, and all from the end.
    const order = [
      ...starts.filter((_, i) => i % 2 === 1),
      ...starts.filter((_, i) => i % 2 === 0),
    ];
    for (const start of order.toReversed()) {
      pieces += 1;
      kernels.call(name, ...args, start, Math.min(extent, start + piece));
    }
  };
  try {
    for (const count of [2, 3]) {
      kernels.threads = count;
      pieces = 0;
      expect(await trainThreeSteps()).toEqual(expected);
      expect(pieces).toBeGreaterThan(500);
    }
  } finally {
    Object.assign(kernels, { split, threads });
  }
  expect(tf.getBackend()).toBe("wasm");
});
