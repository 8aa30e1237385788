// How a chat becomes one text: the model's own template, or ChatML where it has none. What renders it is passed in: a template is a
// program, and it runs elsewhere, with a time limit.
import type { ChatMessage } from "./language-rows.ts";

/** A template without TRL's marks round the assistant's turns, which the renderer does not know. */
export const withoutMarks = (template: string): string =>
  template.replace(/\{%-?\s*(?:end)?generation\s*-?%\}/gu, "");

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
}

/**
 * Renders each chat whole and up to each of the assistant's turns: what a longer text adds to the shorter one is the turn. It needs
 * no marks in the template. Where a template writes earlier turns anew (Qwen3 drops old thoughts), the shorter text is no
 * beginning of the longer one, and only what they have in common counts as not spoken.
 */
export async function renderChats(
  template: string,
  chats: readonly (readonly ChatMessage[])[],
  specials: Readonly<Record<string, string>>,
  render: RenderChats,
): Promise<RenderedChat[]> {
  const plain = withoutMarks(template);
  const asked: ChatMessage[][] = [];
  const answered: ChatMessage[][] = [];
  for (const chat of chats) {
    chat.forEach(({ role }, index) => {
      if (role !== "assistant") return;
      asked.push(chat.slice(0, index));
      answered.push(chat.slice(0, index + 1));
    });
  }
  const [texts, before, after] = await Promise.all([
    render(plain, chats, { addGenerationPrompt: false, specials }),
    render(plain, asked, { addGenerationPrompt: true, specials }),
    render(plain, answered, { addGenerationPrompt: false, specials }),
  ]);
  let turn = 0;
  return chats.map((chat, index) => {
    const text = texts[index] ?? "";
    const spoken: [number, number][] = [];
    for (const { role } of chat) {
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
