// A prompt as the tokens that a model reads, and the tokens that end what it writes.
import { z } from "zod";
import type { ChatMessage, PromptText } from "../config/generation.ts";
import type { BaseModel } from "./base-model.ts";

/** The text with its template, and its tokens: as many as there are, since the page refuses what is too long with the figure. */
export function encodePrompt(
  base: BaseModel,
  prompt: PromptText,
): { readonly text: string; readonly ids: readonly number[] } {
  const text = typeof prompt === "string" ? prompt : renderChatMl(prompt);
  return { text, ids: base.tokenizer.encode(text, Number.POSITIVE_INFINITY) };
}

const idsSchema = z.union([z.int(), z.array(z.int())]).nullish();

/** `eos_token_id` of config.json, and in a conversation the end of a turn where the vocabulary has it. */
export function endIds({ config, tokenizer }: BaseModel, isChat: boolean): ReadonlySet<number> {
  const named = idsSchema.safeParse(config.eos_token_id).data ?? [];
  const ends = new Set(typeof named === "number" ? [named] : named);
  const turnEnd = isChat ? tokenizer.encode("<|im_end|>", 8) : [];
  if (turnEnd.length === 1) ends.add(turnEnd[0] as number);
  return ends;
}

/** ChatML with the opening of the assistant's turn. */
function renderChatMl(messages: readonly ChatMessage[]): string {
  const turns = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`);
  return `${turns.join("")}<|im_start|>assistant\n`;
}
