// Chain of thought: how a model is asked to think before it answers, where its answer stands, and what several chains agree on.
// Wei et al. 2022 (few-shot), Kojima et al. 2022 (zero-shot), Wang et al. 2022 (self-consistency).
import { z } from "zod";
import { type ErrorRecord, StudioError, toErrorRecord } from "../lib/errors.ts";
import {
  type FinishReason,
  type GeneratedText,
  type GenerationConfig,
  type GeneratorSource,
  generationConfigSchema,
} from "./generation.ts";

export const reasoningModes = ["direct", "zero_shot", "few_shot", "self_consistency"] as const;
export type ReasoningMode = (typeof reasoningModes)[number];

/** A question with the way to its answer. */
export interface WorkedExample {
  readonly question: string;
  readonly reasoning: string;
  readonly answer: string;
}

const answerRuleSchema = z.discriminatedUnion("kind", [
  /** What stands behind the marker, up to the end of its line. */
  z.object({ kind: z.literal("after"), marker: z.string().min(1) }),
  z.object({ kind: z.literal("last_number") }),
  /** The first match of a regular expression: its first group, or all of it where it has none. */
  z.object({ kind: z.literal("pattern"), pattern: z.string().min(1) }),
]);
export type AnswerRule = z.output<typeof answerRuleSchema>;

const { temperature, top_k, top_p } = generationConfigSchema.shape;

/** Templates hold `{question}`; the worked example's also `{reasoning}` and `{answer}`, the few-shot one `{examples}`. */
export const reasoningSettingsSchema = z.object({
  templates: z.object({
    direct: z.string(),
    zero_shot: z.string(),
    few_shot: z.string(),
    example: z.string(),
  }),
  examples: z.array(z.object({ question: z.string(), reasoning: z.string(), answer: z.string() })),
  answer_rule: answerRuleSchema,
  self_consistency: z.object({
    /** Whose prompt the chains begin with. */
    prompt: z.enum(["zero_shot", "few_shot"]),
    chains: z.int().min(1).max(64),
    // Without generation's defaults: chains have their own.
    temperature: temperature.unwrap(),
    top_k: top_k.unwrap(),
    top_p: top_p.unwrap(),
  }),
});
export type ReasoningSettings = z.output<typeof reasoningSettingsSchema>;

/** The prompts that data sets with a `reasoning` column are trained on; chains are drawn as Wang et al. draw those of their smaller models. */
export const defaultReasoning: ReasoningSettings = {
  templates: {
    direct: "Question: {question}\nAnswer:",
    zero_shot: "Question: {question}\nStep by step:",
    few_shot: "{examples}Question: {question}\nStep by step:",
    example: "Question: {question}\nStep by step: {reasoning}\nAnswer: {answer}\n\n",
  },
  examples: [],
  answer_rule: { kind: "after", marker: "Answer:" },
  self_consistency: { prompt: "zero_shot", chains: 5, temperature: 0.5, top_k: 40, top_p: 1 },
};

/** The prompts for models that were never trained on such data: they are asked in plain words (Kojima et al.). */
export const plainWordTemplates: ReasoningSettings["templates"] = {
  direct: "Q: {question}\nA: The answer is",
  zero_shot: "Q: {question}\nA: Let's think step by step.",
  few_shot: "{examples}Q: {question}\nA:",
  example: "Q: {question}\nA: {reasoning} The answer is {answer}.\n\n",
};

/**
 * The prompt of a question in a mode.
 * @throws StudioError where the template has no place for the question, or few-shot has no worked example.
 */
export function buildPrompt(
  mode: ReasoningMode,
  question: string,
  settings: ReasoningSettings,
): string {
  const { templates, examples, self_consistency } = settings;
  const asked = mode === "self_consistency" ? self_consistency.prompt : mode;
  const template = templates[asked];
  needPlace(template, "question", asked);
  if (asked !== "few_shot") return fill(template, { question });
  needPlace(template, "examples", asked);
  if (examples.length === 0) {
    throw new StudioError("Few-shot prompts need a worked example, and there is none.", {
      hint: "Add one, or take worked examples from the data set.",
    });
  }
  const shown = examples.map((example) => fill(templates.example, { ...example })).join("");
  return fill(template, { question, examples: shown });
}

/** What a model reads of a question, and what it learns to write. */
export interface WorkedPrompt {
  readonly prompt: string;
  readonly completion: string;
}

/** The answer at once, in the words of the default templates. */
export const directAnswer = ({
  question,
  answer,
}: Omit<WorkedExample, "reasoning">): WorkedPrompt => ({
  prompt: fill(defaultReasoning.templates.direct, { question }),
  completion: ` ${answer}`,
});

/** The reasoning, then the answer: the worked example of the default templates, cut behind the prompt that asks for it. */
export function reasonedAnswer(example: WorkedExample): WorkedPrompt {
  const { templates } = defaultReasoning;
  const prompt = fill(templates.zero_shot, { question: example.question });
  return {
    prompt,
    completion: fill(templates.example, { ...example })
      .slice(prompt.length)
      .trimEnd(),
  };
}

/** Puts the values into `{name}`; other braces stay. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/gu, (whole, name: string) => values[name] ?? whole);
}

function needPlace(template: string, name: string, mode: string): void {
  if (template.includes(`{${name}}`)) return;
  throw new StudioError(`The ${mode} template has no {${name}}.`, {
    hint: `Put {${name}} where it shall stand.`,
  });
}

/**
 * The answer in what a model wrote, or null where the rule finds none. A prompt may end with the marker itself, so its last line
 * is read too.
 * @throws StudioError if the pattern is no regular expression.
 */
export function extractAnswer(rule: AnswerRule, prompt: string, written: string): string | null {
  const whole = prompt.slice(prompt.lastIndexOf("\n") + 1) + written;
  const found = findAnswer(rule, whole, written)?.trim() ?? "";
  return found === "" ? null : found;
}

function findAnswer(rule: AnswerRule, whole: string, written: string): string | undefined {
  switch (rule.kind) {
    case "after": {
      const place = whole.indexOf(rule.marker);
      return place < 0
        ? undefined
        : whole
            .slice(place + rule.marker.length)
            .trimStart()
            .split("\n")[0];
    }
    case "last_number":
      return [...written.matchAll(/-?\d(?:[\d,]*\d)?(?:\.\d+)?/gu)].at(-1)?.[0];
    case "pattern": {
      const match = compilePattern(rule.pattern).exec(whole);
      return match?.[1] ?? match?.[0];
    }
    default:
      return rule satisfies never;
  }
}

/** What is wrong with a rule, or null. */
export function findRuleError(rule: AnswerRule): ErrorRecord | null {
  if (rule.kind !== "pattern") return null;
  try {
    compilePattern(rule.pattern);
    return null;
  } catch (error) {
    return toErrorRecord(error);
  }
}

/** @throws StudioError that says what is wrong with it. */
function compilePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (cause) {
    throw new StudioError(
      `The answer's pattern is no regular expression: ${(cause as Error).message}.`,
      {
        hint: "For example: answer is (-?[0-9]+)",
        cause,
      },
    );
  }
}

/** Answers that mean the same are equal: case, spaces, quotes, a final point; numbers by their value, without units of money. */
export function normalizeAnswer(answer: string): string {
  const bare = answer
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/^[\s"'“”‘’*`]+|[\s"'“”‘’*`.!;,]+$/gu, "");
  const digits = bare.replace(/^[$€£]\s*/u, "").replace(/(?<=\d),(?=\d{3}(?:\D|$))/gu, "");
  return /^[+-]?(?:\d+\.?\d*|\.\d+)$/u.test(digits) ? String(Number(digits)) : bare;
}

/** What several chains say. */
export interface Vote {
  /** The answer that most chains have, in the words of its first chain; of equal ones the one that came first; or null. */
  readonly answer: string | null;
  readonly votes: number;
  /** Share of all chains that have it, those without an answer counted. */
  readonly agreement: number;
}

/** Majority vote over the chains' answers. */
export function vote(answers: readonly (string | null)[]): Vote {
  const groups = new Map<string, { answer: string; votes: number }>();
  for (const answer of answers) {
    if (answer === null) continue;
    const key = normalizeAnswer(answer);
    const group = groups.get(key) ?? { answer, votes: 0 };
    group.votes += 1;
    groups.set(key, group);
  }
  const best = [...groups.values()].reduce<{ answer: string; votes: number } | null>(
    (most, group) => (most === null || group.votes > most.votes ? group : most),
    null,
  );
  if (best === null) return { answer: null, votes: 0, agreement: 0 };
  return { ...best, agreement: best.votes / answers.length };
}

/** True where the answer means what was expected. */
export const isRight = (answer: string | null, expected: string): boolean =>
  answer !== null && normalizeAnswer(answer) === normalizeAnswer(expected);

/** One chain of thought. */
export interface Chain {
  readonly text: string;
  /** What the rule found in it, or null. */
  readonly answer: string | null;
  readonly tokens: number;
  readonly finished: FinishReason;
}

/** What the chains of one question came to. */
export interface Conclusion extends Vote {
  readonly chains: readonly Chain[];
}

/** A question that was scored. */
export interface ScoredRow extends Conclusion {
  /** Which of the rows. */
  readonly row: number;
  readonly isRight: boolean;
}

/** Answers questions in one mode and counts the right ones. */
export interface ScoreRequest {
  readonly job: number;
  readonly source: GeneratorSource;
  readonly rows: readonly { readonly question: string; readonly answer: string }[];
  readonly mode: ReasoningMode;
  readonly settings: ReasoningSettings;
  readonly config: GenerationConfig;
  /** Puts each prompt into the model's chat template as the user's turn. */
  readonly asChat: boolean;
}

/** Rows that were scored since the last message. */
export interface ScoreProgress {
  readonly job: number;
  readonly rows: readonly ScoredRow[];
  readonly tokens: number;
  readonly milliseconds: number;
}

/** Reads the answers of what was written to one prompt and lets them vote. */
export function conclude(
  rule: AnswerRule,
  prompt: string,
  texts: readonly GeneratedText[],
): Conclusion {
  const chains = texts.map((text) => ({ ...text, answer: extractAnswer(rule, prompt, text.text) }));
  return { ...vote(chains.map(({ answer }) => answer)), chains };
}

/** The arguments of a mode: chains of self-consistency are drawn, as its settings say; other modes take what is given. */
export function configOf(
  mode: ReasoningMode,
  { self_consistency }: ReasoningSettings,
  config: GenerationConfig,
): GenerationConfig {
  if (mode !== "self_consistency") return config;
  const { temperature, top_k, top_p } = self_consistency;
  return { ...config, do_sample: true, temperature, top_k, top_p };
}

/** The settings as these modes need them: those of self-consistency may be wrong where no mode uses them. */
export const settingsFor = (
  modes: readonly ReasoningMode[],
  settings: ReasoningSettings,
): ReasoningSettings =>
  modes.includes("self_consistency")
    ? settings
    : { ...settings, self_consistency: defaultReasoning.self_consistency };

/** How many chains a mode writes. */
export const chainsOf = (mode: ReasoningMode, { self_consistency }: ReasoningSettings): number =>
  mode === "self_consistency" ? self_consistency.chains : 1;
