// Writes texts on, several at once, token by token. It owns no tensors and no clock: the model is passed in, and who asks for the
// next step decides when. Not asking any more is stop.
import type { FinishReason, GenerationConfig } from "../config/generation.ts";
import { StudioError } from "../lib/errors.ts";
import { MersenneTwister } from "../lib/mersenne-twister.ts";
import { chooseToken } from "./choose-token.ts";
import { createTextStream, type TextStream } from "./text-stream.ts";

/** A language model that reads on from what it has read: a decoder and its cache of keys and values. */
export interface NextToken {
  /**
   * Reads `fresh` more tokens of each text, `ids` `[texts * fresh]`.
   * @returns logits of the token after them, float32 `[texts * vocabulary]`, which the caller may change.
   */
  read(ids: Int32Array, fresh: number): Promise<Float32Array>;
  /** Goes on with these texts alone, in this order. */
  select(texts: readonly number[]): void;
  dispose(): void;
}

/** What is known of a language model beside its numbers. */
export interface GeneratorModel {
  open(): NextToken;
  decode(ids: readonly number[]): string;
  /** Ids that end a text. */
  readonly eosIds: ReadonlySet<number>;
  /** Longest text in tokens, prompt and continuation. */
  readonly maxLength: number;
  /** What the keys and values of one token take. */
  readonly bytesPerToken: number;
}

/** What is written on. */
export interface Prompt {
  readonly ids: readonly number[];
  /** Texts of one seed that differ in this number draw different random numbers, whatever stands beside them in the batch. */
  readonly stream: number;
}

/** A token of one text. */
export interface Written {
  /** Which of the prompts. */
  readonly text: number;
  readonly id: number;
  /** What is certain of the text now; often "". */
  readonly piece: string;
  /** Set with a text's last token, which the text lacks where it is the reason. */
  readonly finished: FinishReason | null;
}

interface Live {
  readonly text: number;
  readonly prompt: readonly number[];
  readonly ids: number[];
  readonly stream: TextStream;
  readonly random: () => number;
}

/**
 * Yields the tokens of each step. All texts stand at the same position: the first pass reads as many tokens as the shortest
 * prompt has, and longer prompts are read on while shorter ones are written on already. So nothing is padded, and a text
 * gets the same tokens alone and in company (but for the last bits of the logits).
 * @throws StudioError where a prompt is empty or leaves no room.
 */
export async function* generate(
  model: GeneratorModel,
  prompts: readonly Prompt[],
  config: GenerationConfig,
): AsyncGenerator<readonly Written[], void> {
  for (const { ids } of prompts) refuseLength(ids.length, model.maxLength);
  if (prompts.length === 0) return;
  let live = prompts.map((prompt, text): Live => begin(model, prompt, text, config));
  let position = Math.min(...prompts.map(({ ids }) => ids.length));
  const reader = model.open();
  try {
    let logits = await reader.read(gather(live, 0, position), position);
    while (true) {
      const vocabulary = logits.length / live.length;
      const written: Written[] = [];
      const next: Live[] = [];
      const rows: number[] = [];
      live.forEach((text, row) => {
        if (position < text.prompt.length) {
          next.push(text);
          rows.push(row);
          return;
        }
        const scores = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
        const step = write(model, text, scores, config);
        written.push(step);
        if (step.finished !== null) return;
        next.push(text);
        rows.push(row);
      });
      yield written;
      if (next.length === 0) return;
      if (next.length < live.length) reader.select(rows);
      live = next;
      logits = await reader.read(gather(live, position, position + 1), 1);
      position += 1;
    }
  } finally {
    reader.dispose();
  }
}

function begin(
  model: GeneratorModel,
  prompt: Prompt,
  text: number,
  config: GenerationConfig,
): Live {
  // The golden ratio's bits spread the streams over the seeds.
  const seed = (config.seed + Math.imul(prompt.stream, 0x9e3779b9)) >>> 0;
  const generator = new MersenneTwister(seed);
  return {
    text,
    prompt: prompt.ids,
    ids: [],
    stream: createTextStream(model.decode, config.stop_strings),
    random: () => generator.nextUint32() / 2 ** 32,
  };
}

/** Chooses a text's next token and says whether it is the last. */
function write(
  model: GeneratorModel,
  { text, prompt, ids, stream, random }: Live,
  scores: Float32Array,
  config: GenerationConfig,
): Written {
  const id = chooseToken(scores, seenIds(prompt, ids), config, random);
  if (model.eosIds.has(id)) return { text, id, piece: stream.end(), finished: "eos" };
  ids.push(id);
  const piece = stream.push(id);
  if (stream.isStopped) return { text, id, piece, finished: "stop_string" };
  const isFull = prompt.length + ids.length >= model.maxLength;
  if (ids.length < config.max_new_tokens && !isFull) return { text, id, piece, finished: null };
  const rest = piece + stream.end();
  return {
    text,
    id,
    piece: rest,
    finished: stream.isStopped ? "stop_string" : isFull ? "context" : "length",
  };
}

function* seenIds(prompt: readonly number[], ids: readonly number[]): Iterable<number> {
  yield* prompt;
  yield* ids;
}

/** The tokens of each text from `start` to before `end`: `[texts * (end - start)]`. */
function gather(live: readonly Live[], start: number, end: number): Int32Array {
  const tokens = new Int32Array(live.length * (end - start));
  let place = 0;
  for (const { prompt, ids } of live) {
    for (let at = start; at < end; at += 1) {
      tokens[place] = (at < prompt.length ? prompt[at] : ids[at - prompt.length]) as number;
      place += 1;
    }
  }
  return tokens;
}

function refuseLength(tokens: number, maxLength: number): void {
  if (tokens === 0) {
    throw new StudioError("The prompt has no token.", { hint: "Type a word to begin with." });
  }
  if (tokens < maxLength) return;
  throw new StudioError(
    `The prompt has ${tokens} tokens, and the model reads ${maxLength} with its answer.`,
    { hint: "Shorten the prompt, or take fewer worked examples." },
  );
}
