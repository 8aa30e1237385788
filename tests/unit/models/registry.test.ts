import { expect, test } from "vitest";
import { StudioError } from "../../../src/lib/errors.ts";
import { classificationHeadParameters } from "../../../src/models/classification-head.ts";
import { checkParameters, findArchitecture } from "../../../src/models/registry.ts";
import { findTokenPositions } from "../../../src/models/token-positions.ts";

const specs = classificationHeadParameters(2, 512);

test("an architecture is found by its model type", () => {
  const architecture = findArchitecture("universal-sentence-encoder");
  expect(architecture.classifierName).toBe("UniversalSentenceEncoderForSequenceClassification");
});

test("an unknown architecture is refused with the list of known ones", () => {
  const error = catchError(() => findArchitecture("llama"));
  expect(error.message).toContain('"llama"');
  expect(error.hint).toContain("universal-sentence-encoder");
});

test("a file with all parameters in their shapes is accepted", () => {
  const tensors = new Map(specs.map(({ name, shape }) => [name, { shape }]));
  expect(() => checkParameters(specs, tensors, "model.safetensors")).not.toThrow();
});

test("a file that does not fit is refused with the missing tensor, the extra one and both shapes", () => {
  const tensors = new Map([
    ["classifier.weight", { shape: [3, 512] }],
    ["lm_head.weight", { shape: [1] }],
  ]);
  const { message } = catchError(() => checkParameters(specs, tensors, "model.safetensors"));
  expect(message).toMatch(/model\.safetensors.*lacks classifier\.bias/u);
  expect(message).toContain("has lm_head.weight, which the model does not use");
  expect(message).toContain(
    "classifier.weight with the shape [3, 512], but the model needs [2, 512]",
  );
});

test("a list of missing tensors is cut short", () => {
  const many = Array.from({ length: 40 }, (_, i) => ({
    name: `layer.${i}`,
    shape: [1],
    initializer: { type: "zeros" as const },
  }));
  const { message } = catchError(() => checkParameters(many, new Map(), "model.safetensors"));
  expect(message).toContain("layer.4 and 35 more tensors");
});

test("token positions are where the mask is 1", () => {
  expect(findTokenPositions(Int32Array.of(1, 1, 0, 1, 0, 0))).toEqual(Int32Array.of(0, 1, 3));
});

test("a batch without padding, without tokens or with very many tokens is computed as it is", () => {
  expect(findTokenPositions(Int32Array.of(1, 1))).toBeUndefined();
  expect(findTokenPositions(Int32Array.of(0, 0))).toBeUndefined();
  const large = new Int32Array(3000).fill(1);
  large[0] = 0;
  expect(findTokenPositions(large)).toBeUndefined();
});

function catchError(action: () => unknown): StudioError {
  try {
    action();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
