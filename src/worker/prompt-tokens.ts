// A prompt as the tokens that a model reads, and the tokens that end what it writes.

import { chatMl } from "../config/chat-ml.ts";
import type { GenerationResult, PromptText } from "../config/generation.ts";
import type { RenderChats } from "../data/chat-template.ts";
import type { BaseModel } from "./base-model.ts";

interface EncodedPrompt {
  /** With its template. */
  readonly text: string;
  readonly ids: readonly number[];
  readonly template: GenerationResult["template"];
}

/**
 * The tokens of a prompt: as many as there are, since the page refuses what is too long with the figure. A conversation gets the
 * model's chat template, or ChatML where it has none, with the opening of the assistant's turn; no special token is added to it, as in training.
 */
export async function encodePrompt(
  { tokenizer, chatTemplate }: BaseModel,
  prompt: PromptText,
  render: RenderChats,
): Promise<EncodedPrompt> {
  if (typeof prompt === "string") {
    const ids = tokenizer.encode(prompt, Number.POSITIVE_INFINITY);
    return { text: prompt, ids, template: null };
  }
  const { specials } = tokenizer;
  const template = chatTemplate ?? chatMl;
  const [text = ""] = await render(template, [prompt], { addGenerationPrompt: true, specials });
  const ids = tokenizer.encodeWhole(text, true);
  return { text, ids, template: chatTemplate === null ? "chatml" : "model" };
}

/**
 * What ends a text: `eos_token_id` of generation_config.json, else of config.json; and in a conversation in ChatML the end of a
 * turn where the vocabulary has it.
 */
export function endIds(base: BaseModel, isChat: boolean): ReadonlySet<number> {
  const { endIds: own, tokenizer, chatTemplate } = base;
  const ends = new Set(own);
  if (!isChat || !(chatTemplate ?? chatMl).includes("<|im_end|>")) return ends;
  const turnEnd = tokenizer.encodeWhole("<|im_end|>", true);
  if (turnEnd.length === 1) ends.add(turnEnd[0] as number);
  return ends;
}
