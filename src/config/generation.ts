// How a text is written on: the arguments of transformers' GenerationConfig that the studio has, under their names.
import { z } from "zod";

/** Defaults are those of transformers 5.18, but for `max_new_tokens`, which it leaves to `max_length` (20). */
export const generationConfigSchema = z.object({
  /** Most tokens that are written. */
  max_new_tokens: z.int().min(1).max(8192).default(128),
  /** Draws each token at random; else the likeliest is taken, and temperature, top_k and top_p mean nothing. */
  do_sample: z.boolean().default(false),
  /** Logits are divided by it: below 1 the likely tokens become likelier. */
  temperature: z.number().positive().max(100).default(1),
  /** Draws among so many of the likeliest tokens; 0 for all. */
  top_k: z.int().min(0).max(1_000_000).default(50),
  /** Draws among the likeliest tokens that have this share of the probability together; 1 for all. */
  top_p: z.number().min(0).max(1).default(1),
  /** Above 1 makes tokens that stand in the text already less likely: logits are divided by it, negative ones multiplied. */
  repetition_penalty: z.number().positive().max(100).default(1),
  /** Of the random numbers. `transformers.set_seed`'s, but other numbers: PyTorch's generator draws differently. */
  seed: z.int().min(0).max(4294967295).default(42),
  /** The text ends before one of these. transformers keeps the string at the end of the text; here it is cut off. */
  stop_strings: z.array(z.string().min(1)).max(16).default([]),
});
export type GenerationConfig = z.output<typeof generationConfigSchema>;

/** Arguments that a model's generation_config.json may ask for; seed and stop strings are the user's. */
export const ownArguments = [
  ...["max_new_tokens", "do_sample", "temperature", "top_k", "top_p", "repetition_penalty"],
] as const satisfies readonly (keyof GenerationConfig)[];
/** What a model asks for in its generation_config.json: the defaults for it, in transformers as here. */
export type OwnSettings = Partial<Pick<GenerationConfig, (typeof ownArguments)[number]>>;

/** Reads a generation_config.json. What is null, unknown or out of its limits is passed over, as if it were not there. */
export function readOwnSettings(file: unknown): OwnSettings {
  const given = z.record(z.string(), z.unknown()).safeParse(file).data ?? {};
  return Object.fromEntries(
    ownArguments.flatMap((name) => {
      if (given[name] === undefined) return [];
      const { success, data } = generationConfigSchema.shape[name].safeParse(given[name]);
      return success ? [[name, data]] : [];
    }),
  );
}

/** Why a text has ended. `length`: max_new_tokens are written. `context`: the model reads no longer text. */
export type FinishReason = "eos" | "stop_string" | "length" | "context" | "stopped";

/** Whose weights write: a base model's, or those of a checkpoint of a run. */
export type GeneratorSource =
  | { readonly modelId: string }
  | { readonly runId: string; readonly path: string };

/** A turn of a conversation, as chat templates take it. */
interface ChatMessage {
  /** system, user, assistant, or another that the template knows. */
  readonly role: string;
  readonly content: string;
}

/** What is written on: a text as it is, or a conversation in the model's chat template. */
export type PromptText = string | readonly ChatMessage[];

/** Writes one prompt on, once or several times with different random numbers. */
export interface GenerationRequest {
  /** The page's number: progress is told under it. */
  readonly job: number;
  readonly source: GeneratorSource;
  readonly prompt: PromptText;
  readonly chains: number;
  readonly config: GenerationConfig;
}

export interface GeneratedText {
  readonly text: string;
  readonly tokens: number;
  readonly finished: FinishReason;
}

export interface GenerationResult {
  /** The prompt as the model read it, with its template. */
  readonly prompt: string;
  /** How a conversation was written: with the model's own chat template or with ChatML; null for a plain text. */
  readonly template: "model" | "chatml" | null;
  readonly promptTokens: number;
  readonly texts: readonly GeneratedText[];
  readonly tokens: number;
  /** From the first token read to the last written, without what it waited for a run. */
  readonly milliseconds: number;
}

/** How far a job has come. */
export interface GenerationProgress {
  readonly job: number;
  /** What each text has got since the last message. */
  readonly pieces: readonly string[];
  /** So far. */
  readonly tokens: number;
  readonly milliseconds: number;
}
