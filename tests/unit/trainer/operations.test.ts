import { expect, test } from "vitest";
import { countOperations, modelProducts } from "../../../src/trainer/operations.ts";

const matrix = (name: string, out: number, width: number) => ({
  ...{ name, shape: [out, width] },
  initializer: { type: "zeros" } as const,
});

// Two layers of width 2: 8 weights in the first, 12 in the second, and a norm, which has no matrix.
const layers = [
  [matrix("0.q", 2, 2), matrix("0.o", 2, 2), { ...matrix("0.norm", 1, 1), shape: [2] }],
  [matrix("1.q", 4, 2), matrix("1.o", 2, 2)],
];
const sizes = {
  layers: [
    { hiddenSize: 2, intermediateSize: 4, heads: 1 },
    { hiddenSize: 2, intermediateSize: 4, heads: 1, attentionSize: 4 },
  ],
};
const classifier = {
  stages: {
    ...{ layers, pooling: [] },
    head: [matrix("dense", 2, 2), matrix("classifier", 3, 2)],
  },
  ...{ sizes, isCausal: false, runsFrozen: false },
};
const writer = {
  stages: { layers, pooling: [], head: [matrix("lm_head", 10, 2)] },
  ...{ sizes, isCausal: true, runsFrozen: true },
};
/** Two texts of 5 tokens each. */
const batch = { batchSize: 2, tokens: 10 };

test("a classifier: layers by its tokens, the head by its texts, attention by all pairs of a text", () => {
  const products = modelProducts({ ...classifier, frozen: "nothing" });
  // 20 weights of 10 tokens and 10 weights of 2 texts, 6 operations each; 25 pairs a text of 6 widths, 4 forward and 8 backward.
  expect(countOperations(products, [batch])).toBe(1200 + 120 + 2 * 25 * 6 * 12);
  // A second batch of one text with 3 tokens.
  expect(countOperations(products, [batch, { batchSize: 1, tokens: 3 }])).toBe(
    4920 + 6 * 20 * 3 + 6 * 10 + 9 * 6 * 12,
  );
});

test("a classifier's head alone: one vector a text, however long it is, and no gradient toward what is frozen", () => {
  const products = modelProducts({ ...classifier, frozen: "base" });
  // Two texts: dense (4 weights) forward and its own gradient, classifier (6 weights) that and the gradient toward dense.
  expect(countOperations(products, [batch])).toBe(2 * (4 * 4 + 6 * 6));
  expect(countOperations(products, [{ batchSize: 2, tokens: 500 }])).toBe(104);
});

test("a classifier's last layer: the frozen one below it was computed before the run", () => {
  const products = modelProducts({ ...classifier, frozen: 1 });
  expect(countOperations(products, [batch])).toBe(6 * 12 * 10 + 120 + 2 * 25 * 4 * 12);
});

test("completions alone: the vocabulary's product counts where a token is predicted, and a token sees those before it", () => {
  const products = modelProducts({ ...writer, frozen: "nothing" });
  // A token sees itself and those before it: 15 pairs a text.
  const layersAndAttention = 6 * 20 * 10 + 2 * 15 * 6 * 12;
  const targets = new Int32Array(3);
  expect(countOperations(products, [{ ...batch, targets }])).toBe(layersAndAttention + 6 * 20 * 3);
  expect(countOperations(products, [{ ...batch, targets: new Int32Array(8) }])).toBe(
    layersAndAttention + 6 * 20 * 8,
  );
});

test("a language model's frozen layer runs forward, and a frozen table of both ends is passed through", () => {
  const stages = { ...writer.stages, head: [] };
  const tied = { ...writer, stages, tiedTable: 20 };
  const targets = new Int32Array(3);
  const first = 2 * 8 * 10 + 2 * 15 * 2 * 4;
  const second = 6 * 12 * 10 + 2 * 15 * 4 * 12;
  const last = modelProducts({ ...tied, frozen: 1 });
  // The table forward and toward the hidden states; it has no gradient of its own.
  expect(countOperations(last, [{ ...batch, targets }])).toBe(first + second + 4 * 20 * 3);
  const full = modelProducts({ ...tied, frozen: "nothing" });
  expect(countOperations(full, [{ ...batch, targets }])).toBe(3 * first + second + 6 * 20 * 3);
});

test("a language model's head alone: all layers run forward, and the head has its own gradient", () => {
  const products = modelProducts({ ...writer, frozen: "base" });
  expect(countOperations(products, [{ ...batch, targets: new Int32Array(3) }])).toBe(
    2 * 20 * 10 + 2 * 15 * 6 * 4 + 4 * 20 * 3,
  );
});

test("a window caps what a token sees", () => {
  const windows = [2, 9];
  const windowed = { layers: sizes.layers.map((layer, i) => ({ ...layer, window: windows[i] })) };
  const products = modelProducts({ ...writer, sizes: windowed, frozen: "nothing" });
  // Windows of 2: 1 + 2 + 2 + 2 + 2 pairs; of 9: all 15.
  expect(countOperations(products, [{ ...batch, targets: new Int32Array(0) }])).toBe(
    1200 + 2 * 12 * (9 * 2 + 15 * 4),
  );
});
