// Rows to tokens with their masks, as TRL's SFTTrainer makes them: end of text, completion or assistant alone in the loss, cut from
// the end. Rows of which no token would count are left out and counted.
import type { LanguageChoice, LanguageFigures } from "../config/language-data.ts";
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
}

/** A row in tokens, uncut. */
export interface EncodedRow {
  readonly text: LanguageText;
  /** The prompt's last token is another one when the completion follows. */
  readonly isBlurred: boolean;
}

/** Tokenises one row. Chats come rendered. */
export function encodeLanguageRow(
  { content }: LanguageRecord,
  chat: RenderedChat | undefined,
  tokenizer: LanguageTokenizer,
  choice: LanguageChoice,
): EncodedRow {
  switch (content.type) {
    case "text":
      return whole(withEnd(tokenizer.encodeWhole(content.text, false), tokenizer));
    case "completion": {
      const prompt = tokenizer.encodeWhole(content.prompt, false);
      const ids = withEnd(
        tokenizer.encodeWhole(content.prompt + content.completion, false),
        tokenizer,
      );
      const isBlurred = prompt.some((id, place) => ids[place] !== id);
      if (!choice.completion_only_loss) return { ...whole(ids), isBlurred };
      const trained = Uint8Array.from(ids, (_, place) => (place < prompt.length ? 0 : 1));
      return { text: { ids: Int32Array.from(ids), trained }, isBlurred };
    }
    case "chat":
      return encodeChat(chat ?? { text: "", spoken: [] }, tokenizer, choice.assistant_only_loss);
    default:
      return content satisfies never;
  }
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
  { text, spoken }: RenderedChat,
  tokenizer: LanguageTokenizer,
  isAssistantOnly: boolean,
): EncodedRow {
  const all = tokenizer.encodeWhole(text, true);
  if (!isAssistantOnly) return whole(all);
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

/** Rows ready for batches. */
export interface EncodedRows {
  readonly rows: readonly LanguageRow[];
  /** Which record each text is of, in the order of the texts in the rows. */
  readonly figures: Omit<LanguageFigures, "template">;
  /** The records of which a token counts. */
  readonly kept: readonly number[];
}

/** Cuts rows to `maxLength`, leaves out those without a token that counts, and packs them where it is wanted. */
export function fitRows(
  encoded: readonly EncodedRow[],
  maxLength: number,
  packing: boolean,
): EncodedRows {
  const kept: number[] = [];
  const texts: LanguageText[] = [];
  let cutRows = 0;
  let blurredRows = 0;
  encoded.forEach(({ text, isBlurred }, index) => {
    const cut = cutText(text, maxLength);
    if (!cut.trained.subarray(1).includes(1)) return;
    if (cut.ids.length < text.ids.length) cutRows += 1;
    if (isBlurred) blurredRows += 1;
    kept.push(index);
    texts.push(cut);
  });
  const rows = packing ? packTexts(texts, maxLength) : texts.map((text) => [text]);
  return {
    rows,
    kept,
    figures: {
      ...{ cutRows, blurredRows },
      maskedRows: encoded.length - kept.length,
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
