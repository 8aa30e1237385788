// The matrix product of the CPU kernels, through tf.matMul and ops/linear, against plain sums in double precision.
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { linear } from "../../../src/ops/linear/linear.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

/** Sizes about the edges of tiles (6 rows, 8 columns), of blocks (96 rows, 256 deep, 128 columns) and of nothing. */
const size = fc.oneof(
  fc.constantFrom(1, 2, 5, 6, 7, 8, 9, 12, 95, 96, 97, 127, 128, 129),
  fc.integer({ min: 1, max: 40 }),
);
const depth = fc.oneof(
  fc.constantFrom(1, 255, 256, 257, 513, 1100),
  fc.integer({ min: 1, max: 40 }),
);

test("tf.matMul is right for every shape, both transposed or not", async () => {
  await fc.assert(
    fc.asyncProperty(size, size, depth, fc.boolean(), fc.boolean(), async (m, n, k, ta, tb) => {
      const a = draw(m * k, 1);
      const b = draw(k * n, 2);
      const product = tf.tidy(() =>
        tf.matMul(
          tf.tensor2d(a, ta ? [k, m] : [m, k]),
          tf.tensor2d(b, tb ? [n, k] : [k, n]),
          ta,
          tb,
        ),
      );
      const left = (i: number, l: number) => a[ta ? l * m + i : i * k + l] ?? 0;
      const right = (l: number, j: number) => b[tb ? j * k + l : l * n + j] ?? 0;
      expectProduct(await product.data(), m, n, k, left, right);
      product.dispose();
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("tf.matMul takes batches, also where one operand is broadcast", async () => {
  for (const [batchA, batchB, batch] of [
    [[3], [3], [3]],
    [[1], [4], [4]],
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[2, 2], [], [2, 2]],
  ] as const) {
    const [m, n, k] = [7, 9, 11];
    const a = tf.randomNormal([...batchA, m, k], 0, 1, "float32", 3);
    const b = tf.randomNormal([...batchB, k, n], 0, 1, "float32", 4);
    const found = await tf.matMul(a, b).data();
    const left = await tf.broadcastTo(a, [...batch, m, k]).data();
    const right = await tf.broadcastTo(b, [...batch, k, n]).data();
    for (let i = 0; i < found.length / (m * n); i++) {
      expectProduct(
        found.subarray(i * m * n, (i + 1) * m * n),
        m,
        n,
        k,
        (row, l) => left[(i * m + row) * k + l] ?? 0,
        (l, column) => right[(i * k + l) * n + column] ?? 0,
      );
    }
  }
});

test("linear adds the bias, applies relu and adds the residual, at every edge", async () => {
  await fc.assert(
    fc.asyncProperty(size, size, depth, fc.boolean(), async (rows, outSize, inSize, hasRelu) => {
      const x = draw(rows * inSize, 5);
      const weight = draw(outSize * inSize, 6);
      const bias = draw(outSize, 7);
      const residual = draw(rows * outSize, 8);
      const y = tf.tidy(() =>
        linear(
          tf.tensor2d(x, [rows, inSize]),
          tf.tensor2d(weight, [outSize, inSize]),
          tf.tensor1d(bias),
          hasRelu ? { activation: "relu" } : { residual: tf.tensor2d(residual, [rows, outSize]) },
        ),
      );
      const values = await y.data();
      const finish = (sum: number, i: number, j: number) => {
        const z = sum + (bias[j] ?? 0);
        return hasRelu ? Math.max(0, z) : z + (residual[i * outSize + j] ?? 0);
      };
      const left = (i: number, l: number) => x[i * inSize + l] ?? 0;
      const right = (l: number, j: number) => weight[j * inSize + l] ?? 0;
      expectProduct(values, rows, outSize, inSize, left, right, finish);
      y.dispose();
    }),
    { numRuns: 40, seed: 2 },
  );
});

test("an edit in place is seen: the product keeps no packed copy", async () => {
  const weight = tf.variable(tf.tensor2d([[1, 2]]));
  const x = tf.tensor2d([[1, 1]]);
  expect((await linear(x, weight).data())[0]).toBe(3);
  const backend = tf.backend() as unknown as {
    wasm: { HEAPF32: Float32Array };
    dataIdMap: { get(id: object): { memoryOffset: number } };
  };
  backend.wasm.HEAPF32[backend.dataIdMap.get(weight.dataId).memoryOffset / 4] = 10;
  expect((await linear(x, weight).data())[0]).toBe(12);
});

/** Relative to the sum of the terms' sizes: what rounding may do. */
function expectProduct(
  found: ArrayLike<number>,
  m: number,
  n: number,
  k: number,
  left: (i: number, l: number) => number,
  right: (l: number, j: number) => number,
  finish: (sum: number, i: number, j: number) => number = (sum) => sum,
): void {
  let worst = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let scale = 1;
      for (let l = 0; l < k; l++) {
        const term = left(i, l) * right(l, j);
        sum += term;
        scale += Math.abs(term);
      }
      worst = Math.max(
        worst,
        Math.abs(finish(sum, i, j) - (found[i * n + j] ?? Number.NaN)) / scale,
      );
    }
  }
  expect(found.length).toBe(m * n);
  expect(worst, `${m} x ${n} x ${k}`).toBeLessThan(1e-6);
}

/** Numbers between -1 and 1 that are the same on every run. */
function draw(count: number, seed: number): Float32Array {
  let state = seed * 7919;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
}
