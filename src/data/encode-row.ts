// A row's text, or its pair of texts, as the tokens of one input.
import type { LabelledRow } from "./prepare-dataset.ts";
import type { PairTokens, TextTokenizer } from "./tokenizer.ts";

/** At most `maxLength` tokens. */
export function encodeRow(
  tokenizer: TextTokenizer,
  { text, pair }: Pick<LabelledRow, "text" | "pair">,
  maxLength: number,
): PairTokens {
  if (pair === undefined) return { ids: tokenizer.encode(text, maxLength) };
  return tokenizer.encodePair(text, pair, maxLength);
}
