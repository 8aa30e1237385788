import { expect, test } from "vitest";
import { makeSums } from "../../../scripts/make-sums.ts";

const sums = makeSums(5500, 42);

test("every step of every sum is right, follows from the one before, and the last is the answer", () => {
  for (const { question, reasoning, answer } of sums) {
    let before = Number(/had (\d+) /u.exec(question)?.[1]);
    const steps = [...reasoning.matchAll(/(\d+) ([-+x/]) (\d+) = (\d+)\./gu)];
    expect(steps.length, reasoning).toBeGreaterThanOrEqual(2);
    expect(steps.length, reasoning).toBeLessThanOrEqual(4);
    for (const [, left, operator, right, result] of steps) {
      expect(Number(left), reasoning).toBe(before);
      expect(calculate(Number(left), operator ?? "", Number(right)), reasoning).toBe(
        Number(result),
      );
      before = Number(result);
    }
    expect(before, reasoning).toBe(Number(answer));
  }
});

test("no question occurs twice, and the same seed makes the same sums", () => {
  expect(new Set(sums.map(({ question }) => question)).size).toBe(5500);
  expect(makeSums(20, 42)).toEqual(sums.slice(0, 20));
  expect(makeSums(20, 43)).not.toEqual(sums.slice(0, 20));
});

function calculate(left: number, operator: string, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  return operator === "x" ? left * right : left / right;
}
