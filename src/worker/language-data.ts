// The rows of a language model's run: read from the storage, rendered, tokenised, cut and packed.

import { chatMl } from "../config/chat-ml.ts";
import type { DatasetChoice } from "../config/dataset.ts";
import type { LanguageChoice, TemplateUse } from "../config/language-data.ts";
import { type RenderChats, type RenderedChat, renderChats } from "../data/chat-template.ts";
import {
  type EncodedRow,
  type EncodedRows,
  encodeLanguageRow,
  fitRows,
} from "../data/encode-language.ts";
import {
  type LanguageRecord,
  needsTemplate,
  type PreparedLanguage,
} from "../data/language-rows.ts";
import { StudioError } from "../lib/errors.ts";
import type { BaseModel } from "./base-model.ts";
import { readLanguage } from "./read-chosen.ts";

/** Rows ready for a run. */
export interface LanguageData {
  readonly train: EncodedRows;
  readonly evaluation: EncodedRows;
  readonly notes: readonly string[];
}

/** Rows in tokens, uncut, and how chats were written. */
export interface EncodedLanguage {
  readonly prepared: PreparedLanguage;
  readonly train: readonly EncodedRow[];
  readonly evaluation: readonly EncodedRow[];
  readonly template: TemplateUse;
}

interface EncodeParts {
  readonly choice: DatasetChoice;
  readonly language: LanguageChoice;
  readonly base: BaseModel;
  readonly render: RenderChats;
  readonly gate: { pass(): Promise<void> };
}

/** Reads and tokenises the rows of a choice. It gives way to messages now and then. */
export async function encodeLanguage(parts: EncodeParts): Promise<EncodedLanguage> {
  return encodeRecords(parts, await readLanguage(parts.choice, parts.language));
}

/** The same of rows that are read already. */
export async function encodeRecords(
  parts: EncodeParts,
  prepared: PreparedLanguage,
): Promise<EncodedLanguage> {
  const own = parts.base.chatTemplate;
  const template = !needsTemplate(prepared) ? "none" : own === null ? "chatml" : "model";
  return {
    prepared,
    train: await encodeRows(parts, prepared.train, own ?? chatMl),
    evaluation: await encodeRows(parts, prepared.evaluation, own ?? chatMl),
    template,
  };
}

/** Rows rendered at a time: a template's worker answers for them within its limit. */
const batch = 500;

async function encodeRows(
  { base, language, render, gate }: EncodeParts,
  records: readonly LanguageRecord[],
  template: string,
): Promise<EncodedRow[]> {
  const encoded: EncodedRow[] = [];
  const { tokenizer } = base;
  for (let start = 0; start < records.length; start += batch) {
    const part = records.slice(start, start + batch);
    const chats = part.flatMap(({ content }) => (content.type === "chat" ? [content] : []));
    const rendered: RenderedChat[] =
      chats.length === 0 ? [] : await renderChats(template, chats, tokenizer.specials, render);
    for (const record of part) {
      const chat = record.content.type === "chat" ? rendered.shift() : undefined;
      encoded.push(encodeLanguageRow(record, chat, tokenizer, language));
    }
    await gate.pass();
  }
  return encoded;
}

/** Cuts and packs, and says what became of the rows. @throws StudioError where no run can start with them. */
export function fitLanguage(encoded: EncodedLanguage, maxLength: number): LanguageData {
  const { prepared, template } = encoded;
  if (prepared.obstacle !== null) {
    const { message, hint } = prepared.obstacle;
    throw new StudioError(message, hint === undefined ? {} : { hint });
  }
  const { packing } = prepared.language;
  const train = fitRows(encoded.train, maxLength, packing);
  const evaluation = fitRows(encoded.evaluation, maxLength, packing);
  const masked = train.figures.maskedRows + evaluation.figures.maskedRows;
  return {
    ...{ train, evaluation },
    notes: [
      ...(template === "chatml"
        ? ["The model has no chat template of its own: ChatML is used."]
        : []),
      ...(masked === 0
        ? []
        : [
            `${masked} ${masked === 1 ? "row is" : "rows are"} left out: no token of ${masked === 1 ? "it" : "them"} within max_length ${maxLength} would count in the loss.`,
          ]),
    ],
  };
}
