// Each CPU kernel against its op's composite on the cpu back end, forward and backward, over drawn shapes.
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type CpuKernels, cpuKernels } from "../../../src/engine/cpu/cpu-kernels.ts";
import { updateAdamw } from "../../../src/ops/adamw/adamw.ts";
import { attention } from "../../../src/ops/attention/attention.ts";
import { crossEntropySum } from "../../../src/ops/cross-entropy/cross-entropy.ts";
import { dropout } from "../../../src/ops/dropout/dropout.ts";
import { dropoutKey } from "../../../src/ops/dropout/dropout-mask.ts";
import { embedding } from "../../../src/ops/embedding/embedding.ts";
import { gated } from "../../../src/ops/gated/gated.ts";
import { gelu, geluTanh } from "../../../src/ops/gelu/gelu.ts";
import { layerNorm } from "../../../src/ops/layer-norm/layer-norm.ts";
import { linear } from "../../../src/ops/linear/linear.ts";
import { meanPool } from "../../../src/ops/mean-pool/mean-pool.ts";
import { rmsNorm } from "../../../src/ops/rms-norm/rms-norm.ts";
import { softmax } from "../../../src/ops/softmax/softmax.ts";
import { totalNorm } from "../../../src/ops/total-norm/total-norm.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { draw, expectClose } from "./support/numbers.ts";

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

beforeAll(async () => {
  await startCpuForTests();
  await startWasmForTests();
});

/** 1, odd, about the edges of vectors and blocks. */
const size = fc.oneof(
  fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 64, 65),
  fc.integer({ min: 1, max: 130 }),
);
const large = fc.constantFrom(1, 4095, 4096, 4097, 9001);
const seed = fc.integer({ min: 1, max: 1000 });

describe("by rows", () => {
  test("layer norm", async () => {
    await forAll([size, size, seed], async (rows, width, from) => {
      const inputs = [
        draw([rows, width], from, 3),
        draw([width], from + 1),
        draw([width], from + 2),
      ];
      await expectSame(inputs, (x, weight, bias) =>
        layerNorm(x as tf.Tensor2D, weight as tf.Tensor1D, bias as tf.Tensor1D, 1e-5),
      );
    });
  });

  test("RMS norm", async () => {
    await forAll([size, size, seed], async (rows, width, from) => {
      await expectSame([draw([rows, width], from, 3), draw([width], from + 1)], (x, weight) =>
        rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, 1e-6),
      );
    });
  });

  test("softmax", async () => {
    await forAll([size, size, seed], async (rows, width, from) => {
      await expectSame([draw([rows, width], from, 20)], (x) => softmax(x as tf.Tensor2D));
    });
  });

  test("cross-entropy with weights, label smoothing and ignored rows", async () => {
    const smoothing = fc.constantFrom(0, 0.1);
    await forAll([size, size, seed, smoothing], async (rows, classes, from, labelSmoothing) => {
      const labels = Int32Array.from({ length: rows }, (_, row) =>
        row % 3 === 2 ? -100 : (row * 7 + from) % classes,
      );
      const [, weights] = draw([rows], from + 1);
      await expectSame([draw([rows, classes], from, 10)], (logits) =>
        crossEntropySum(
          logits as tf.Tensor2D,
          labels,
          from % 2 === 0 ? weights.map(Math.abs) : undefined,
          labelSmoothing,
        ),
      );
    });
  });

  test("an embedding adds up the gradients of an id that stands in several rows", async () => {
    await forAll([size, size, size, seed], async (rows, vocabulary, width, from) => {
      const ids = Int32Array.from({ length: rows }, (_, row) => (row * row + from) % vocabulary);
      await expectSame([draw([vocabulary, width], from)], (table) =>
        embedding(table as tf.Tensor2D, tf.tensor1d(ids, "int32")),
      );
    });
  });
});

describe("products", () => {
  test("tf.matMul with both, one or none transposed", async () => {
    const flags = fc.tuple(fc.boolean(), fc.boolean());
    await forAll([size, size, size, seed, flags], async (m, n, k, from, [ta, tb]) => {
      const inputs = [draw(ta ? [k, m] : [m, k], from), draw(tb ? [n, k] : [k, n], from + 1)];
      await expectSame(inputs, (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, ta, tb));
    });
  });

  test("linear with and without bias, relu and residual", async () => {
    const parts = fc.record({ bias: fc.boolean(), relu: fc.boolean(), residual: fc.boolean() });
    await forAll([size, size, size, seed, parts], async (rows, outSize, inSize, from, has) => {
      const inputs = [draw([rows, inSize], from), draw([outSize, inSize], from + 1)];
      if (has.bias) inputs.push(draw([outSize], from + 2));
      if (has.residual) inputs.push(draw([rows, outSize], from + 3));
      await expectSame(inputs, (x, weight, ...rest) =>
        linear(
          x as tf.Tensor2D,
          weight as tf.Tensor2D,
          has.bias ? (rest[0] as tf.Tensor1D) : undefined,
          {
            ...(has.relu && { activation: "relu" as const }),
            ...(has.residual && { residual: rest.at(-1) as tf.Tensor2D }),
          },
        ),
      );
    });
  });
});

describe("by elements", () => {
  test.each([
    ["gelu", gelu],
    ["gelu by tanh", geluTanh],
  ])("%s", async (_, unit) => {
    await forAll([large, seed], async (count, from) => {
      await expectSame([draw([count], from, 6)], (x) => unit(x));
    });
  });

  test.each(["silu", "geluTanh"] as const)("gated by %s", async (activation) => {
    await forAll([large, seed], async (count, from) => {
      await expectSame([draw([count, 1], from, 6), draw([count, 1], from + 1)], (gate, up) =>
        gated(activation, gate as tf.Tensor2D, up as tf.Tensor2D),
      );
    });
  });

  test("dropout draws the same mask on both back ends, and again backward", async () => {
    await forAll([large, seed], async (count, from) => {
      const key = dropoutKey(from, 3, "layer.0");
      await expectSame([draw([count], from)], (x) => dropout(x, 0.3, key));
    });
  });

  test("the norm of several tensors", async () => {
    await forAll([large, large, seed], async (first, second, from) => {
      const compute = () =>
        tf.tidy(() =>
          totalNorm([first, second].map((count, i) => tf.tensor(draw([count], from + i)[1]))),
        );
      const [found, expected] = await onBoth(() => read(compute()));
      expectClose(found, expected, 1e-6);
    });
  });
});

describe("by texts", () => {
  const seq = fc.oneof(fc.constantFrom(1, 3, 48, 49), fc.integer({ min: 1, max: 30 }));
  const dim = fc.constantFrom(1, 4, 6, 8, 20, 32);
  const flags = fc.record({
    isFused: fc.boolean(),
    isPacked: fc.boolean(),
    causal: fc.boolean(),
    group: fc.constantFrom(1, 2),
    rate: fc.constantFrom(0, 0.25),
  });

  test("attention: fused or not, packed or padded, causal or not, with shared key heads and dropout", async () => {
    await forAll([seq, dim, seed, flags], async (length, headDim, from, options) => {
      await expectSameAttention(3, length, 2, headDim, from, options);
    });
  });

  test("attention over more keys than a block holds, and wide heads", async () => {
    const plain = { isFused: true, isPacked: false, causal: false, group: 1, rate: 0 };
    await expectSameAttention(1, 150, 1, 64, 1, plain);
    await expectSameAttention(1, 150, 1, 64, 2, { ...plain, causal: true, group: 2, rate: 0.1 });
    await expectSameAttention(2, 60, 1, 130, 3, { ...plain, causal: true, isPacked: true });
    await expectSameAttention(1, 50, 1, 256, 4, plain);
  });

  test("the mean of each text's tokens", async () => {
    await forAll([seq, size, seed, fc.boolean()], async (length, width, from, isPacked) => {
      const { tokens, rows } = drawTokens(3, length, from, isPacked);
      await expectSame([draw([rows, width], from)], (hidden) =>
        meanPool(hidden as tf.Tensor2D, tokens()),
      );
    });
  });
});

test("gelu keeps its relative precision far out in the tail", async () => {
  await tf.setBackend("wasm");
  const x = Float32Array.from({ length: 8001 }, (_, i) => (i - 4000) / 500);
  const [exact, byTanh] = [
    await read(tf.tidy(() => gelu(tf.tensor(x)))),
    await read(tf.tidy(() => geluTanh(tf.tensor(x)))),
  ];
  x.forEach((value, i) => {
    const share = 0.5 * complementaryError(-value * Math.SQRT1_2);
    expectRelative(exact[i], value * share, 5e-6);
    const u = Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3);
    expectRelative(byTanh[i], value / (1 + Math.exp(-2 * u)), 1e-5);
  });
});

test("gradients are the slopes that finite differences give", async () => {
  await tf.setBackend("wasm");
  const fixed = (shape: [number, number], from: number) =>
    tf.tensor2d(draw(shape, from, 0.3)[1], shape);
  const relu = { activation: "relu" } as const;
  const ops: [string, Op, ReturnType<typeof draw>[]][] = [
    ["gelu", (x) => gelu(x as tf.Tensor), [draw([3, 5], 1)]],
    [
      "layer norm",
      (x) => layerNorm(x as tf.Tensor2D, tf.ones([5]), tf.zeros([5]), 1e-5),
      [draw([3, 5], 2)],
    ],
    ["RMS norm", (x) => rmsNorm(x as tf.Tensor2D, tf.ones([5]), 1e-5), [draw([3, 5], 3)]],
    ["softmax", (x) => softmax(x as tf.Tensor2D), [draw([3, 5], 4)]],
    [
      "attention",
      (x) =>
        attention(
          x as tf.Tensor2D,
          { attentionMask: tf.ones([1, 3], "int32") },
          { heads: 1, causal: true },
        ),
      [draw([3, 6], 5)],
    ],
    // The bias keeps relu away from its kink.
    [
      "linear's input",
      (x) => linear(x as tf.Tensor2D, fixed([4, 5], 8), tf.tensor1d([2, -2, 2, -2]), relu),
      [draw([3, 5], 9)],
    ],
    [
      "linear's weight",
      (weight) =>
        linear(fixed([3, 5], 9), weight as tf.Tensor2D, tf.tensor1d([2, -2, 2, -2]), relu),
      [draw([4, 5], 8, 0.3)],
    ],
    [
      "linear's bias",
      (bias) =>
        linear(fixed([3, 5], 9), fixed([4, 5], 8), bias as tf.Tensor1D, {
          residual: fixed([3, 4], 10),
        }),
      [draw([4], 11)],
    ],
    [
      "linear's residual",
      (residual) =>
        linear(fixed([3, 5], 9), fixed([4, 5], 8), undefined, {
          residual: residual as tf.Tensor2D,
        }),
      [draw([3, 4], 10)],
    ],
    [
      "cross-entropy",
      (x) => crossEntropySum(x as tf.Tensor2D, Int32Array.of(4, 0, -100), undefined, 0.1),
      [draw([3, 5], 6)],
    ],
  ];
  for (const [name, op, [input]] of ops) {
    const [shape, values] = input as ReturnType<typeof draw>;
    const [, upstream] = draw(
      tf.tidy(() => op(tf.tensor(values, shape)).shape),
      7,
    );
    const loss = (x: Float32Array) =>
      tf.tidy(() => {
        const y = op(tf.tensor(x, shape));
        return tf.sum(tf.mul(y, tf.tensor(upstream, y.shape))).dataSync()[0] as number;
      });
    const [gradient] = tf.tidy(() => {
      const y = op(tf.tensor(values, shape));
      const [found] = tf.grads(op)([tf.tensor(values, shape)], tf.tensor(upstream, y.shape));
      return [(found as tf.Tensor).dataSync().slice()];
    });
    const h = 1e-2;
    values.forEach((value, i) => {
      const moved = (delta: number) =>
        Float32Array.from(values, (x, j) => (i === j ? value + delta : x));
      const slope =
        (8 * (loss(moved(h)) - loss(moved(-h))) - (loss(moved(2 * h)) - loss(moved(-2 * h)))) /
        (12 * h);
      expect(Math.abs((gradient?.[i] as number) - slope), `${name}, element ${i}`).toBeLessThan(
        2e-3,
      );
    });
  }
});

test("a label that is no class is refused, with its row", async () => {
  await tf.setBackend("wasm");
  const logits = tf.zeros<tf.Rank.R2>([2, 3]);
  expect(() => crossEntropySum(logits, Int32Array.of(0, 3))).toThrow(
    "Row 2 of a batch has the label 3 of 3 classes.",
  );
  logits.dispose();
});

test("what is not a number stays so", async () => {
  await tf.setBackend("wasm");
  const values = Float32Array.of(1, Number.NaN, 2, 3, 4);
  for (const op of [
    (x: tf.Tensor2D) => softmax(x),
    (x: tf.Tensor2D) => gelu(x),
    (x: tf.Tensor2D) => crossEntropySum(x, Int32Array.of(0)),
    (x: tf.Tensor2D) => layerNorm(x, tf.ones([5]), tf.zeros([5]), 1e-5),
  ]) {
    const found = await read(tf.tidy(() => op(tf.tensor2d(values, [1, 5]))));
    expect([...found].some(Number.isNaN)).toBe(true);
  }
});

test("results are equal to the last bit however the work is shared out", async () => {
  await tf.setBackend("wasm");
  const compute = async () => {
    const { tokens, rows } = drawTokens(5, 61, 17, true);
    const labels = Int32Array.from({ length: 5 }, (_, row) => row * 40);
    const parameter = tf.variable(tf.tensor(draw([50_001], 6)[1]));
    const moments = [tf.variable(tf.zeros([50_001])), tf.variable(tf.zeros([50_001]))] as const;
    const gradient = tf.tensor(draw([50_001], 7)[1]);
    const results = tf.tidy(() => {
      const run = (...[qkv, weight, bias]: tf.Tensor[]) => {
        const mixed = attention(qkv as tf.Tensor2D, tokens(), { heads: 4, causal: true });
        const wide = gelu(tf.concat([mixed, mixed, mixed], 1)) as tf.Tensor2D;
        const normed = layerNorm(wide, weight as tf.Tensor1D, bias as tf.Tensor1D, 1e-5);
        const kept = dropout(rmsNorm(normed, weight as tf.Tensor1D, 1e-5), 0.1, dropoutKey(1));
        const ids = Int32Array.from({ length: rows }, (_, row) => (row * 13) % 300);
        const rowsOf = embedding(
          kept,
          tf.tensor1d(
            ids.map((id) => id % rows),
            "int32",
          ),
        );
        return crossEntropySum(meanPool(gated("silu", rowsOf, rowsOf), tokens()), labels);
      };
      const inputs = [draw([rows, 300], 1), draw([300], 2), draw([300], 3)].map(([shape, values]) =>
        tf.tensor(values, shape),
      );
      const { value, grads } = tf.valueAndGrads(run)(inputs);
      updateAdamw(
        { parameter, gradient, expAvg: moments[0], expAvgSq: moments[1] },
        {
          ...{ step: 1, learningRate: 1e-3, weightDecay: 0.01, gradientScale: 0.5 },
          ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
        },
      );
      return [value, ...grads, totalNorm([gradient, ...grads]), parameter.clone()];
    });
    const values = await Promise.all(results.map(read));
    tf.dispose([parameter, ...moments, gradient]);
    return values.map((part) => [...new Uint32Array(part.buffer)]);
  };
  const kernels = cpuKernels() as { -readonly [Key in keyof CpuKernels]: CpuKernels[Key] };
  const whole = await compute();
  const { split } = kernels;
  const names = new Set<string>();
  // The smallest pieces that threads may get, the last one first.
  kernels.split = (name, args, extent, grain) => {
    names.add(name);
    for (let start = Math.floor((extent - 1) / grain) * grain; start >= 0; start -= grain) {
      kernels.call(name, ...args, start, Math.min(extent, start + grain));
    }
  };
  try {
    expect(await compute()).toEqual(whole);
  } finally {
    kernels.split = split;
  }
  expect(names.size).toBeGreaterThan(15);
});

test("a thousand calls leave no tensor and no byte", async () => {
  await tf.setBackend("wasm");
  const step = () =>
    tf.tidy(() => {
      const mask = tf.ones<tf.Rank.R2>([2, 5], "int32");
      const run = (x: tf.Tensor) => {
        const mixed = attention(x as tf.Tensor2D, { attentionMask: mask }, { heads: 2 });
        const normed = layerNorm(gelu(mixed), tf.ones([8]), tf.zeros([8]), 1e-5);
        return crossEntropySum(meanPool(normed, { attentionMask: mask }), Int32Array.of(1, 2));
      };
      tf.grads(run)([tf.ones([10, 24])]);
    });
  step();
  const heap = (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm;
  const before = { ...tf.memory(), heap: heap.HEAPU8.length };
  for (let i = 0; i < 1000; i += 1) step();
  const after = { ...tf.memory(), heap: heap.HEAPU8.length };
  expect([after.numTensors, after.numBytes, after.heap]).toEqual([
    before.numTensors,
    before.numBytes,
    before.heap,
  ]);
});

interface AttentionCase {
  readonly isFused: boolean;
  readonly isPacked: boolean;
  readonly causal: boolean;
  readonly group: number;
  readonly rate: number;
}

async function expectSameAttention(
  batch: number,
  length: number,
  keyHeads: number,
  dim: number,
  from: number,
  { isFused, isPacked, causal, group, rate }: AttentionCase,
): Promise<void> {
  const heads = keyHeads * group;
  const { tokens, rows } = drawTokens(batch, length, from, isPacked);
  const widths = isFused
    ? [(heads + 2 * keyHeads) * dim]
    : [heads * dim, keyHeads * dim, keyHeads * dim];
  const options = { heads, keyHeads, causal };
  const dropping = { ...options, dropout: { rate, key: dropoutKey(from, 1, "attention") } };
  await expectSame(
    widths.map((width, i) => draw([rows, width], from + i, 2)),
    (...inputs) =>
      attention(
        isFused ? (inputs[0] as tf.Tensor2D) : (inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D]),
        tokens(),
        rate > 0 ? dropping : options,
      ),
  );
}

/** Texts of different lengths, at least one token in all, padded on the right; `tokens` makes their tensors. */
function drawTokens(batch: number, length: number, from: number, isPacked: boolean) {
  const mask = new Int32Array(batch * length);
  const positions: number[] = [];
  for (let text = 0; text < batch; text += 1) {
    const count = text === 0 ? length : (from * (text + 3)) % (length + 1);
    for (let i = 0; i < count; i += 1) {
      mask[text * length + i] = 1;
      positions.push(text * length + i);
    }
  }
  return {
    rows: isPacked ? positions.length : mask.length,
    tokens: () => ({
      attentionMask: tf.tensor2d(mask, [batch, length], "int32"),
      ...(isPacked && { tokenPositions: tf.tensor1d(positions, "int32") }),
    }),
  };
}

function forAll<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Index in keyof Values]: fc.Arbitrary<Values[Index]> },
  check: (...values: Values) => Promise<void>,
): Promise<void> {
  const drawn = fc.tuple(...arbitraries) as unknown as fc.Arbitrary<Values>;
  return fc.assert(
    fc.asyncProperty(drawn, (values) => check(...values)),
    { numRuns: 25, seed: 1 },
  );
}

/** An op on wasm, where kernels run, and on cpu, where its composite does: equal values, equal gradients of every input. */
async function expectSame(inputs: ReturnType<typeof draw>[], op: Op): Promise<void> {
  const [found, expected] = await onBoth(() => valueAndGradients(op, inputs));
  found.forEach((values, i) => {
    expectClose(values, expected[i], i === 0 ? 1e-5 : 1e-4, `result ${i}`);
  });
}

async function onBoth<Value>(compute: () => Promise<Value>): Promise<[Value, Value]> {
  await tf.setBackend("wasm");
  const found = await compute();
  await tf.setBackend("cpu");
  const expected = await compute();
  await tf.setBackend("wasm");
  return [found, expected];
}

async function valueAndGradients(
  op: Op,
  inputs: ReturnType<typeof draw>[],
): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const tensors = inputs.map(([shape, data]) => tf.tensor(data, shape));
    const value = op(...tensors);
    const [, upstream] = draw(value.shape, 99);
    return [value, ...tf.grads(op)(tensors, tf.tensor(upstream, value.shape))];
  });
  return Promise.all(results.map(read));
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<"float32">()).slice();
  tensor.dispose();
  return values;
}

function expectRelative(found: number | undefined, expected: number, limit: number): void {
  const error = Math.abs((found ?? Number.NaN) - expected) / Math.max(1e-37, Math.abs(expected));
  expect(error === 0 || error < limit, `${found} for ${expected}`).toBe(true);
}

/** erfc in double precision: its series near 0, its continued fraction beyond. */
function complementaryError(z: number): number {
  if (z < 0) return 2 - complementaryError(-z);
  if (z > 2.5) {
    let fraction = 0;
    for (let k = 120; k > 0; k -= 1) fraction = k / 2 / (z + fraction);
    return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
  }
  let [sum, term] = [z, z];
  for (let k = 1; k < 120; k += 1) {
    term *= (-z * z) / k;
    sum += term / (2 * k + 1);
  }
  return 1 - (2 / Math.sqrt(Math.PI)) * sum;
}
