// Rows to tokens with their masks, as TRL's SFTTrainer makes them: end of text, completion or assistant alone in the loss, cut from
// the end. Rows of which no token would count are left out and counted.
import type { LanguageChoice, LanguageFigures } from "../config/language-data.ts";
import { StudioError } from "../lib/errors.ts";
import type { RenderedChat } from "./chat-template.ts";
import type { LanguageRow, LanguageText } from "./collate-language.ts";
import type { LanguageRecord } from "./language-rows.ts";
import { packTexts } from "./pack-texts.ts";

/** What encoding needs of a tokenizer. */
export interface LanguageTokenizer {
  /** Token ids of a text, uncut, with the special tokens that the tokenizer puts round it unless `isBare`. */
  encodeWhole(text: string, isBare: boolean): number[];
  /** Token that ends a text, or null where the model has none. */
  readonly endId: number | null;
  readonly vocabSize: number;
}

/** A row in tokens, uncut. */
export interface EncodedRow {
  readonly text: LanguageText;
  /** The same row in other words, which is trained on too: its answer at once. */
  readonly beside?: LanguageText;
  /** The prompt's last token is another one when the completion follows. */
  readonly isBlurred: boolean;
}

/** Tokenises one row. Chats come rendered. */
export function encodeLanguageRow(
  { content, line }: LanguageRecord,
  chat: RenderedChat | undefined,
  tokenizer: LanguageTokenizer,
  choice: LanguageChoice,
): EncodedRow {
  switch (content.type) {
    case "text":
      return whole(withEnd(tokenizer.encodeWhole(content.text, false), tokenizer));
    case "completion": {
      const own = encodeCompletion(content, tokenizer, choice.completion_only_loss);
      if (content.direct === undefined) return own;
      const direct = encodeCompletion(content.direct, tokenizer, choice.completion_only_loss);
      return {
        text: own.text,
        beside: direct.text,
        isBlurred: own.isBlurred || direct.isBlurred,
      };
    }
    case "chat":
      return encodeChat(chat ?? { text: "", spoken: [] }, tokenizer, choice);
    case "tokens":
      refuseUnknownIds(content.ids, tokenizer.vocabSize, line);
      return {
        text: { ids: Int32Array.from(content.ids), trained: Uint8Array.from(content.trained) },
        isBlurred: false,
      };
    default:
      return content satisfies never;
  }
}

function encodeCompletion(
  { prompt: asked, completion }: { readonly prompt: string; readonly completion: string },
  tokenizer: LanguageTokenizer,
  isCompletionOnly: boolean,
): EncodedRow {
  const prompt = tokenizer.encodeWhole(asked, false);
  const ids = withEnd(tokenizer.encodeWhole(asked + completion, false), tokenizer);
  return behindPrompt(ids, prompt, isCompletionOnly);
}

/** What counts of a row that begins with a prompt: all tokens behind as many as the prompt alone has. */
function behindPrompt(
  ids: readonly number[],
  prompt: readonly number[],
  isCompletionOnly: boolean,
): EncodedRow {
  const isBlurred = prompt.some((id, place) => ids[place] !== id);
  if (!isCompletionOnly) return { ...whole(ids), isBlurred };
  const trained = Uint8Array.from(ids, (_, place) => (place < prompt.length ? 0 : 1));
  return { text: { ids: Int32Array.from(ids), trained }, isBlurred };
}

function refuseUnknownIds(ids: readonly number[], vocabulary: number, line: number): void {
  const unknown = ids.find((id) => id >= vocabulary);
  if (unknown === undefined) return;
  throw new StudioError(
    `Line ${line}: token id ${unknown} stands in input_ids, and the model's vocabulary ends at ${vocabulary - 1}.`,
    {
      hint: "Tokenise the rows with this model's tokenizer, or choose the model that they are for.",
    },
  );
}

function whole(ids: readonly number[]): EncodedRow {
  return {
    text: { ids: Int32Array.from(ids), trained: new Uint8Array(ids.length).fill(1) },
    isBlurred: false,
  };
}

const withEnd = (ids: number[], { endId }: LanguageTokenizer): number[] =>
  endId === null || ids.at(-1) === endId ? ids : [...ids, endId];

/** The template has written all special tokens. The text is cut at the turns, so that each token belongs to one of them. */
function encodeChat(
  { text, spoken, prompt }: RenderedChat,
  tokenizer: LanguageTokenizer,
  choice: LanguageChoice,
): EncodedRow {
  const all = tokenizer.encodeWhole(text, true);
  if (prompt !== undefined) {
    return behindPrompt(all, tokenizer.encodeWhole(prompt, true), choice.completion_only_loss);
  }
  if (!choice.assistant_only_loss) return whole(all);
  const ids: number[] = [];
  const trained: number[] = [];
  const add = (part: string, isSpoken: boolean) => {
    if (part === "") return;
    for (const id of tokenizer.encodeWhole(part, true)) {
      ids.push(id);
      trained.push(isSpoken ? 1 : 0);
    }
  };
  let place = 0;
  for (const [start, end] of spoken) {
    add(text.slice(place, start), false);
    add(text.slice(start, end), true);
    place = end;
  }
  add(text.slice(place), false);
  const isBlurred = ids.length !== all.length || ids.some((id, index) => all[index] !== id);
  return { text: { ids: Int32Array.from(ids), trained: Uint8Array.from(trained) }, isBlurred };
}

/** Every text of some rows, uncut. */
export const textsOf = (rows: readonly EncodedRow[]): LanguageText[] =>
  rows.flatMap(({ text, beside }) => (beside === undefined ? [text] : [text, beside]));

/** Rows ready for batches. */
export interface EncodedRows {
  readonly rows: readonly LanguageRow[];
  readonly figures: LanguageFigures;
}

/** Cuts rows to `maxLength`, leaves out those without a token that counts, and packs them where it is wanted. */
export function fitRows(
  encoded: readonly EncodedRow[],
  maxLength: number,
  packing: boolean,
): EncodedRows {
  const texts: LanguageText[] = [];
  let maskedRows = 0;
  let cutRows = 0;
  let blurredRows = 0;
  for (const row of encoded) {
    const cut = textsOf([row]).map((text) => ({ text, kept: cutText(text, maxLength) }));
    const taught = cut.filter(({ kept }) => kept.trained.subarray(1).includes(1));
    if (taught.length === 0) {
      maskedRows += 1;
      continue;
    }
    if (taught.some(({ text, kept }) => kept.ids.length < text.ids.length)) cutRows += 1;
    if (row.isBlurred) blurredRows += 1;
    texts.push(...taught.map(({ kept }) => kept));
  }
  const rows = packing ? packTexts(texts, maxLength) : texts.map((text) => [text]);
  return {
    rows,
    figures: {
      ...{ maskedRows, cutRows, blurredRows },
      tokens: texts.reduce((sum, { ids }) => sum + ids.length, 0),
      trainedTokens: texts.reduce((sum, { trained }) => sum + count(trained), 0),
      packedRows: rows.length,
    },
  };
}

const cutText = ({ ids, trained }: LanguageText, maxLength: number): LanguageText => ({
  ids: ids.slice(0, maxLength),
  trained: trained.slice(0, maxLength),
});

const count = (trained: Uint8Array): number => trained.subarray(1).reduce((a, b) => a + b, 0);
