// The fused last product and loss: against the plain product and loss, on every back end; and what it takes of the memory.
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { crossEntropySum } from "../../../src/ops/cross-entropy/cross-entropy.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import { linearCrossEntropy } from "../../../src/ops/linear-cross-entropy/linear-cross-entropy.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { draw } from "./support/numbers.ts";

/** Rows, vocabulary and smoothing: one block of logits, and several with a short last one. */
const cases = [
  { rows: 5, vocabulary: 37, smoothing: 0 },
  { rows: 12, vocabulary: 129, smoothing: 0.1 },
  { rows: 9001, vocabulary: 1003, smoothing: 0.1 },
];

describe.each([
  ["wasm", startWasmForTests, cases],
  ["cpu", startCpuForTests, cases.slice(0, 2)],
] as const)("on %s", (_, start, chosen) => {
  test.each(chosen)(
    "$rows rows of $vocabulary classes with smoothing $smoothing cost what the plain loss says",
    async ({ rows, vocabulary, smoothing }) => {
      await start();
      const width = 8;
      const labels = Int32Array.from({ length: rows }, (__, row) =>
        row % 4 === 3 ? -100 : (row * 13) % vocabulary,
      );
      const [hidden, weight] = [tensor([rows, width], 1), tensor([vocabulary, width], 2)];
      const gradients = tf.grads((h, w) =>
        linearCrossEntropy(h as tf.Tensor2D, w as tf.Tensor2D, labels, smoothing)
          .slice([0], [1])
          .asScalar(),
      );
      const wanted = tf.grads((h, w) =>
        crossEntropySum(linear(h as tf.Tensor2D, w as tf.Tensor2D), labels, undefined, smoothing),
      );
      const [own, reference] = [gradients([hidden, weight]), wanted([hidden, weight])];
      for (const [index, gradient] of own.entries()) {
        expect(await distance(gradient, reference[index] as tf.Tensor)).toBeLessThan(1e-5);
      }
      const [loss, hits] = await linearCrossEntropy(hidden, weight, labels, smoothing).data();
      const logits = linear(hidden, weight);
      const plain = await crossEntropySum(logits, labels, undefined, smoothing).data();
      expect((loss ?? 0) / (plain[0] ?? 1)).toBeCloseTo(1, 5);
      const best = await logits.argMax(1).data();
      expect(hits).toBe(labels.filter((label, row) => label === best[row]).length);
      tf.dispose([hidden, weight, logits, ...own, ...reference]);
    },
  );
});

test("a vocabulary of 50,257 and 2,048 tokens take less than 64 MB beside the head's own gradient", async () => {
  await startWasmForTests();
  const [rows, vocabulary, width] = [2048, 50_257, 16];
  const hidden = tensor([rows, width], 3);
  const weight = tensor([vocabulary, width], 4);
  const labels = Int32Array.from({ length: rows }, (_, row) => (row * 17) % vocabulary);
  const before = tf.memory().numBytes;
  // The most live bytes at any allocation of the back end.
  let most = 0;
  const backend = tf.backend() as unknown as { makeOutput(...args: unknown[]): unknown };
  const { makeOutput } = backend;
  backend.makeOutput = (...args) => {
    const made = makeOutput.apply(backend, args);
    const [shape] = args as [readonly number[]];
    const bytes = shape.reduce((product, size) => product * size, 4);
    most = Math.max(most, tf.memory().numBytes + bytes - before);
    return made;
  };
  try {
    const gradients = tf.grads((h, w) =>
      linearCrossEntropy(h as tf.Tensor2D, w as tf.Tensor2D, labels)
        .slice([0], [1])
        .asScalar(),
    );
    const all = gradients([hidden, weight]);
    most = Math.max(most, tf.memory().numBytes - before);
    tf.dispose(all);
  } finally {
    backend.makeOutput = makeOutput;
  }
  const ownGradient = vocabulary * width * 4;
  expect(most).toBeGreaterThan(ownGradient);
  expect(most - ownGradient).toBeLessThan(64 * 1024 ** 2);
  expect(tf.memory().numBytes).toBe(before);
  tf.dispose([hidden, weight]);
});

const tensor = (shape: [number, number], seed: number): tf.Tensor2D => {
  const [, values] = draw(shape, seed);
  return tf.tensor2d(values, shape);
};

/** Relative L2 distance. */
async function distance(actual: tf.Tensor, expected: tf.Tensor): Promise<number> {
  const [a, b] = [await actual.data(), await expected.data()];
  const apart = Math.hypot(...Array.from(a, (x, i) => x - (b[i] ?? 0)));
  return apart / Math.hypot(...Array.from(b));
}
