// Each repair against stock tfjs: the first half of a test shows the fault, the second that it is gone.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { beforeAll, expect, test, vi } from "vitest";
import { hastenReads } from "../../../src/engine/gpu/hasten-reads.ts";
import { startWasmForTests } from "../support/wasm.ts";

let stockGather: tf.GradConfig | undefined;
let stockMatMul: tf.KernelConfig | undefined;
let stockIdentity: tf.KernelConfig | undefined;

beforeAll(async () => {
  await import("@tensorflow/tfjs-core/dist/register_all_gradients");
  stockGather = tf.getGradient("GatherV2");
  stockMatMul = tf.getKernel("BatchMatMul", "wasm");
  stockIdentity = tf.getKernel("Identity", "wasm");
  await startWasmForTests();
});

const table = () => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
const gatherGradient = () =>
  tf.grad((x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32")).sum())(table());

test("the gradient of gather works on wasm, and equal ids add up", async () => {
  const repaired = tf.getGradient("GatherV2");
  tf.registerGradient(stockGather as tf.GradConfig);
  expect(gatherGradient).toThrow(/UnsortedSegmentSum/u);
  tf.registerGradient(repaired as tf.GradConfig);
  expect([...(await gatherGradient().data())]).toEqual([1, 1, 0, 0, 2, 2]);
});

test("a transposed matrix product no longer takes the scalar loop on wasm", async () => {
  const a = tf.randomNormal([96, 64], 0, 1, "float32", 1) as tf.Tensor2D;
  const b = tf.randomNormal([96, 80], 0, 1, "float32", 2) as tf.Tensor2D;
  const plain = tf.matMul(tf.transpose(a), b);
  const flagged = tf.matMul(a, b, true, false);
  // XNNPACK sums in another order than the scalar loop: equal bits show that both went to XNNPACK.
  expect([...(await flagged.data())]).toEqual([...(await plain.data())]);

  const repaired = tf.getKernel("BatchMatMul", "wasm") as tf.KernelConfig;
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel(stockMatMul as tf.KernelConfig);
  const scalar = tf.matMul(a, b, true, false);
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel(repaired);
  expect([...(await scalar.data())]).not.toEqual([...(await plain.data())]);
});

test("a clone shares its memory on wasm, and outlives what it was cloned from", async () => {
  const { dataIdMap } = tf.backend() as unknown as {
    dataIdMap: { get(dataId: object): { memoryOffset: number } };
  };
  const addressOf = ({ dataId }: tf.TensorInfo) => dataIdMap.get(dataId).memoryOffset;
  const x = table();
  const clone = tf.clone(x);
  expect(addressOf(clone)).toBe(addressOf(x));
  x.dispose();
  expect([...(await clone.data())]).toEqual([1, 2, 3, 4, 5, 6]);

  const repaired = tf.getKernel("Identity", "wasm") as tf.KernelConfig;
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel(stockIdentity as tf.KernelConfig);
  expect(addressOf(tf.clone(clone))).not.toBe(addressOf(clone));
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel(repaired);
});

test("the repaired product is right for every pair of flags, plain and batched", async () => {
  for (const [ta, tb] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    for (const batch of [[], [3]]) {
      const a = tf.randomNormal([...batch, ...(ta ? [60, 7] : [7, 60])], 0, 1, "float32", 3);
      const b = tf.randomNormal([...batch, ...(tb ? [9, 60] : [60, 9])], 0, 1, "float32", 4);
      const product = await tf.matMul(a, b, ta, tb).data();
      const axes = batch.length === 0 ? [1, 0] : [0, 2, 1];
      const left = await (ta ? a.transpose(axes) : a).data();
      const right = await (tb ? b.transpose(axes) : b).data();
      expect(largestError(product, left, right, batch[0] ?? 1)).toBeLessThan(1e-4);
    }
  }
});

/** Largest difference from the plain triple loop: `[batch, 7, 60] x [batch, 60, 9]`. */
function largestError(
  product: ArrayLike<number>,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  batch: number,
) {
  let largest = 0;
  for (let n = 0; n < batch; n += 1) {
    for (let i = 0; i < 7; i += 1) {
      for (let j = 0; j < 9; j += 1) {
        let sum = 0;
        for (let k = 0; k < 60; k += 1)
          sum += (a[(n * 7 + i) * 60 + k] ?? 0) * (b[(n * 60 + k) * 9 + j] ?? 0);
        largest = Math.max(largest, Math.abs(sum - (product[(n * 7 + i) * 9 + j] ?? 0)));
      }
    }
  }
  return largest;
}

test("a device that looks for finished work at submissions alone gives a buffer after an empty one, and then has peace", async () => {
  const { device, map, submissions } = lateDevice(true);
  hastenReads(device);
  await Promise.all([map(), map()]);
  await map();
  const enough = submissions();
  expect(enough).toBeGreaterThanOrEqual(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(submissions()).toBe(enough);
});

test("a lost device has peace, although a buffer of it waits for ever", async () => {
  const { device, map, submissions, lose } = lateDevice(false);
  hastenReads(device);
  void map();
  await vi.waitFor(() => expect(submissions()).toBeGreaterThan(0));
  lose();
  await Promise.resolve();
  const enough = submissions();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(submissions()).toBe(enough);
});

/** A device whose buffers are mapped at the next submission, or never. */
function lateDevice(isFinishing: boolean) {
  let submissions = 0;
  let lose = () => {};
  const finished: (() => void)[] = [];
  const device = {
    lost: new Promise<void>((tell) => {
      lose = tell;
    }),
    queue: {
      submit(commands: readonly unknown[]) {
        expect(commands).toEqual([]);
        submissions += 1;
        if (isFinishing) for (const tell of finished.splice(0)) tell();
      },
    },
    createBuffer: () => ({ mapAsync: () => new Promise<void>((tell) => finished.push(tell)) }),
  } as unknown as GPUDevice;
  return {
    ...{ device, lose: () => lose(), submissions: () => submissions },
    map: () => device.createBuffer({ size: 4, usage: 1 }).mapAsync(1),
  };
}
