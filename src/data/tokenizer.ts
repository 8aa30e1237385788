// Text to token ids and back, round @huggingface/tokenizers. Special tokens that the tokenizer.json asks for are added.
import { Tokenizer, Unigram } from "@huggingface/tokenizers";
import { StudioError } from "../lib/errors.ts";
import { createUnigram } from "./unigram.ts";

/** A tokenizer as the studio uses it. It holds no state between calls. */
export interface TextTokenizer {
  /**
   * Token ids, at most `maxLength`: the text is cut, and the special tokens around it stay, as transformers truncates. A
   * text without a token gives an empty list, unless special tokens stand around it.
   */
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
 * @param modelPadId config.json's `pad_token_id`, for a tokenizer that names no pad token itself.
 * @throws StudioError if the package cannot read them or there is no pad token.
 */
export function createTokenizer(
  tokenizerJson: Readonly<Record<string, unknown>>,
  tokenizerConfig: Readonly<Record<string, unknown>>,
  modelPadId?: number,
): TextTokenizer {
  const tokenizer = readTokenizer(tokenizerJson, tokenizerConfig);
  if (tokenizerConfig.tokenizer_class === "UniversalSentenceEncoderTokenizer") {
    replaceSegmentation(tokenizer);
  }
  const specials = countSpecialTokens(tokenizer);
  return {
    encode: (text, maxLength) => truncate(tokenizer.encode(text).ids, maxLength, specials),
    decode: (ids) => (ids.length === 0 ? "" : tokenizer.decode([...ids])),
    tokens: (text) => tokenizer.encode(text).tokens,
    // Not the number of distinct pieces: a vocabulary may name a piece twice.
    vocabSize: Math.max(...tokenizer.get_vocab().values()) + 1,
    padId: findPadId(tokenizer, tokenizerJson, tokenizerConfig, modelPadId),
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

/** How many special tokens stand after a text. */
function countSpecialTokens(tokenizer: Tokenizer): number {
  const sample = "a";
  const bare = tokenizer.encode(sample, { add_special_tokens: false }).ids;
  const whole = tokenizer.encode(sample).ids;
  const first = whole.findIndex((_, start) => bare.every((id, i) => whole[start + i] === id));
  return first === -1 ? 0 : whole.length - first - bare.length;
}

/** Cuts the text's own tokens; the last `specials` ids stay at the end. */
function truncate(ids: number[], maxLength: number, specials: number): number[] {
  if (ids.length <= maxLength) return ids;
  const kept = ids.slice(0, Math.max(0, maxLength - specials));
  return [...kept, ...ids.slice(ids.length - specials)].slice(0, maxLength);
}

/** Pad tokens of tokenizers that name none. */
const usualPadTokens = ["[PAD]", "<pad>"];

function findPadId(
  tokenizer: Tokenizer,
  tokenizerJson: Readonly<Record<string, unknown>>,
  tokenizerConfig: Readonly<Record<string, unknown>>,
  modelPadId: number | undefined,
): number {
  const named = tokenOf(tokenizerConfig.pad_token) ?? padTokenOf(tokenizerJson.padding);
  if (named === undefined) {
    const usual = usualPadTokens.map((token) => tokenizer.token_to_id(token));
    const id = modelPadId ?? usual.find((found) => found !== undefined);
    if (id !== undefined) return id;
    throw new StudioError("The tokenizer has no pad token.", {
      hint: "Set pad_token in tokenizer_config.json to a token of the vocabulary.",
    });
  }
  const id = tokenizer.token_to_id(named);
  if (id !== undefined) return id;
  throw new StudioError(
    `The tokenizer's pad token is ${JSON.stringify(named)}, which tokenizer.json does not have.`,
    { hint: "Set pad_token in tokenizer_config.json to a token of the vocabulary." },
  );
}

/** The token of tokenizer_config.json, which holds a plain string or an AddedToken record. */
function tokenOf(value: unknown): string | undefined {
  const content = isRecord(value) ? value.content : value;
  return typeof content === "string" ? content : undefined;
}

/** The token of tokenizer.json's `padding`. */
const padTokenOf = (padding: unknown): string | undefined =>
  isRecord(padding) ? tokenOf(padding.pad_token) : undefined;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
