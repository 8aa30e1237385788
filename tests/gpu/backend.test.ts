import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { startBackend } from "../../src/engine/backend.ts";
import { bundledWasmFiles } from "../../src/engine/wasm-files.ts";
import { startForTests } from "./support/backends.ts";

// Before any back end has started, and with it the repairs.
const stockSoftmax = tf.getKernel("Softmax", "webgpu") as tf.KernelConfig;

// False only where CHROMIUM_FLAGS brought another adapter than the tests' own.
const isSwiftShader = (await navigator.gpu.requestAdapter())?.info.isFallbackAdapter !== false;

test.runIf(isSwiftShader)(
  "a software adapter is never chosen by itself: wasm runs, and the reason says why",
  async () => {
    const running = await startBackend("auto", bundledWasmFiles(location.href));
    expect(running.backend).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(running.reason).toMatch(/is software and slower than WebAssembly/u);
  },
);

test("an explicit choice of WebGPU is honoured, on a device of our own", async () => {
  const running = await startForTests("webgpu");
  expect(tf.getBackend()).toBe("webgpu");
  expect(running.adapter.length).toBeGreaterThan(0);
  expect(await tf.add(tf.tensor1d([1, 2]), 1).data()).toEqual(new Float32Array([2, 3]));
  expect(() => running.throwIfFailed()).not.toThrow();
});

test("an error of the graphics device fails the next step", async () => {
  const running = await startForTests("webgpu");
  const backend = tf.backend() as unknown as { device: GPUDevice };
  // A buffer usage that WebGPU forbids: the error reaches nobody but the device's listener.
  backend.device.createBuffer({
    size: 16,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE,
  });
  await backend.device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(() => running.throwIfFailed()).toThrow(/The graphics device reported an error/u);
});

test("the gradient of gather adds up equal ids on webgpu as on cpu", async () => {
  const gradient = async () => {
    const ids = tf.tensor1d([4, 0, 4, 2, 4], "int32");
    const table = tf.randomNormal([6, 33], 0, 1, "float32", 1);
    const weights = tf.randomNormal([5, 33], 0, 1, "float32", 2);
    return [
      ...(await tf
        .grad((x) => tf.gather(x, ids).mul(weights).sum())(table)
        .data()),
    ];
  };
  await startForTests("cpu");
  const expected = await gradient();
  await startForTests("webgpu");
  const found = await gradient();
  expected.forEach((value, index) => {
    expect(found[index]).toBeCloseTo(value, 4);
  });
});

test("softmax of more than 65,535 rows is right to its last element, which stock tfjs writes wrong", async () => {
  await startForTests("webgpu");
  const repaired = tf.getKernel("Softmax", "webgpu") as tf.KernelConfig;
  const row = [0, 1, 2, 3, 4, 5, 6, 7];
  const logits = tf.tile(tf.tensor2d([row]), [70_000, 1]);
  const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
  const isRight = (value: number, index: number) =>
    Math.abs(value - Math.exp(row[index % 8] ?? 0) / total) < 1e-6;

  // Its threads race for that element: on another adapter the right one may win.
  if (isSwiftShader) {
    setSoftmax(stockSoftmax);
    const stock = [...(await tf.softmax(logits).data())];
    expect(stock.findIndex((value, index) => !isRight(value, index))).toBe(559_999);
    setSoftmax(repaired);
  }
  const found = [...(await tf.softmax(logits).data())];
  expect(found.length).toBe(560_000);
  expect(found.every(isRight)).toBe(true);
});

function setSoftmax(kernel: tf.KernelConfig): void {
  tf.unregisterKernel("Softmax", "webgpu");
  tf.registerKernel(kernel);
}
