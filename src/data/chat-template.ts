// How a chat becomes one text: the model's own template, or ChatML where it has none. What renders it is passed in: a template is a
// program, and it runs elsewhere, with a time limit.
import type { Chat, ChatMessage } from "./language-rows.ts";

/** Renders chats in order: each as one text. */
export type RenderChats = (
  template: string,
  chats: readonly (readonly ChatMessage[])[],
  options: {
    readonly addGenerationPrompt: boolean;
    readonly specials: Readonly<Record<string, string>>;
  },
) => Promise<readonly string[]>;

/** A chat as a text, and which characters of it the assistant says. */
export interface RenderedChat {
  readonly text: string;
  /** Start and end of each of the assistant's turns, its end mark among them. */
  readonly spoken: readonly (readonly [start: number, end: number])[];
  /** The prompt alone, with the opening of the assistant's turn: where prompt and completion are given apart. */
  readonly prompt?: string;
}

/**
 * Renders each chat whole and up to each of the assistant's turns: what a longer text adds to the shorter one is the turn. It needs
 * no marks in the template. Where a template writes earlier turns anew (Qwen3 drops old thoughts), the shorter text is no
 * beginning of the longer one, and only what they have in common counts as not spoken.
 */
export async function renderChats(
  template: string,
  chats: readonly Omit<Chat, "type">[],
  specials: Readonly<Record<string, string>>,
  render: RenderChats,
): Promise<RenderedChat[]> {
  const prompts = chats.flatMap(({ messages, promptLength }) =>
    promptLength === undefined ? [] : [messages.slice(0, promptLength)],
  );
  const asked: ChatMessage[][] = [];
  const answered: ChatMessage[][] = [];
  for (const { messages, promptLength } of chats) {
    messages.forEach(({ role }, index) => {
      if (role !== "assistant" || promptLength !== undefined) return;
      asked.push(messages.slice(0, index));
      answered.push(messages.slice(0, index + 1));
    });
  }
  const all = chats.map(({ messages }) => messages);
  const [texts, opened, before, after] = await Promise.all([
    render(template, all, { addGenerationPrompt: false, specials }),
    render(template, prompts, { addGenerationPrompt: true, specials }),
    render(template, asked, { addGenerationPrompt: true, specials }),
    render(template, answered, { addGenerationPrompt: false, specials }),
  ]);
  let turn = 0;
  let prompt = 0;
  return chats.map(({ messages, promptLength }, index) => {
    const text = texts[index] ?? "";
    const spoken: [number, number][] = [];
    if (promptLength !== undefined) {
      prompt += 1;
      return { text, spoken, prompt: opened[prompt - 1] ?? "" };
    }
    for (const { role } of messages) {
      if (role !== "assistant") continue;
      const start = commonStart(text, before[turn] ?? "");
      const end = commonStart(text, (after[turn] ?? "").trimEnd());
      if (end > start) spoken.push([start, end]);
      turn += 1;
    }
    return { text, spoken };
  });
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
