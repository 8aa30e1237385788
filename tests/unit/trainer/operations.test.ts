import { expect, test } from "vitest";
import { countOperations, modelProducts } from "../../../src/trainer/operations.ts";

test("a trained weight counts 6 operations a token, a frozen one 2, attention 12 and 4 a width and pair of tokens, tables nothing", () => {
  const parameters = new Map([
    ["model.embed_tokens.weight", { shape: [100, 8] }],
    ["layers.0.q.weight", { shape: [8, 8] }],
    ["layers.1.q.weight", { shape: [16, 8] }],
    ["layers.1.norm.weight", { shape: [8] }],
  ]);
  const trained = new Map([...parameters].slice(2));
  const layers = [{ hiddenSize: 8 }, { hiddenSize: 8, attentionSize: 16 }];
  const products = modelProducts(
    parameters,
    trained,
    { run: layers, trained: layers.slice(1) },
    { run: 800, trained: 0 },
  );
  expect(products).toEqual({
    ...{ weights: 64 + 128 + 800, trained: 128 },
    ...{ attention: 24, trainedAttention: 16 },
  });
  // Two rows of 5 tokens.
  expect(countOperations(products, [{ batchSize: 2, tokens: 10 }])).toBe(
    10 * (2 * 992 + 4 * 128 + 5 * (4 * 24 + 8 * 16)),
  );
});
