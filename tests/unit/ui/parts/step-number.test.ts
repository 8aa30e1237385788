// What less and more do to a typed number.
import { expect, test } from "vitest";
import { stepNumber } from "../../../../src/ui/parts/step-number.ts";

test("a step leaves no binary noise", () => {
  expect(stepNumber("0.2", 1, { step: 0.1 })).toBe("0.3");
  expect(stepNumber("0.15", 1, { step: 0.05 })).toBe("0.2");
});

test("a step stops at the limits", () => {
  expect(stepNumber("0.5", 1, { step: 0.05, max: 0.5 })).toBe("0.5");
  expect(stepNumber("1", -1, { step: 1, min: 1 })).toBe("1");
});

test("an empty field starts at one whole step", () => {
  expect(stepNumber("", 1, { step: 100, min: 1 })).toBe("100");
  expect(stepNumber("", -1, { step: 1, min: 4 })).toBe("4");
});

test("half-typed text starts over", () => {
  expect(stepNumber("1e", 1, { step: 10, min: 1 })).toBe("10");
});

test("a rate changes by one of its leading digit", () => {
  const step = "leading digit";
  const walk = (value: string, direction: 1 | -1) => stepNumber(value, direction, { step, min: 0 });
  expect(walk("0.0009", 1)).toBe("0.001");
  expect(walk("0.001", 1)).toBe("0.002");
  expect(walk("0.001", -1)).toBe("0.0009");
  expect(walk("0.03", -1)).toBe("0.02");
  expect(walk("0.00005", 1)).toBe("0.00006");
  expect(walk("", 1)).toBe("0.00001");
  expect(walk("0", -1)).toBe("0");
});
