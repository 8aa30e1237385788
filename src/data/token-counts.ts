// How many tokens each row has with a model's tokenizer, and how well its vocabulary serves the words.

/** One entry a row. */
export interface TokenCounts {
  readonly tokens: Uint32Array;
  /** Tokens that stand for text which the vocabulary lacks. */
  readonly unknown: Uint32Array;
  readonly words: Uint32Array;
}

export const newTokenCounts = (rows: number): TokenCounts => ({
  tokens: new Uint32Array(rows),
  unknown: new Uint32Array(rows),
  words: new Uint32Array(rows),
});

/**
 * A run of letters, marks and digits. In scripts without spaces every two characters are one, near the mean of Chinese and
 * Japanese: a byte-level vocabulary that lacks a script has three tokens a character there, and no more.
 */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]{1,2}|[\p{L}\p{M}\p{N}]+/gu;

/** Characters of a text whose words are counted. */
export const countedCharacters = 20_000;

/** Words of a text, of a very long one those of its beginning. */
export function countWords(text: string): number {
  let words = 0;
  for (const _ of text.slice(0, countedCharacters).matchAll(word)) words += 1;
  return words;
}

/** From this share of unknown tokens, or this many tokens a word, a row counts as served badly. */
const badUnknownShare = 0.1;
const badTokensPerWord = 4;
/** One rare name in a short row says little about the vocabulary. */
const fewestWords = 3;

/** True where the vocabulary lacks much of a row, or cuts its words to bits. */
export function isServedBadly({ tokens, unknown, words }: TokenCounts, row: number): boolean {
  const [all = 0, lacking = 0, spoken = 0] = [tokens[row], unknown[row], words[row]];
  if (lacking > 0 && lacking >= all * badUnknownShare) return true;
  return spoken >= fewestWords && all >= spoken * badTokensPerWord;
}
