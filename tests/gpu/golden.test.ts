import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import type { RunningBackend } from "../../src/engine/backend.ts";
import { goldenModels, loadGolden, measureGolden } from "../unit/models/golden-model.ts";
import { startForTests } from "./support/backends.ts";

const read = async (path: string) => {
  const response = await fetch(`/tests/golden/${path}`);
  expect(response.status, path).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

// Started once: SwiftShader compiles each kernel for seconds.
let webgpu: RunningBackend;
beforeAll(async () => {
  webgpu = await startForTests("webgpu");
});

// Ten times the limits that wasm and cpu keep.
test.each(goldenModels)(
  "%s gives PyTorch's logits, hidden states and gradients on webgpu",
  async (name) => {
    const golden = await loadGolden(name, read);
    const before = tf.memory().numTensors;
    const errors = await measureGolden(golden, false);
    expect(tf.memory().numTensors).toBe(before);
    expect(errors.logits).toBeLessThan(1e-4);
    expect(errors.hiddenStates).toBeLessThan(1e-4);
    expect(errors.loss).toBeLessThan(1e-4);
    expect(errors.gradient, errors.worst).toBeLessThan(1e-3);
    expect(errors.keyBias).toBeLessThan(1e-5);
    webgpu.throwIfFailed();
  },
);
