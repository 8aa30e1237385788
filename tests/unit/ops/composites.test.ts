import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { attention } from "../../../src/ops/attention/attention.ts";
import { embedding } from "../../../src/ops/embedding/embedding.ts";
import { layerNorm } from "../../../src/ops/layer-norm/layer-norm.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import { sumRows } from "../../../src/ops/sum-rows/sum-rows.ts";
import { startWasmForTests } from "../support/wasm.ts";

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

beforeAll(startWasmForTests);

// The stock gradients of the plain formulas are the oracle. They are computed on cpu: some have no kernel on wasm.
describe.each(["wasm", "cpu"])("on %s", (backend) => {
  test("linear is x · Wᵀ + b, forward and backward", async () => {
    const inputs = [draw([5, 7], 1), draw([3, 7], 2), draw([3], 3)];
    await expectSame(
      backend,
      inputs,
      (x, weight, bias) => linear(x as tf.Tensor2D, weight as tf.Tensor2D, bias as tf.Tensor1D),
      (x, weight, bias) => tf.add(tf.matMul(x, weight, false, true), bias),
    );
  });

  test("linear without a bias is x · Wᵀ", async () => {
    await expectSame(
      backend,
      [draw([4, 6], 4), draw([9, 6], 5)],
      (x, weight) => linear(x as tf.Tensor2D, weight as tf.Tensor2D),
      (x, weight) => tf.matMul(x, weight, false, true),
    );
  });

  test("layer norm is the textbook's formula, forward and backward", async () => {
    const inputs = [draw([6, 8], 6), draw([8], 7), draw([8], 8)];
    await expectSame(
      backend,
      inputs,
      (x, weight, bias) =>
        layerNorm(x as tf.Tensor2D, weight as tf.Tensor1D, bias as tf.Tensor1D, 1e-6),
      (x, weight, bias) => {
        const { mean, variance } = tf.moments(x, -1, true);
        const deviation = tf.sqrt(tf.add(variance, 1e-6));
        return tf.add(tf.mul(tf.div(tf.sub(x, mean), deviation), weight), bias);
      },
    );
  });

  test("embedding takes rows, and adds up the gradients of a row taken twice", async () => {
    const ids = [4, 0, 4, 2];
    await expectSame(
      backend,
      [draw([5, 3], 9)],
      (table) => embedding(table as tf.Tensor2D, tf.tensor1d(ids, "int32")),
      (table) => tf.gather(table, tf.tensor1d(ids, "int32")),
    );
  });

  test("the sum over rows is the sum over axis 0, forward and backward", async () => {
    await expectSame(
      backend,
      [draw([5, 3], 10)],
      (x) => sumRows(x as tf.Tensor2D),
      (x) => tf.sum(x, 0),
    );
  });

  test("attention over texts without padding is attention over each text alone", async () => {
    const lengths = [3, 1, 4];
    const mask = lengths.map((length) => [0, 1, 2, 3].map((i) => (i < length ? 1 : 0)));
    const positions = [0, 1, 2, 4, 8, 9, 10, 11];
    await expectSame(
      backend,
      [draw([8, 12], 11)],
      (qkv) => {
        const attentionMask = tf.tensor2d(mask, [3, 4], "int32");
        const tokenPositions = tf.tensor1d(positions, "int32");
        return attention(qkv as tf.Tensor2D, { attentionMask, tokenPositions }, { heads: 2 });
      },
      (qkv) =>
        tf.concat(
          tf.split(qkv, lengths, 0).map((text) => textbookAttention(text, 2)),
          0,
        ),
    );
  });
});

test("attention of one head is softmax(q · kᵀ / sqrt(d)) · v, and no token looks at padding", () => {
  const [q, k, v] = [
    [1, 0],
    [0, 2],
    [3, 5],
  ];
  const token = [...(q ?? []), ...(k ?? []), ...(v ?? [])];
  const other = [0, 1, 1, 1, -1, 4];
  const padding = [9, 9, 9, 9, 100, 100];
  const qkv = tf.tensor2d([token, other, padding]);
  const attentionMask = tf.tensor2d([[1, 1, 0]], undefined, "int32");
  const result = attention(qkv, { attentionMask }, { heads: 1 }).arraySync();
  // The first token's scores are 1·0 + 0·2 = 0 and 1·1 + 0·1 = 1, divided by the square root of 2.
  const weight = 1 / (1 + Math.exp(1 / Math.sqrt(2)));
  expect(result[0]?.[0]).toBeCloseTo(weight * 3 + (1 - weight) * -1, 5);
  expect(result[0]?.[1]).toBeCloseTo(weight * 5 + (1 - weight) * 4, 5);
  qkv.dispose();
});

/** Attention of one text without padding, from queries, keys and values side by side, by stock operations. */
function textbookAttention(qkv: tf.Tensor, heads: number): tf.Tensor {
  const [tokens = 0, width = 0] = qkv.shape;
  const dim = width / 3 / heads;
  const [q, k, v] = tf
    .split(qkv, 3, 1)
    .map((x) => tf.transpose(tf.reshape(x, [tokens, heads, dim]), [1, 0, 2])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(dim));
  const mixed = tf.matMul(tf.softmax(scores), v);
  return tf.reshape(tf.transpose(mixed, [1, 0, 2]), [tokens, heads * dim]);
}

/** Runs an op on a back end and its oracle on cpu: equal values, equal gradients of every input. */
async function expectSame(
  backend: string,
  inputs: readonly (readonly [number[], Float32Array])[],
  op: Op,
  oracle: Op,
): Promise<void> {
  await tf.setBackend(backend);
  const actual = valueAndGradients(op, inputs);
  await tf.setBackend("cpu");
  const expected = valueAndGradients(oracle, inputs);
  expect(actual.length).toBe(inputs.length + 1);
  actual.forEach((values, i) => {
    const worst = values.reduce(
      (most, x, j) => Math.max(most, Math.abs(x - (expected[i]?.[j] ?? NaN))),
      0,
    );
    expect(values.length).toBe(expected[i]?.length);
    expect(worst, i === 0 ? "value" : `gradient of input ${i}`).toBeLessThan(2e-5);
  });
}

function valueAndGradients(
  op: Op,
  inputs: readonly (readonly [number[], Float32Array])[],
): Float32Array[] {
  const results: Float32Array[] = [];
  tf.tidy(() => {
    const tensors = inputs.map(([shape, data]) => tf.tensor(data, shape));
    const value = op(...tensors);
    const [, upstream] = draw(value.shape, 99);
    const gradients = tf.grads(op)(tensors, tf.tensor(upstream, value.shape));
    for (const tensor of [value, ...gradients]) results.push(tensor.dataSync<"float32">().slice());
  });
  return results;
}

/** Numbers between -1 and 1 that are the same on every run. */
function draw(shape: number[], seed: number): readonly [number[], Float32Array] {
  let state = seed * 7919;
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const data = Float32Array.from({ length: size }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
  return [shape, data];
}
