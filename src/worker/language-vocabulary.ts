// How well a model's vocabulary serves rows for a language model: over all of them, and row by row.
import type { DatasetInspection } from "../config/dataset.ts";
import type { EncodedRow } from "../data/encode-language.ts";
import type { LanguageRecord } from "../data/language-rows.ts";
import { describeContent } from "../data/language-rows.ts";
import {
  countedCharacters,
  countWords,
  isServedBadly,
  newTokenCounts,
} from "../data/token-counts.ts";
import type { TextTokenizer } from "../data/tokenizer.ts";

/** Characters of a chat that are looked at: a template's marks are no words, so what is said is tokenised by itself. */
const looked = 1000;

export interface VocabularyLook {
  readonly figures: DatasetInspection["vocabulary"];
  /** Rows whose words the vocabulary cuts to bits or lacks. */
  readonly badRows: readonly number[];
}

/** Looks at all rows, and at the beginning of chats and very long ones. Rows of token ids say nothing of a vocabulary. */
export function lookAtVocabulary(
  records: readonly LanguageRecord[],
  encoded: ReadonlyMap<number, EncodedRow>,
  tokenizer: TextTokenizer,
): VocabularyLook {
  const counts = newTokenCounts(records.length);
  const sums = { tokens: 0, unknown: 0, words: 0 };
  records.forEach(({ row, content }, index) => {
    if (content.type === "tokens") return;
    const { text, pair } = describeContent(content);
    const isChat = content.type === "chat";
    const whole = `${text}\n${pair ?? ""}`.trim();
    const read = whole.slice(0, isChat ? looked : countedCharacters);
    const isOwn = isChat || read.length < whole.length;
    const ids = isOwn ? tokenizer.encodeWhole(read, true) : (encoded.get(row)?.text.ids ?? []);
    counts.tokens[index] = ids.length;
    counts.unknown[index] = [...ids].filter((id) => id === tokenizer.unknownId).length;
    counts.words[index] = countWords(read);
    sums.tokens += ids.length;
    sums.unknown += counts.unknown[index] ?? 0;
    sums.words += counts.words[index] ?? 0;
  });
  return {
    figures: {
      unknownShare: sums.tokens === 0 ? 0 : sums.unknown / sums.tokens,
      tokensPerWord: sums.words === 0 ? 0 : sums.tokens / sums.words,
    },
    badRows: records.flatMap(({ row }, index) => (isServedBadly(counts, index) ? [row] : [])),
  };
}
