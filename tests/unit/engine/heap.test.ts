// The heap's end: addresses above 2 GB work, and a full heap is told and not written over.
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { cpuKernels } from "../../../src/engine/cpu/cpu-kernels.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

// Nothing is written into these tensors, so the system hands out no pages for them.
const take = (gib: number) =>
  cpuKernels()?.output([Math.round((gib * 1024 ** 3) / 4)]) as tf.Tensor;

test("a product above 2 GB is right, and a full heap is refused with its numbers", async () => {
  const large = [take(1.2), take(1.2)];
  const x = tf.tensor2d([[1, 2, 3]]);
  const weight = tf.tensor2d([[1, 1, 1]]);
  const y = linear(x, weight, tf.tensor1d([10]));
  expect(cpuKernels()?.address(y)).toBeGreaterThan(2 ** 31);
  expect([...(await y.data())]).toEqual([16]);

  large.push(take(1.2));
  expect(() => take(1.2)).toThrow(/WebAssembly's memory is full: 1229 MB more .* 4 GB/u);
  // The refusal leaves everything as it was.
  expect([...(await linear(x, weight).data())]).toEqual([6]);
  tf.dispose(large);
  const again = take(1.2);
  expect(again.size).toBeGreaterThan(3e8);
  again.dispose();
});
