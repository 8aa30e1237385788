import { expect, test } from "vitest";
import { StudioError } from "../../../src/lib/errors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { findTokenPositions } from "../../../src/models/token-positions.ts";

test("an architecture is found by its model type", () => {
  const architecture = findArchitecture("universal-sentence-encoder");
  expect(architecture.classifierName).toBe("UniversalSentenceEncoderForSequenceClassification");
});

test("an unknown architecture is refused with the list of known ones", () => {
  const error = catchError(() => findArchitecture("mamba"));
  expect(error.message).toContain('"mamba"');
  expect(error.hint).toContain("universal-sentence-encoder");
});

test("token positions are where the mask is 1", () => {
  expect(findTokenPositions(Int32Array.of(1, 1, 0, 1, 0, 0))).toEqual(Int32Array.of(0, 1, 3));
});

test("a batch without padding or without tokens is computed as it is", () => {
  expect(findTokenPositions(Int32Array.of(1, 1))).toBeUndefined();
  expect(findTokenPositions(Int32Array.of(0, 0))).toBeUndefined();
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
