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
  /**
   * A pair of texts as one input of at most `maxLength` tokens, laid out and cut as transformers does it, the longer text
   * first. `typeIds` are absent where the tokenizer tells no texts apart.
   */
  encodePair(first: string, second: string, maxLength: number): PairTokens;
  decode(ids: readonly number[]): string;
  /** The tokens of a text as strings, uncut. */
  tokens(text: string): string[];
  readonly vocabSize: number;
  /** The id that fills padded positions. */
  readonly padId: number;
  /** The id of text that the vocabulary lacks, or null where it lacks none. */
  readonly unknownId: number | null;
  /** Token ids of a text, uncut, with the special tokens that the tokenizer puts round it unless `isBare`. */
  encodeWhole(text: string, isBare: boolean): number[];
  /** The id that ends a text, or null where the model has none. */
  readonly endId: number | null;
  /** `bos_token`, `eos_token` and the like, under the names that chat templates use. */
  readonly specials: Readonly<Record<string, string>>;
  /** The special token of an id, such as "<|endoftext|>", or null for a token of a text. */
  specialOf(id: number): string | null;
}

/** Token ids of a pair and, token by token, which text they belong to: 0 or 1. */
export interface PairTokens {
  readonly ids: number[];
  readonly typeIds?: number[];
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
  modelEndId?: number,
): TextTokenizer {
  const tokenizer = readTokenizer(tokenizerJson, tokenizerConfig);
  if (tokenizerConfig.tokenizer_class === "UniversalSentenceEncoderTokenizer") {
    replaceSegmentation(tokenizer);
  }
  const specials = countSpecialTokens(tokenizer);
  return {
    encode: (text, maxLength) => truncate(tokenizer.encode(text).ids, maxLength, specials),
    encodePair: createPairEncoder(tokenizer, tellsTypes(tokenizerJson.post_processor)),
    decode: (ids) => (ids.length === 0 ? "" : tokenizer.decode([...ids])),
    tokens: (text) => tokenizer.encode(text).tokens,
    // Not the number of distinct pieces: a vocabulary may name a piece twice.
    vocabSize: Math.max(...tokenizer.get_vocab().values()) + 1,
    padId: findPadId(tokenizer, tokenizerJson, tokenizerConfig, modelPadId),
    unknownId: findUnknownId(tokenizer, tokenizerJson),
    encodeWhole: (text, isBare) =>
      text === "" ? [] : tokenizer.encode(text, { add_special_tokens: !isBare }).ids,
    ...specialTokens(tokenizer, tokenizerConfig, modelEndId),
  };
}

/**
 * Stands in where a model has no tokenizer.json: rows of token ids can be trained on, and texts are shown as their ids.
 * @param vocabSize the rows of the model's embedding.
 */
export function createIdTokenizer(
  vocabSize: number,
  padId: number,
  endId: number | null,
): TextTokenizer {
  const refuse = (): never => {
    throw new StudioError("The model has no tokenizer.json: it cannot read texts.", {
      hint: "Add its tokenizer.json to the folder and drop it again, or train on rows of token ids (input_ids).",
    });
  };
  return {
    ...{ vocabSize, padId, endId, unknownId: null, specials: {} },
    ...{ encode: refuse, encodePair: refuse, encodeWhole: refuse, tokens: refuse },
    decode: (ids) => ids.map((id) => ` ${id}`).join(""),
    specialOf: () => null,
  };
}

/** What ends a text: tokenizer_config.json's `eos_token` before the model's, as in transformers. */
function specialTokens(
  tokenizer: Tokenizer,
  tokenizerConfig: Readonly<Record<string, unknown>>,
  modelEndId: number | undefined,
): Pick<TextTokenizer, "endId" | "specials" | "specialOf"> {
  const named = ["bos_token", "eos_token", "pad_token", "unk_token"].flatMap((key) => {
    const token = tokenOf(tokenizerConfig[key]);
    return token === undefined ? [] : [[key, token] as const];
  });
  const specials: Record<string, string> = Object.fromEntries(named);
  const own =
    specials.eos_token === undefined ? undefined : tokenizer.token_to_id(specials.eos_token);
  const endId = own ?? modelEndId ?? null;
  const end = endId === null ? undefined : tokenizer.id_to_token(endId);
  if (end !== undefined) specials.eos_token ??= end;
  const added = tokenizer.get_added_tokens_decoder();
  return {
    ...{ endId, specials },
    specialOf: (id) => (added.get(id)?.special === true ? (added.get(id)?.content ?? null) : null),
  };
}

/** `unk_id` of a unigram model, or the id of `unk_token`. */
function findUnknownId(
  tokenizer: Tokenizer,
  { model }: Readonly<Record<string, unknown>>,
): number | null {
  if (!isRecord(model)) return null;
  if (typeof model.unk_id === "number") return model.unk_id;
  const token = tokenOf(model.unk_token);
  return (token === undefined ? undefined : tokenizer.token_to_id(token)) ?? null;
}

/** Lays pairs out as the tokenizer's own template does, read off a sample; one text behind the other where it has none. */
function createPairEncoder(tokenizer: Tokenizer, isTyped: boolean) {
  const bare = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const [a, b] = [bare("a"), bare("b")];
  const laidOut = tokenizer.encode("a", { text_pair: "b", return_token_type_ids: true });
  // Where there is no layout the package leaves the second text out.
  const isRead = findRun(laidOut.ids, b, findRun(laidOut.ids, a, 0) + a.length) > 0;
  const sample = isRead ? laidOut : { ids: [...a, ...b] };
  const { ids } = sample;
  const startA = findRun(ids, a, 0);
  const startB = findRun(ids, b, startA + a.length);
  const afterA = startA + a.length;
  const afterB = startB + b.length;
  const types = ("token_type_ids" in sample ? sample.token_type_ids : null) ?? ids.map(() => 0);
  const hasTypes = isTyped && types.some((type) => type !== 0);
  const frame = {
    start: [0, startA],
    middle: [afterA, startB],
    end: [afterB, ids.length],
  } as const;
  const specials = ids.length - a.length - b.length;
  return (first: string, second: string, maxLength: number): PairTokens => {
    const [one, two] = truncatePair(bare(first), bare(second), Math.max(0, maxLength - specials));
    const lay = (template: readonly number[], x: readonly number[], y: readonly number[]) => [
      ...template.slice(...frame.start),
      ...x,
      ...template.slice(...frame.middle),
      ...y,
      ...template.slice(...frame.end),
    ];
    const whole = lay(ids, one, two);
    if (!hasTypes) return { ids: whole };
    const typeOf = (texts: readonly number[], at: number) => texts.map(() => types[at] ?? 0);
    return { ids: whole, typeIds: lay(types, typeOf(one, startA), typeOf(two, startB)) };
  };
}

/** RoBERTa's layout has one type for both texts, and its models embed no second one; the package numbers them 0 and 1 there too. */
function tellsTypes(processor: unknown): boolean {
  if (!isRecord(processor)) return true;
  const { type, processors } = processor;
  return (
    type !== "RobertaProcessing" && (!Array.isArray(processors) || processors.every(tellsTypes))
  );
}

/** Where `run` stands in `ids`, from `from`; -1 where it does not. */
function findRun(ids: readonly number[], run: readonly number[], from: number): number {
  for (let start = from; start + run.length <= ids.length; start += 1) {
    if (run.every((id, at) => ids[start + at] === id)) return start;
  }
  return -1;
}

/**
 * Cuts the longer text until both fit, both to one half where they must: the rule of the reference's tokenizers
 * (truncation.rs, LongestFirst), not of its old Python ones. Of an odd number the longer text has one more, and the second of
 * two that are both longer than all the room. There the reference looks at where it stopped reading within a word, which may
 * give the one token to the first.
 */
function truncatePair(first: number[], second: number[], room: number): [number[], number[]] {
  if (first.length + second.length <= room) return [first, second];
  const isSecondShorter = Math.min(first.length, room) > second.length;
  const short = Math.min(first.length, second.length);
  const long = short > room ? short : Math.max(short, room - short);
  const half = Math.floor(room / 2);
  const [few, many] = short + long > room ? [half, half + (room % 2)] : [short, long];
  return isSecondShorter
    ? [first.slice(0, many), second.slice(0, few)]
    : [first.slice(0, few), second.slice(0, many)];
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
