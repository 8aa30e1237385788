// Each WGSL kernel against its op's composite on the cpu back end, forward and backward, and against itself: two runs are equal to
// the last bit. Shapes stand about the edges of tiles, workgroups and blocks.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { RunningBackend } from "../../src/engine/backend.ts";
import { gpuBackend } from "../../src/engine/gpu/gpu-backend.ts";
import { type GpuKernel, type GpuKernels, gpuKernels } from "../../src/engine/gpu/gpu-kernels.ts";
import { gradientsOf } from "../../src/engine/variable-gradients.ts";
import { attention } from "../../src/ops/attention/attention.ts";
import {
  attentionForward,
  attentionKeyGradient,
  attentionQueryGradient,
} from "../../src/ops/attention/attention.wgsl.ts";
import { crossEntropySum } from "../../src/ops/cross-entropy/cross-entropy.ts";
import { dropout, dropoutAdd } from "../../src/ops/dropout/dropout.ts";
import { dropoutKey } from "../../src/ops/dropout/dropout-mask.ts";
import { embedding } from "../../src/ops/embedding/embedding.ts";
import { feedForward } from "../../src/ops/feed-forward/feed-forward.ts";
import { gelu, geluTanh } from "../../src/ops/gelu/gelu.ts";
import { dropoutAddNorm } from "../../src/ops/layer-norm/dropout-add-norm.ts";
import { layerNorm } from "../../src/ops/layer-norm/layer-norm.ts";
import { conv1d } from "../../src/ops/linear/conv1d.ts";
import { linear, linearsTogether } from "../../src/ops/linear/linear.ts";
import { linearCrossEntropy } from "../../src/ops/linear-cross-entropy/linear-cross-entropy.ts";
import { meanPool } from "../../src/ops/mean-pool/mean-pool.ts";
import { headNorm } from "../../src/ops/rms-norm/head-norm.ts";
import { rmsNorm } from "../../src/ops/rms-norm/rms-norm.ts";
import { rope } from "../../src/ops/rope/rope.ts";
import { softmax } from "../../src/ops/softmax/softmax.ts";
import { sumRows } from "../../src/ops/sum-rows/sum-rows.ts";
import { draw, expectClose } from "../unit/ops/support/numbers.ts";
import { startForTests } from "./support/backends.ts";

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
type Drawn = ReturnType<typeof draw>;

let webgpu: RunningBackend;
/** The WGSL of each own kernel that a test here compiles. */
const sources = new Map<string, string>();
beforeAll(async () => {
  await startForTests("cpu");
  webgpu = await startForTests("webgpu");
  const { device } = gpuBackend() as WebGPUBackend;
  const create = device.createShaderModule.bind(device);
  vi.spyOn(device, "createShaderModule").mockImplementation((descriptor) => {
    if (descriptor.label !== undefined) sources.set(descriptor.label, descriptor.code);
    return create(descriptor);
  });
});
afterAll(() => webgpu.throwIfFailed());

const two = (x: tf.Tensor | undefined) => x as tf.Tensor2D;
const one = (x: tf.Tensor | undefined) => x as tf.Tensor1D;

test.each([
  [1, 3, 5],
  [33, 65, 17],
  [70, 130, 40],
])("linear of %i rows, %i in, %i out", async (rows, inSize, outSize) => {
  const inputs = [
    draw([rows, inSize], 1),
    draw([outSize, inSize], 2),
    draw([outSize], 3),
    draw([rows, outSize], 4),
  ];
  await expectSame(inputs.slice(0, 2), (x, w) => linear(two(x), two(w)));
  await expectSame(inputs, (x, w, b, residual) =>
    linear(two(x), two(w), one(b), { residual: two(residual) }),
  );
  await expectSame(inputs.slice(0, 3), (x, w, b) =>
    linear(two(x), two(w), one(b), { activation: "relu" }),
  );
});

test("a linear whose weight lies the other way round", async () => {
  const inputs = [draw([33, 65], 1), draw([65, 37], 2), draw([37], 3), draw([33, 37], 4)];
  await expectSame(inputs.slice(0, 2), (x, w) => conv1d(two(x), two(w)));
  await expectSame(inputs, (x, w, b, residual) => conv1d(two(x), two(w), one(b), two(residual)));
  const outer = draw([37, 6], 5);
  await expectSame([...inputs.slice(0, 3), outer], (x, w, b, outer) => {
    const inner = { weight: two(w), bias: one(b) };
    const parts = { inner, outer: { weight: two(outer) }, isConv1d: true } as const;
    return feedForward(two(x), { ...parts, activation: "geluTanh" });
  });
});

test("a product with more than 64 tiles, which are then larger", async () => {
  await expectSame([draw([600, 9], 1), draw([600, 9], 2), draw([600], 3)], (x, w, b) =>
    linear(two(x), two(w), one(b)),
  );
});

test("three linears of one input are one kernel each way", async () => {
  const [rows, inSize] = [37, 20];
  const sizes = [24, 8, 12];
  const inputs = [
    draw([rows, inSize], 1),
    ...sizes.flatMap((size, i) => [draw([size, inSize], 2 + i), draw([size], 5 + i)]),
  ];
  await expectSame(inputs, (x, w0, b0, w1, b1, w2, b2) => {
    const together = linearsTogether(two(x), [
      { weight: two(w0), bias: one(b0) },
      { weight: two(w1), bias: one(b1) },
      { weight: two(w2), bias: one(b2) },
    ]);
    expect(together instanceof tf.Tensor).toBe(tf.getBackend() === "webgpu");
    return together instanceof tf.Tensor ? together : tf.concat(together, 1);
  });
});

test.each([
  [1, 1],
  [17, 65],
  [40, 130],
])("norms, softmax and sums of %i rows of %i", async (rows, width) => {
  const [x, weight, bias] = [draw([rows, width], 1, 3), draw([width], 2), draw([width], 3)];
  await expectSame([x, weight, bias], (x, w, b) => layerNorm(two(x), one(w), one(b), 1e-5));
  await expectSame([x, weight], (x, w) => rmsNorm(two(x), one(w), 1e-6));
  const residual = draw([rows, width], 4);
  await expectSame([x, weight, residual], (x, w, residual) =>
    rmsNorm(two(x), one(w), 1e-6, { offset: 1, residual: two(residual) }),
  );
  const drop = { rate: 0.3, key: dropoutKey(7, 3, "layer.0") };
  await expectSame([x, residual, weight, bias], (x, residual, w, b) => {
    const parameters = { weight: one(w), bias: one(b), epsilon: 1e-5 };
    return dropoutAddNorm(two(x), two(residual), parameters, drop);
  });
  await expectSame([x], (x) => softmax(two(x)));
  await expectSame([draw([rows, width], 1, 1e4)], (x) => softmax(two(x)));
  await expectSame([x], (x) => sumRows(two(x)));
});

test.each([
  [4, 2],
  [9, 130],
])("cross-entropy of %i rows and %i classes", async (rows, classes) => {
  const labels = Int32Array.from({ length: rows }, (_, row) =>
    row % 3 === 2 ? -100 : (row * 7) % classes,
  );
  const weights = Float32Array.from({ length: rows }, (_, row) => 0.5 + (row % 4));
  for (const scale of [10, 1e4]) {
    const logits = [draw([rows, classes], 1, scale)];
    await expectSame(logits, (x) => crossEntropySum(two(x), labels));
    await expectSame(logits, (x) => crossEntropySum(two(x), labels, weights, 0.1));
  }
});

test.each([
  { smoothing: 0, blocks: 1 },
  { smoothing: 0.1, blocks: 3 },
])("a language model's loss: %o", async ({ smoothing, blocks }) => {
  const [rows, vocabulary, width] = [37, 130, 20];
  const labels = Int32Array.from({ length: rows }, (_, row) =>
    row % 4 === 3 ? -100 : (row * 7) % vocabulary,
  );
  const bytes = blocks === 1 ? 1e6 : 4 * rows * 64;
  for (const scale of [2, 50]) {
    const inputs = [draw([rows, width], 1, scale), draw([vocabulary, width], 2, scale)];
    await expectSame(inputs, (hidden, weight) =>
      linearCrossEntropy(two(hidden), two(weight), labels, smoothing, bytes),
    );
  }
});

test.each([
  { rows: 9, inner: 10, activation: "silu", hasBias: false },
  { rows: 35, inner: 33, activation: "geluTanh", hasBias: true },
] as const)("a gated network: %o", async ({ rows, inner, activation, hasBias }) => {
  const inputs = [
    ...[draw([rows, 7], 1), draw([inner, 7], 2, 2), draw([inner, 7], 3, 2)],
    ...[draw([5, inner], 4), draw([rows, 5], 5)],
    ...(hasBias ? [draw([inner], 6), draw([inner], 7), draw([5], 8)] : []),
  ];
  const biasOf = (x: tf.Tensor | undefined) => (hasBias ? one(x) : undefined);
  await expectSame(inputs, (x, gate, up, outer, residual, gateBias, upBias, outerBias) => {
    const parts = {
      ...{ activation, gate: { weight: two(gate), bias: biasOf(gateBias) } },
      up: { weight: two(up), bias: biasOf(upBias) },
      outer: { weight: two(outer), bias: biasOf(outerBias) },
    };
    return feedForward(two(x), parts, two(residual));
  });
});

test.each(["gelu", "geluTanh", "silu", "relu", "tanh"] as const)(
  "a network with %s",
  async (activation) => {
    // Far out too, where what grows with x times what shrinks with it must be no NaN.
    for (const scale of [4, 1e4]) {
      const inner = draw([37, 6], 2, scale);
      const inputs = [draw([34, 6], 1), inner, draw([37], 3), draw([5, 37], 4), draw([5], 5)];
      await expectSame(inputs, (x, inner, bias, outer, outerBias) => {
        const parts = {
          ...{ activation, inner: { weight: two(inner), bias: one(bias) } },
          outer: { weight: two(outer), bias: one(outerBias) },
        };
        return feedForward(two(x), parts);
      });
    }
  },
);

test("kernels add their gradient to what a tensor has from its other readers", async () => {
  const vectors = [2, 3, 4, 5].map((seed) => draw([6], seed));
  const weights = [6, 7, 8, 9, 10].map((seed) => draw([6, 6], seed));
  const op: Op = (x, scale, scale2, bias, bias2, weight, other, gate, up, outer) => {
    const normed = rmsNorm(two(x), one(scale), 1e-6);
    const mixed = linear(normed, two(weight), undefined, { residual: two(x) });
    const next = layerNorm(mixed, one(scale2), one(bias), 1e-5);
    const both = linear(next, two(other), one(bias2), { residual: mixed });
    const parts = {
      ...{ gate: { weight: two(gate) }, up: { weight: two(up) }, outer: { weight: two(outer) } },
      activation: "silu" as const,
    };
    return feedForward(next, parts, both);
  };
  const ran: string[] = [];
  const run = tf.engine().runKernel.bind(tf.engine());
  const spy = vi.spyOn(tf.engine(), "runKernel").mockImplementation((name, ...rest) => {
    if (tf.getBackend() === "webgpu") ran.push(name);
    return run(name, ...rest);
  });
  await expectSame([draw([9, 6], 1), ...vectors, ...weights], op, runAsTrained(op));
  spy.mockRestore();
  expect(ran).toContain("StudioFeedForwardGated");
  expect(ran).not.toContain("Add");
});

test.each(["frozen weights", "frozen biases"])("with %s nothing is left behind", async (frozen) => {
  await webgpuOnly();
  const before = tf.memory().numTensors;
  const weights = [1, 2, 3, 4, 5].map((seed) => makeTensor(draw([6, 6], seed)));
  const biases = [6, 7, 8, 9].map((seed) => makeTensor(draw([6], seed)));
  const x = makeTensor(draw([9, 6], 10));
  const partOf = (i: number) => ({ weight: two(weights[i]), bias: one(biases[i]) });
  const forward = () => {
    const [first, second, third] = [partOf(0), partOf(1), partOf(2)];
    const together = linearsTogether(two(x), [first, second]) as tf.Tensor2D;
    const [a, b] = tf.split(together, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const mixed = conv1d(linear(tf.add(a, b), third.weight, third.bias), two(weights[4]));
    const parts = { gate: first, up: second, outer: partOf(3), activation: "silu" as const };
    return feedForward(conv1d(mixed, two(weights[4]), one(biases[3])), parts);
  };
  const read = frozen === "frozen weights" ? biases : weights;
  const { value, gradients } = gradientsOf(forward, read);
  const ofAll = gradientsOf(forward, [...weights, ...biases]);
  for (const [i, tensor] of [...weights, ...biases].entries()) {
    const own = gradients[read.indexOf(tensor)];
    if (own === undefined) continue;
    expect(await own.data()).toEqual(await ofAll.gradients[i]?.data());
  }
  expect(gradients.every((gradient) => gradient !== undefined)).toBe(true);
  tf.dispose([x, weights, biases, value, gradients, ofAll]);
  expect(tf.memory().numTensors).toBe(before);
});

test("a tensor that is two inputs of one operation gets both gradients", async () => {
  const op: Op = (x, weight) => linear(two(x), two(weight), undefined, { residual: two(x) });
  const inputs = [draw([9, 6], 1), draw([6, 6], 2)];
  await expectSame(inputs, op, runAsTrained(op));
});

test("rotary positions, of heads alone and of heads beside values", async () => {
  const frequencies = Float32Array.of(1, 0.1, 0.01);
  const positions = Int32Array.from({ length: 9 }, (_, row) => row * 13);
  for (const rest of [0, 5]) {
    await expectSame([draw([9, 18 + rest], 1)], (x) => {
      const turn = { positions: tf.tensor1d(positions, "int32"), frequencies, length: 105 };
      return rope(two(x), turn, { heads: 3, rest });
    });
  }
});

test("an embedding adds up the gradients of an id that stands in several rows", async () => {
  const ids = Int32Array.from({ length: 70 }, (_, row) => (row * row) % 11);
  await expectSame([draw([11, 70], 1)], (table) =>
    embedding(two(table), tf.tensor1d(ids, "int32")),
  );
});

test("activations and dropout", async () => {
  const x = draw([1003], 1, 6);
  await expectSame([x], (x) => gelu(x as tf.Tensor));
  await expectSame([x], (x) => geluTanh(x as tf.Tensor));
  const key = dropoutKey(7, 3, "layer.0");
  await expectSame([x], (x) => dropout(x as tf.Tensor, 0.3, key));
  await expectSame([draw([17, 20], 1), draw([17, 20], 2)], (x, residual) =>
    dropoutAdd(two(x), two(residual), 0.3, key),
  );
});

test.each([
  { seq: 7, heads: 2, keyHeads: 2, dim: 4, isFused: true },
  { seq: 70, heads: 2, keyHeads: 1, dim: 6, causal: true, scale: 0.3 },
  { seq: 66, heads: 2, keyHeads: 2, dim: 8, rate: 0.25, isFused: true },
  { seq: 9, heads: 2, keyHeads: 1, dim: 5, causal: true, rate: 0.25, texts: 3 },
  { seq: 70, heads: 2, keyHeads: 1, dim: 6, causal: true, isFused: true, turns: true },
  // Keys and queries that lie beyond the window by whole blocks.
  { seq: 150, heads: 1, keyHeads: 1, dim: 4, causal: true, window: 40, turns: true },
  { seq: 70, heads: 2, keyHeads: 1, dim: 6, causal: true, window: 1, isFused: true },
  { seq: 70, heads: 2, keyHeads: 1, dim: 6, causal: true, rate: 0.25, isFused: true, turns: true },
  { seq: 70, heads: 2, keyHeads: 1, dim: 4, causal: true, window: 5, rate: 0.25, isFused: true },
  // A tile is smaller than the text: 8 rows, and 7 in the key gradient.
  { seq: 12, heads: 2, keyHeads: 1, dim: 256, causal: true, window: 5, isFused: true, turns: true },
])("attention: %o", async ({ seq, heads, keyHeads, dim, isFused = false, ...options }) => {
  const { causal = false, window, rate = 0, scale, turns = false, texts = 2 } = options;
  const { tokens, rows } = drawTokens(texts, seq, 0);
  const widths = isFused
    ? [(heads + 2 * keyHeads) * dim]
    : [heads * dim, keyHeads * dim, keyHeads * dim];
  const drop = rate === 0 ? {} : { dropout: { rate, key: dropoutKey(3, 1, "attention") } };
  const frequencies = Float32Array.from({ length: dim / 2 }, (_, i) => 0.3 ** i);
  const places = Int32Array.from({ length: rows }, (_, row) => row % seq);
  await expectSame(
    widths.map((width, i) => draw([rows, width], 1 + i, 2)),
    (...inputs) => {
      const positions = tf.tensor1d(places, "int32");
      return attention(
        isFused ? two(inputs[0]) : (inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]),
        tokens(),
        {
          ...{ heads, keyHeads, causal, window, scale, ...drop },
          ...(turns && { turn: { positions, frequencies, length: seq } }),
        },
      );
    },
  );
});

test("norms of heads of queries and keys beside values, which stay", async () => {
  const [rows, heads, keyHeads, dim] = [35, 4, 2, 5];
  const inputs = [draw([rows, (heads + 2 * keyHeads) * dim], 1, 2), draw([dim], 2), draw([dim], 3)];
  await expectSame(inputs, (fused, query, key) => {
    const sizes = [heads * dim, keyHeads * dim, keyHeads * dim];
    const parts = tf.split(two(fused), sizes, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const normed = headNorm(
      tf.getBackend() === "webgpu" ? two(fused) : parts,
      { query: one(query), key: one(key) },
      { heads, keyHeads, epsilon: 1e-6, offset: 0.5 },
    );
    return normed instanceof tf.Tensor ? normed : tf.concat([...normed], 1);
  });
});

test("the mean of each text's tokens", async () => {
  const { tokens, rows } = drawTokens(3, 11, 6);
  await expectSame([draw([rows, 70], 1)], (hidden) => meanPool(two(hidden), tokens()));
});

test("more than 65,535 workgroups are dispatched in two directions", async () => {
  await webgpuOnly();
  const rows = 70_000;
  const kernels = gpuKernels() as GpuKernels;
  const values = kernels.output([rows]);
  const countUp: GpuKernel = {
    ...{ name: "countUp", reads: {}, writes: { values: "f32" }, params: {}, workgroup: 1 },
    code: "fn run(group : u32, lane : u32) { values[group] = f32(group); }",
  };
  kernels.run(countUp, { values }, {}, rows);
  const found = await values.data();
  values.dispose();
  expect(found.length).toBe(rows);
  expect(found.every((value, i) => value === i)).toBe(true);
});

test("no kernel takes more than every adapter grants: 16 KB of the workgroup's memory, eight storage buffers", () => {
  for (let dim = 1; dim <= 256; dim += 1) {
    const variant = { dim, causal: true, windowed: true, dropout: true, isFused: true };
    for (const make of [attentionForward, attentionQueryGradient, attentionKeyGradient]) {
      const { name, code } = make({ ...variant, turns: dim % 2 === 0 });
      sources.set(name, code);
    }
  }
  expect(sources.size, "with what the tests above compiled").toBeGreaterThan(3 * 256);
  for (const [name, code] of sources) {
    expect(workgroupBytes(code), name).toBeLessThanOrEqual(16_384);
    // Attention over three tensors runs where the device grants more.
    if (/^attention.* false \w+$/u.test(name)) continue;
    expect([...code.matchAll(/var<storage/gu)].length, name).toBeLessThanOrEqual(8);
  }
  // They use what there is.
  expect(Math.max(...[...sources.values()].map(workgroupBytes))).toBeGreaterThan(16_000);
});

/** As WebGPU counts it: each variable in steps of 16 bytes. */
function workgroupBytes(code: string): number {
  const constants = new Map(
    Array.from(code.matchAll(/const (\w+) = (\d+)u;/gu), ([, name, value]) => [name, value]),
  );
  let bytes = 0;
  for (const [, declared = ""] of code.matchAll(/var<workgroup>([^;]*);/gu)) {
    const [, type, length = ""] = /array<(f32|vec4<f32>), (\w+)>$/u.exec(declared) ?? [];
    const count = Number(constants.get(length) ?? length);
    if (type === undefined || !(count > 0)) throw new Error(`What is ${declared}?`);
    bytes += 16 * Math.ceil((count * (type === "f32" ? 4 : 16)) / 16);
  }
  return bytes;
}

/** Texts of different lengths, padded on the right. The second has a single token, the third `third`. */
function drawTokens(batch: number, seq: number, third: number) {
  const mask = new Int32Array(batch * seq);
  for (let text = 0; text < batch; text += 1) {
    const count = [seq, 1, third][text] ?? 0;
    mask.fill(1, text * seq, text * seq + count);
  }
  return {
    rows: batch * seq,
    tokens: () => ({ attentionMask: tf.tensor2d(mask, [batch, seq], "int32") }),
  };
}

const webgpuOnly = () => tf.setBackend("webgpu");

/** The value of an op at some inputs, and the gradients that an upstream one gives them. */
type Run = (tensors: tf.Tensor[], upstream: tf.Tensor) => tf.Tensor[];

const makeTensor = ([shape, data]: Drawn) => tf.tensor(data, shape);

/** As a training step goes back, where kernels may add to what is there. */
const runAsTrained =
  (op: Op): Run =>
  (tensors, upstream) => {
    const { value, gradients } = gradientsOf(() => op(...tensors), tensors, upstream);
    return [value, ...(gradients as tf.Tensor[])];
  };

/** An op on webgpu twice, and on cpu. */
async function expectSame(
  inputs: readonly Drawn[],
  op: Op,
  run: Run = (tensors, upstream) => [op(...tensors), ...tf.grads(op)(tensors, upstream)],
): Promise<void> {
  await webgpuOnly();
  const before = tf.memory().numTensors;
  const found = await valueAndGradients(op, inputs, run);
  const again = await valueAndGradients(op, inputs, run);
  expect(tf.memory().numTensors).toBe(before);
  expect(again).toEqual(found);
  await tf.setBackend("cpu");
  const expected = await valueAndGradients(op, inputs, run);
  found.forEach((values, i) => {
    expectClose(values, expected[i], i === 0 ? 1e-5 : 1e-4, `result ${i}`);
  });
}

async function valueAndGradients(
  op: Op,
  inputs: readonly Drawn[],
  run: Run,
): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const tensors = inputs.map(makeTensor);
    const { shape } = op(...tensors);
    const [, upstream] = draw(shape, 99);
    return run(tensors, tf.tensor(upstream, shape));
  });
  return Promise.all(
    results.map(async (tensor) => {
      const values = (await tensor.data<"float32">()).slice();
      tensor.dispose();
      return values;
    }),
  );
}
