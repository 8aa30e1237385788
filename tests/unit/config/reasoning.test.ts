import { expect, test } from "vitest";
import {
  type AnswerRule,
  buildPrompt,
  defaultReasoning,
  extractAnswer,
  findRuleError,
  isRight,
  normalizeAnswer,
  reasoningSettingsSchema,
  settingsFor,
  vote,
} from "../../../src/config/reasoning.ts";

const example = { question: "What is 1 + 1?", reasoning: "1 + 1 = 2.", answer: "2" };
const settings = { ...defaultReasoning, examples: [example] };

test("the default prompts are those that data sets with reasoning are trained on", () => {
  expect(buildPrompt("direct", "What is 2 + 3?", settings)).toBe(
    "Question: What is 2 + 3?\nAnswer:",
  );
  expect(buildPrompt("zero_shot", "What is 2 + 3?", settings)).toBe(
    "Question: What is 2 + 3?\nStep by step:",
  );
  expect(buildPrompt("few_shot", "What is 2 + 3?", settings)).toBe(
    "Question: What is 1 + 1?\nStep by step: 1 + 1 = 2.\nAnswer: 2\n\nQuestion: What is 2 + 3?\nStep by step:",
  );
});

test("self-consistency begins with the prompt that its settings name", () => {
  const fewShot = {
    ...settings,
    self_consistency: { ...settings.self_consistency, prompt: "few_shot" as const },
  };
  expect(buildPrompt("self_consistency", "Why?", settings)).toBe(
    buildPrompt("zero_shot", "Why?", settings),
  );
  expect(buildPrompt("self_consistency", "Why?", fewShot)).toBe(
    buildPrompt("few_shot", "Why?", settings),
  );
});

test("wrong settings of self-consistency are refused only where it is among the modes", () => {
  for (const wrong of [{ temperature: Number.NaN }, { chains: 0 }, { top_k: 2_000_000 }]) {
    const broken = { ...settings, self_consistency: { ...settings.self_consistency, ...wrong } };
    const isTaken = (...modes: Parameters<typeof settingsFor>[0]) =>
      reasoningSettingsSchema.safeParse(settingsFor(modes, broken)).success;
    expect(isTaken("direct", "zero_shot", "few_shot")).toBe(true);
    expect(isTaken("direct", "self_consistency")).toBe(false);
  }
});

test("braces and dollar signs of a question stay as they are", () => {
  expect(buildPrompt("direct", "What is {answer} for $& and $1?", settings)).toBe(
    "Question: What is {answer} for $& and $1?\nAnswer:",
  );
});

test("a template without a place for the question and few-shot without an example are refused", () => {
  const templates = { ...settings.templates, direct: "Answer:" };
  expect(() => buildPrompt("direct", "Why?", { ...settings, templates })).toThrow("{question}");
  expect(() => buildPrompt("few_shot", "Why?", { ...settings, examples: [] })).toThrow(
    "worked example",
  );
});

const after: AnswerRule = { kind: "after", marker: "Answer:" };

test("the answer stands behind the marker, up to the end of the line, also where the prompt ends with the marker", () => {
  expect(extractAnswer(after, "Question: Q\nStep by step:", " 2 + 3 = 5.\nAnswer: 5\nmore")).toBe(
    "5",
  );
  expect(extractAnswer(after, "Question: Q\nAnswer:", " 12\nQuestion: next\nAnswer: 7")).toBe("12");
  expect(extractAnswer(after, "Question: Q\nStep by step:", " I do not know.")).toBeNull();
  // The marker of a worked example in the prompt is none of the model's.
  expect(extractAnswer(after, "Answer: 2\n\nQuestion: Q\nStep by step:", " so")).toBeNull();
});

test("the last number may have a sign, thousands and decimals", () => {
  const rule: AnswerRule = { kind: "last_number" };
  expect(extractAnswer(rule, "5 apples", " First 3, then 1,204.5 apples.")).toBe("1,204.5");
  expect(extractAnswer(rule, "", " It is -7.")).toBe("-7");
  expect(extractAnswer(rule, "5 apples", " none")).toBeNull();
});

test("a pattern gives its first group, or its match; a broken one is refused", () => {
  const written = " So the answer is 42, I think.";
  expect(extractAnswer({ kind: "pattern", pattern: "answer is (\\d+)" }, "", written)).toBe("42");
  expect(extractAnswer({ kind: "pattern", pattern: "\\d+" }, "", written)).toBe("42");
  expect(() => extractAnswer({ kind: "pattern", pattern: "(" }, "", written)).toThrow(
    "regular expression",
  );
  expect(findRuleError({ kind: "pattern", pattern: "(" })?.message).toMatch(
    /no regular expression/u,
  );
  expect(findRuleError({ kind: "pattern", pattern: "(\\d+)" })).toBeNull();
});

test.each([
  ["1,204", "1204"],
  ["12.0", "12"],
  ["$7.50", "7.5"],
  [" “Paris”. ", "paris"],
  ["New   York", "new york"],
])("%j means %j", (said, meant) => {
  expect(normalizeAnswer(said)).toBe(normalizeAnswer(meant));
  expect(isRight(said, meant)).toBe(true);
});

test("a list with commas is no number, and no answer is never right", () => {
  expect(normalizeAnswer("1,2,3")).toBe("1,2,3");
  expect(isRight(null, "")).toBe(false);
});

test("the majority wins, of equal ones the first; chains without an answer lower the agreement", () => {
  expect(vote(["7", "5", "7.0", null, "5 "])).toEqual({ answer: "7", votes: 2, agreement: 0.4 });
  expect(vote(["5", "7", "7"])).toEqual({ answer: "7", votes: 2, agreement: 2 / 3 });
  expect(vote([null, null])).toEqual({ answer: null, votes: 0, agreement: 0 });
  expect(vote([])).toEqual({ answer: null, votes: 0, agreement: 0 });
});
