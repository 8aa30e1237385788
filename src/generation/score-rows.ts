// Answers the questions of a data set in one mode, many at a time, and says which answers are right.
import type { FinishReason, GeneratedText, GenerationConfig } from "../config/generation.ts";
import {
  buildPrompt,
  chainsOf,
  conclude,
  configOf,
  isRight,
  type ReasoningMode,
  type ReasoningSettings,
  type ScoredRow,
} from "../config/reasoning.ts";
import { type GeneratorModel, generate } from "./generate.ts";

/** Texts that are written at once at most: more gain little on a processor. */
const mostTexts = 64;
/** What keys and values may take together. */
const cacheBytes = 256e6;

interface Question {
  readonly row: number;
  readonly answer: string;
  /** The prompt before the chat template. */
  readonly prompt: string;
  readonly ids: readonly number[];
}

/**
 * Yields after each step what it has finished: rows whose chains are all written, and how many tokens the step wrote.
 * @param encode a mode's prompt to the tokens that the model reads.
 * @throws StudioError where a prompt leaves no room for an answer.
 */
export async function* scoreRows(
  model: GeneratorModel,
  rows: readonly { readonly question: string; readonly answer: string }[],
  task: {
    readonly mode: ReasoningMode;
    readonly settings: ReasoningSettings;
    readonly config: GenerationConfig;
  },
  encode: (prompt: string) => readonly number[] | Promise<readonly number[]>,
): AsyncGenerator<{ readonly rows: readonly ScoredRow[]; readonly tokens: number }, void> {
  const { mode, settings } = task;
  const chains = chainsOf(mode, settings);
  const config = configOf(mode, settings, task.config);
  const questions: Question[] = [];
  for (const [row, { question, answer }] of rows.entries()) {
    const prompt = buildPrompt(mode, question, settings);
    questions.push({ row, answer, prompt, ids: await encode(prompt) });
  }
  for (const batch of inBatches(questions, chains, config.max_new_tokens, model)) {
    const open = batch.map((question) => ({
      question,
      chains: Array.from({ length: chains }, (): OpenChain => ({ text: "", tokens: 0 })),
    }));
    const prompts = batch.flatMap(({ row, ids }) =>
      Array.from({ length: chains }, (_, chain) => ({ ids, stream: row * chains + chain })),
    );
    for await (const step of generate(model, prompts, config)) {
      const done: ScoredRow[] = [];
      for (const { text, piece, finished } of step) {
        const asked = open[Math.floor(text / chains)];
        const chain = asked?.chains[text % chains];
        if (asked === undefined || chain === undefined) continue;
        chain.text += piece;
        chain.tokens += 1;
        if (finished === null) continue;
        chain.finished = finished;
        const all = asked.chains.filter(isFinished);
        if (all.length === chains) done.push(judge(asked.question, all, settings));
      }
      yield { rows: done, tokens: step.length };
    }
  }
}

interface OpenChain {
  text: string;
  tokens: number;
  finished?: FinishReason;
}

const isFinished = (chain: OpenChain): chain is GeneratedText & OpenChain =>
  chain.finished !== undefined;

function judge(
  { row, prompt, answer }: Question,
  texts: readonly GeneratedText[],
  { answer_rule }: ReasoningSettings,
): ScoredRow {
  const conclusion = conclude(answer_rule, prompt, texts);
  return { row, ...conclusion, isRight: isRight(conclusion.answer, answer) };
}

/** Questions of like length together, all chains of one in the same batch. */
function inBatches(
  questions: readonly Question[],
  chains: number,
  newTokens: number,
  { bytesPerToken, maxLength }: GeneratorModel,
): Question[][] {
  const sorted = [...questions].sort((a, b) => a.ids.length - b.ids.length);
  const batches: Question[][] = [];
  let batch: Question[] = [];
  for (const question of sorted) {
    // The last of a batch is its longest.
    const length = Math.min(maxLength, question.ids.length + newTokens);
    const room = Math.min(mostTexts, Math.floor(cacheBytes / (bytesPerToken * length)));
    if (batch.length > 0 && (batch.length + 1) * chains > room) {
      batches.push(batch);
      batch = [];
    }
    batch.push(question);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
