// Rows of a table as a model is asked them: what stands before the answer, as it was trained to read it, and the answer.
import type { PromptText } from "../config/generation.ts";
import type { HeldOutTable, QuestionColumns } from "../config/held-out.ts";
import type { LanguageChoice } from "../config/language-data.ts";
import { StudioError } from "../lib/errors.ts";
import type { StoredTable } from "../storage/datasets.ts";
import { type Chat, type ChatMessage, type LanguageContent, readContent } from "./language-rows.ts";

/**
 * Some rows of a table. Chats become a question (what the user says last) and the answer to it; other rows keep their cells.
 * @param name of the file, for errors.
 * @throws StudioError where a chat cannot be read, or rows are token ids.
 */
export function askedRows(
  table: StoredTable,
  rows: readonly number[],
  language: LanguageChoice,
  name: string,
): Omit<HeldOutTable, "rowCount"> {
  if (language.format === "tokens") {
    throw new StudioError(`The rows of ${name} are token ids: there is no text to ask.`, {
      hint: "Choose a file with questions and answers.",
    });
  }
  const contentOf = readContent(table, language, name);
  const cells = rows.map((row) => table.rows[row] ?? []);
  const contents = rows.map((row, at) => contentOf(cells[at] ?? [], table.lines[row] ?? 0));
  const prompts = contents.map(promptOf);
  const hasChats = contents.some(({ type }) => type === "chat");
  if (!hasChats) return { columns: table.columns, rows: cells, prompts, asked: asked(language) };
  return {
    columns: ["prompt", "completion"],
    rows: contents.map((content, at) => [questionOf(prompts[at] ?? ""), answerOf(content)]),
    prompts,
    asked: { question: "prompt", reasoning: null, answer: "completion" },
  };
}

function asked({ format, columns }: LanguageChoice): QuestionColumns | null {
  const of = (role: string) => columns[role] ?? null;
  switch (format) {
    case "text":
      return { question: of("text"), reasoning: null, answer: null };
    case "prompt_completion":
      return { question: of("prompt"), reasoning: null, answer: of("completion") };
    case "reasoning":
      return { question: of("question"), reasoning: of("reasoning"), answer: of("answer") };
    default:
      return null;
  }
}

function promptOf(content: LanguageContent): PromptText {
  switch (content.type) {
    case "text":
      return content.text;
    case "completion":
      return content.prompt;
    case "chat":
      return content.messages.slice(0, answerPlace(content));
    case "tokens":
      return "";
    default:
      return content satisfies never;
  }
}

const questionOf = (prompt: PromptText): string =>
  typeof prompt === "string"
    ? prompt
    : (prompt.findLast(({ role }) => role === "user")?.content ?? "");

function answerOf(content: LanguageContent): string {
  if (content.type === "completion") return content.completion;
  return content.type === "chat" ? (content.messages[answerPlace(content)]?.content ?? "") : "";
}

/** Of a completion the first answer in it; of a chat the last one. Behind the last message where nobody answers. */
function answerPlace({ messages, promptLength }: Chat): number {
  const isAnswer = ({ role }: ChatMessage) => role === "assistant";
  const place =
    promptLength === undefined
      ? messages.findLastIndex(isAnswer)
      : messages.findIndex((message, at) => at >= promptLength && isAnswer(message));
  return place < 0 ? messages.length : place;
}
