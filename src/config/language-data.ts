// What a language model is trained on: how the columns of a table become texts, and which of their tokens count in the loss.
// The switches carry the names of TRL's SFTConfig.
import { z } from "zod";

/** The kinds of rows: TRL's formats (`tokens` are rows that were tokenised before), and three that it leaves to the user (ShareGPT's, Alpaca's, questions with reasoning). */
export const languageFormats = [
  "text",
  "prompt_completion",
  "reasoning",
  "messages",
  "conversations",
  "alpaca",
  "tokens",
] as const;
export type LanguageFormat = (typeof languageFormats)[number];

/** The columns of each format; those in `optional` may be left out. */
export const languageColumns: Readonly<
  Record<
    LanguageFormat,
    { readonly needed: readonly string[]; readonly optional: readonly string[] }
  >
> = {
  text: { needed: ["text"], optional: [] },
  prompt_completion: { needed: ["prompt", "completion"], optional: [] },
  reasoning: { needed: ["question", "reasoning", "answer"], optional: [] },
  messages: { needed: ["messages"], optional: [] },
  conversations: { needed: ["conversations"], optional: ["system"] },
  alpaca: { needed: ["instruction", "output"], optional: ["input", "system"] },
  tokens: { needed: ["input_ids"], optional: ["labels", "attention_mask"] },
};

/** Whether a row is a prompt, which is read, and a completion, which is learned. */
export const hasPrompt = (format: LanguageFormat): boolean =>
  format === "prompt_completion" || format === "reasoning";

/** Whether a row is written with a chat template. */
export const isChat = (format: LanguageFormat): boolean =>
  format === "messages" || format === "conversations" || format === "alpaca";

export const languageChoiceSchema = z.object({
  format: z.enum(languageFormats),
  /** The table's column for each column of the format. */
  columns: z.record(z.string(), z.string()),
  /** Only the completion counts in the loss. Of prompts with completions, and of questions with reasoning. */
  completion_only_loss: z.boolean().default(true),
  /** Each row is learned twice: its reasoning with the answer, and the answer at once. Of questions with reasoning alone. */
  direct_answers: z.boolean().default(false),
  /** Only what the assistant says counts in the loss. Of chats alone. */
  assistant_only_loss: z.boolean().default(true),
  /** Short rows share a row of `max_length` tokens; none sees another. */
  packing: z.boolean().default(false),
});
export type LanguageChoice = z.output<typeof languageChoiceSchema>;

/** Names that people give to a column, beside the format's own. */
const aliases: Readonly<Record<string, RegExp>> = {
  text: /^(text|content|document|story|passage|body)s?$/iu,
  prompt: /^(prompt|question|input|query|problem|instruction)s?$/iu,
  completion: /^(completion|answer|response|output|target|reply|definition|solution)s?$/iu,
  question: /^(question|problem|prompt|query|input|instruction)s?$/iu,
  reasoning: /^(reasoning|rationale|chain[ _-]of[ _-]thought|cot|thought|step|explanation)s?$/iu,
  answer: /^((final_)?answer|output|response|completion|target|result|solution)s?$/iu,
  messages: /^messages$/iu,
  conversations: /^conversations?$/iu,
  instruction: /^instructions?$/iu,
  input: /^(input|context)s?$/iu,
  output: /^(output|response|answer)s?$/iu,
  system: /^system(_prompt)?$/iu,
  input_ids: /^input_ids$/iu,
  labels: /^labels$/iu,
  attention_mask: /^attention_mask$/iu,
};

/** Columns that say where a row comes from: no label stands in them. */
const origin = /^(_?id|uid|uuid|guid|idx|index|url|link|timestamp|date)$/iu;

/** The order in which the formats are looked for: the most telling names first. */
const guessed: readonly LanguageFormat[] = [
  "tokens",
  "messages",
  "conversations",
  "reasoning",
  "alpaca",
  "prompt_completion",
  "text",
];

/** The columns of a format among a table's, as far as their names tell. */
function guessColumns(
  format: LanguageFormat,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const { needed, optional } = languageColumns[format];
  const taken = new Set<string>();
  const found: Record<string, string> = {};
  for (const role of [...needed, ...optional]) {
    const exact = names.find((name) => name.toLowerCase() === role && !taken.has(name));
    const name = exact ?? names.find((each) => aliases[role]?.test(each) && !taken.has(each));
    if (name === undefined) continue;
    taken.add(name);
    found[role] = name;
  }
  return found;
}

/** What a table most likely is for a language model, or null where the names of its columns do not say. */
export function guessLanguage(names: readonly string[]): LanguageChoice | null {
  for (const format of guessed) {
    const columns = guessColumns(format, names);
    const isWhole = languageColumns[format].needed.every((role) => columns[role] !== undefined);
    // A text beside a label is a classifier's.
    const others = names.filter((name) => name !== columns.text && !origin.test(name));
    if (!isWhole || (format === "text" && others.length > 0)) continue;
    return languageChoiceSchema.parse({ format, columns });
  }
  return null;
}

/** Another format of the same table: its columns are guessed, and the first ones taken where that fails. */
export function withFormat(
  choice: LanguageChoice | null,
  format: LanguageFormat,
  names: readonly string[],
): LanguageChoice {
  const columns: Record<string, string> = { ...guessColumns(format, names) };
  for (const role of languageColumns[format].needed) {
    const free = names.find((name) => !Object.values(columns).includes(name));
    columns[role] ??= free ?? names[0] ?? "";
  }
  return languageChoiceSchema.parse({ ...choice, format, columns });
}

/** How chats are written: in the model's own template, in ChatML in its place; none for rows that are no chats. */
export type TemplateUse = "model" | "chatml" | "none";

/** What becomes of the training rows within `max_length`. */
export interface LanguageFigures {
  /** Rows left out because no token of theirs would count in the loss: empty, or the prompt alone fills `max_length`. */
  readonly maskedRows: number;
  /** Rows cut to `max_length`. */
  readonly cutRows: number;
  /** Rows whose prompt ends in another token when its completion follows: the border is off by some characters. */
  readonly blurredRows: number;
  /** Tokens of the training rows, and how many of them count in the loss. */
  readonly tokens: number;
  readonly trainedTokens: number;
  /** Rows of the batches: fewer than texts where they are packed. */
  readonly packedRows: number;
}

/** A row as it will be trained on, token by token. */
export interface TokenPreview {
  readonly line: number;
  readonly tokens: readonly {
    readonly text: string;
    readonly id: number;
    readonly isSpecial: boolean;
    readonly isTrained: boolean;
  }[];
  /** Tokens of the whole row, before it was cut. */
  readonly length: number;
}
