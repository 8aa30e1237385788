// From stored tables and the user's choice to rows that a language model reads, in two parts. Nothing is dropped silently.
import type { DatasetChoice, SkipReason } from "../config/dataset.ts";
import { isChat, type LanguageChoice, languageColumns } from "../config/language-data.ts";
import { directAnswer, reasonedAnswer, type WorkedPrompt } from "../config/reasoning.ts";
import { StudioError } from "../lib/errors.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { stratifiedSplit } from "./split.ts";
import { readTokenRow, type TokenRow } from "./token-rows.ts";

/** One message of a chat. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface Chat {
  readonly type: "chat";
  readonly messages: readonly ChatMessage[];
  /** Of a prompt and a completion that are messages both: so many of them are the prompt's. */
  readonly promptLength?: number;
}

/** A row before it is tokenised. */
export type LanguageContent =
  | { readonly type: "text"; readonly text: string }
  | {
      readonly type: "completion";
      readonly prompt: string;
      readonly completion: string;
      /** The same question with its answer at once, which is learned too. */
      readonly direct?: WorkedPrompt;
    }
  | Chat
  | TokenRow;

export interface LanguageRecord {
  /** Index in the table, from 0; rows of an evaluation file are counted on. */
  readonly row: number;
  /** Line in its file, from 1. */
  readonly line: number;
  readonly content: LanguageContent;
}

export interface PreparedLanguage {
  readonly choice: DatasetChoice;
  readonly language: LanguageChoice;
  readonly train: readonly LanguageRecord[];
  readonly evaluation: readonly LanguageRecord[];
  /** Every row that could be read, used or not. */
  readonly all: readonly LanguageRecord[];
  readonly skipped: readonly { readonly row: number; readonly reason: SkipReason }[];
  readonly rowCount: number;
  /** Index of the first row of the evaluation file; the number of rows where there is none. */
  readonly evaluationStart: number;
  readonly obstacle: { readonly message: string; readonly hint?: string } | null;
}

/** Maps and splits. A mapping that cannot be trained on gives an obstacle, not an error. */
export function prepareLanguage(
  table: StoredTable,
  choice: DatasetChoice,
  language: LanguageChoice,
  evaluationTable: StoredTable | null = null,
): PreparedLanguage {
  const skipped: { row: number; reason: SkipReason }[] = [];
  const all: LanguageRecord[] = [];
  const seen = new Set<string>();
  const read = (source: StoredTable, file: string, first: number): LanguageRecord[] => {
    const contentOf = readContent(source, language, file);
    return source.rows.flatMap((cells, index) => {
      const row = first + index;
      const line = source.lines[index] ?? 0;
      const content = contentOf(cells, line);
      all.push({ row, line, content });
      const key = `${first > 0}${contentKey({ content })}`;
      if (isEmpty(content)) skipped.push({ row, reason: "emptyText" });
      else if (choice.skip_duplicates && seen.has(key)) skipped.push({ row, reason: "duplicate" });
      else {
        seen.add(key);
        return [{ row, line, content }];
      }
      return [];
    });
  };
  const own = read(table, choice.name, 0);
  const hasFile = evaluationTable !== null && choice.evaluation !== null;
  const heldOut = hasFile
    ? read(evaluationTable, choice.evaluation?.name ?? "", table.rows.length)
    : [];
  const { train, evaluation } = stratifiedSplit(
    own.map(() => 0),
    1,
    hasFile ? 0 : choice.eval_fraction,
    choice.split_seed,
    choice.max_train_rows,
  );
  const pick = (indices: readonly number[]) => indices.flatMap((index) => own[index] ?? []);
  const parts = { train: pick(train), evaluation: hasFile ? heldOut : pick(evaluation) };
  const used = choice.skip_leaks ? withoutLeaks(parts, skipped) : parts;
  return {
    ...{ choice, language, all, ...used },
    skipped: skipped.sort((a, b) => a.row - b.row),
    rowCount: table.rows.length + (hasFile ? evaluationTable.rows.length : 0),
    evaluationStart: table.rows.length,
    obstacle: findObstacle(own.length, used.train.length, choice, skipped),
  };
}

/** Equal for rows that say the same, to the letter. */
export const contentKey = ({ content }: Pick<LanguageRecord, "content">) => JSON.stringify(content);

function withoutLeaks(
  { train, evaluation }: Pick<PreparedLanguage, "train" | "evaluation">,
  skipped: { row: number; reason: SkipReason }[],
) {
  const heldOut = new Set(evaluation.map(contentKey));
  const isLeak = (record: LanguageRecord) => heldOut.has(contentKey(record));
  for (const { row } of train.filter(isLeak)) skipped.push({ row, reason: "leak" });
  return { train: train.filter((record) => !isLeak(record)), evaluation };
}

function findObstacle(
  rows: number,
  trained: number,
  choice: DatasetChoice,
  skipped: PreparedLanguage["skipped"],
): PreparedLanguage["obstacle"] {
  if (rows === 0) {
    return {
      message: `${choice.name} has no row with a text in the chosen columns.`,
      hint: "Choose other columns.",
    };
  }
  if (rows === 1 && choice.evaluation === null) {
    return {
      message: "There is one row: none is left to evaluate on.",
      hint: "Split the text by blank lines, or add an evaluation file.",
    };
  }
  if (trained === 0) {
    return {
      message: `Every row of ${choice.name} is held out too: none is left to train on.`,
      hint: "Let them train, or choose another evaluation file.",
    };
  }
  const empty = skipped.filter(({ reason }) => reason === "emptyText").length;
  if (empty > 0 && !choice.skip_empty) {
    return {
      message: `${empty} ${empty === 1 ? "row has" : "rows have"} nothing to learn.`,
      hint: "Skip them, or mend the file.",
    };
  }
  return null;
}

function isEmpty(content: LanguageContent): boolean {
  switch (content.type) {
    case "text":
      return content.text.trim() === "";
    case "completion":
      return content.completion.trim() === "";
    case "chat":
      return !content.messages
        .slice(content.promptLength)
        .some(({ role, content: said }) => role === "assistant" && said !== "");
    case "tokens":
      return content.ids.length === 0;
    default:
      return content satisfies never;
  }
}

/**
 * Reads the rows of one table, one by their cells and their line.
 * @throws StudioError where a column is missing, and later where a chat cannot be read.
 */
export function readContent(table: StoredTable, choice: LanguageChoice, file: string) {
  const { format, columns } = choice;
  const { needed, optional } = languageColumns[format];
  const places = new Map<string, number>();
  for (const role of [...needed, ...optional]) {
    const name = columns[role];
    if (name === undefined || name === "") continue;
    const place = table.columns.indexOf(name);
    if (place < 0) {
      throw new StudioError(`${file} has no column named ${name}.`, {
        hint: `Its columns are ${table.columns.slice(0, 10).join(", ")}.`,
      });
    }
    places.set(role, place);
  }
  return (cells: readonly string[], line: number): LanguageContent => {
    const cell = (role: string) => cells[places.get(role) ?? -1] ?? "";
    const where = `${file}, ${table.unit} ${line}`;
    switch (format) {
      case "text":
        return { type: "text", text: cell("text") };
      case "prompt_completion":
        return promptOf(cell("prompt"), cell("completion"), where);
      case "reasoning":
        return reasoned(cell, choice.direct_answers);
      case "messages":
        return { type: "chat", messages: readMessages(cell("messages"), where) };
      case "conversations":
        return {
          type: "chat",
          messages: [...system(cell("system")), ...readMessages(cell("conversations"), where)],
        };
      case "alpaca":
        return { type: "chat", messages: alpaca(cell) };
      case "tokens":
        return readTokenRow(cell, where);
      default:
        return format satisfies never;
    }
  };
}

/** A prompt and what follows it: two texts, or two lists of messages. @throws StudioError where one of each stands in a row. */
function promptOf(prompt: string, completion: string, where: string): LanguageContent {
  const [asked, answered] = [prompt, completion].map(isConversation);
  if (asked !== true && answered !== true) return { type: "completion", prompt, completion };
  const isBlank = (cell: string) => /^\s*(?:\[\s*\])?\s*$/u.test(cell);
  if (asked !== answered && !isBlank(asked === true ? completion : prompt)) {
    throw new StudioError(
      `${where}: the ${asked === true ? "prompt" : "completion"} is a list of messages, and the ${asked === true ? "completion" : "prompt"} is a text.`,
      { hint: "Write both as texts, or both as lists of messages." },
    );
  }
  const before = readMessages(prompt, where);
  return {
    type: "chat",
    messages: [...before, ...readMessages(completion, where)],
    promptLength: before.length,
  };
}

/** Whether a cell holds a list of messages, as TRL's conversational formats have them. */
function isConversation(cell: string): boolean {
  if (!/^\s*\[\s*\{/u.test(cell)) return false;
  try {
    const list: unknown = JSON.parse(cell);
    return Array.isArray(list) && list.every((entry) => "role" in entry && "content" in entry);
  } catch {
    return false;
  }
}

/** A row without reasoning teaches to answer at once. A row without an answer is empty. */
function reasoned(cell: (role: string) => string, withDirect: boolean): LanguageContent {
  const [question = "", reasoning = "", answer = ""] = ["question", "reasoning", "answer"].map(
    (role) => cell(role).trim(),
  );
  if (answer === "") return { type: "completion", prompt: question, completion: "" };
  const direct = directAnswer({ question, answer });
  if (reasoning === "") return { type: "completion", ...direct };
  return {
    type: "completion",
    ...reasonedAnswer({ question, reasoning, answer }),
    ...(withDirect ? { direct } : {}),
  };
}

const system = (said: string): ChatMessage[] =>
  said.trim() === "" ? [] : [{ role: "system", content: said }];

/** An instruction with its input below it, as LLaMA-Factory has it. */
function alpaca(cell: (role: string) => string): ChatMessage[] {
  const asked = [cell("instruction"), cell("input")].filter((part) => part.trim() !== "");
  return [
    ...system(cell("system")),
    { role: "user", content: asked.join("\n") },
    { role: "assistant", content: cell("output") },
  ];
}

/** ShareGPT's names of who speaks. */
const shareGptRoles: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  bot: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  model: "assistant",
  system: "system",
};

/** A list of `{role, content}` or `{from, value}` in a cell, as JSON. Empty for an empty cell. */
function readMessages(cell: string, where: string): ChatMessage[] {
  if (cell.trim() === "") return [];
  let list: unknown;
  try {
    list = JSON.parse(cell);
  } catch (cause) {
    throw new StudioError(`${where}: the chat is no JSON list: ${(cause as Error).message}.`, {
      hint: 'Write it as [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}].',
      cause,
    });
  }
  if (!Array.isArray(list)) {
    throw new StudioError(`${where}: the chat is no list of messages.`, {
      hint: "Choose the column that holds the list.",
    });
  }
  return list.map((entry: unknown, index) => readMessage(entry, `${where}, message ${index + 1}`));
}

function readMessage(entry: unknown, where: string): ChatMessage {
  const record = (typeof entry === "object" && entry !== null ? entry : {}) as Record<
    string,
    unknown
  >;
  const who = record.role ?? record.from;
  const said = record.content ?? record.value;
  const isOther = "tool_calls" in record || (said ?? null) !== null;
  if (typeof who === "string" && typeof said !== "string" && isOther) {
    throw new StudioError(`${where}: its content is no text.`, {
      hint: "Write each content as one text: lists of parts, pictures and tool calls are not read.",
    });
  }
  if (typeof who !== "string" || typeof said !== "string") {
    throw new StudioError(`${where} has no ${typeof who === "string" ? "content" : "role"}.`, {
      hint: "Each message needs a role and a content (or from and value).",
    });
  }
  return { role: record.role === undefined ? (shareGptRoles[who] ?? who) : who, content: said };
}

/** What a row says, for the table of rows: what is asked, and what is answered. */
export function describeContent(content: LanguageContent): { text: string; pair: string | null } {
  switch (content.type) {
    case "text":
      return { text: content.text, pair: null };
    case "completion":
      return { text: content.prompt, pair: content.completion };
    case "chat": {
      const last = content.messages.findLastIndex(({ role }) => role === "assistant");
      const before = content.messages.slice(0, last < 0 ? undefined : last);
      return {
        text: before.map(({ role, content: said }) => `${role}: ${said}`).join("\n"),
        pair: content.messages[last]?.content ?? "",
      };
    }
    case "tokens":
      return { text: content.ids.join(" "), pair: null };
    default:
      return content satisfies never;
  }
}

/** Whether the rows need a chat template. */
export const needsTemplate = ({ language, all }: PreparedLanguage): boolean =>
  isChat(language.format) || all.some(({ content }) => content.type === "chat");
