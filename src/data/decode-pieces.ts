// What each token of a text adds to it when it is decoded.
import type { TextTokenizer } from "./tokenizer.ts";

/** Tokens that are decoded together: what stands far before does not change a piece, and so the time stays linear. */
const window = 32;

/** One piece a token; special tokens have none. Bytes of one character are told at its last one. */
export function decodePieces(
  ids: readonly number[],
  tokenizer: Pick<TextTokenizer, "decode" | "specialOf">,
): string[] {
  const pieces: string[] = [];
  let start = 0;
  /** Place behind the last whole character. */
  let border = 0;
  let written = "";
  ids.forEach((id, place) => {
    if (tokenizer.specialOf(id) !== null) {
      pieces.push("");
      start = place + 1;
      border = start;
      written = "";
      return;
    }
    if (place - start > window && border > start) {
      start = border - 1;
      written = tokenizer.decode(ids.slice(start, border));
    }
    const now = tokenizer.decode(ids.slice(start, place + 1));
    const isCharacter = !now.endsWith("\uFFFD");
    pieces.push(isCharacter ? now.slice(written.length) : "");
    if (!isCharacter) return;
    written = now;
    border = place + 1;
  });
  return pieces;
}
