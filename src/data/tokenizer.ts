// Text to token ids and back, round @huggingface/tokenizers. Special tokens that the tokenizer.json asks for are added.
import { Tokenizer, Unigram } from "@huggingface/tokenizers";
import { StudioError } from "../lib/errors.ts";
import { createUnigram } from "./unigram.ts";

/** A tokenizer as the studio uses it. It holds no state between calls. */
export interface TextTokenizer {
  /** Token ids, cut after `maxLength`. A text without a token gives an empty list. */
  encode(text: string, maxLength: number): number[];
  decode(ids: readonly number[]): string;
  /** The tokens of a text as strings, uncut. */
  tokens(text: string): string[];
  readonly vocabSize: number;
  /** The id that fills padded positions. */
  readonly padId: number;
}

/**
 * Builds a tokenizer from the parsed tokenizer.json and tokenizer_config.json.
 * @throws StudioError if the package cannot read them or there is no pad token.
 */
export function createTokenizer(
  tokenizerJson: Readonly<Record<string, unknown>>,
  tokenizerConfig: Readonly<Record<string, unknown>>,
): TextTokenizer {
  const tokenizer = readTokenizer(tokenizerJson, tokenizerConfig);
  if (tokenizerConfig.tokenizer_class === "UniversalSentenceEncoderTokenizer") {
    replaceSegmentation(tokenizer);
  }
  return {
    encode: (text, maxLength) => tokenizer.encode(text).ids.slice(0, maxLength),
    decode: (ids) => (ids.length === 0 ? "" : tokenizer.decode([...ids])),
    tokens: (text) => tokenizer.encode(text).tokens,
    // Not the number of distinct pieces: a vocabulary may name a piece twice.
    vocabSize: Math.max(...tokenizer.get_vocab().values()) + 1,
    padId: findPadId(tokenizer, tokenizerConfig.pad_token),
  };
}

function readTokenizer(tokenizerJson: object, tokenizerConfig: object): Tokenizer {
  try {
    return new Tokenizer(tokenizerJson, tokenizerConfig);
  } catch (cause) {
    throw new StudioError(`tokenizer.json cannot be read: ${(cause as Error).message}`, {
      hint: "Choose a tokenizer.json that Hugging Face's tokenizers wrote.",
      cause,
    });
  }
}

/**
 * The package breaks ties of the unigram lattice towards a long last piece and scores unknown characters below all others,
 * which rounds sums differently. No setting of tokenizer.json changes either, so the one method that segments is replaced.
 */
function replaceSegmentation(tokenizer: Tokenizer): void {
  const { model } = tokenizer;
  if (!(model instanceof Unigram)) {
    throw new StudioError(
      "tokenizer.json is not a unigram model, but tokenizer_config.json says so.",
    );
  }
  const scores = new Map<string, number>();
  model.vocab.forEach((piece, id) => {
    if (id >= reservedPieces) scores.set(piece, model.scores[id] ?? 0);
  });
  model.tokenize = createUnigram(scores);
}

/** Ids below this are control symbols that text never yields. */
const reservedPieces = 6;

function findPadId(tokenizer: Tokenizer, padToken: unknown): number {
  // tokenizer_config.json may hold a plain string or an AddedToken record.
  const content =
    typeof padToken === "object" && padToken !== null && "content" in padToken
      ? padToken.content
      : padToken;
  const id = typeof content === "string" ? tokenizer.token_to_id(content) : undefined;
  if (id !== undefined) return id;
  throw new StudioError(
    `tokenizer_config.json names the pad token ${JSON.stringify(content)}, which tokenizer.json does not have.`,
    { hint: "Set pad_token in tokenizer_config.json to a token of the vocabulary." },
  );
}
