// Has chat templates rendered in a worker of their own, within a time limit.
import type { RenderChats } from "../data/chat-template.ts";
import type { ChatMessage } from "../data/language-rows.ts";
import { StudioError } from "../lib/errors.ts";
import workerUrl from "./template.worker.ts?worker&url";

export interface TemplateQuestion {
  readonly id: number;
  readonly template: string;
  readonly chats: readonly (readonly ChatMessage[])[];
  readonly addGenerationPrompt: boolean;
  readonly specials: Readonly<Record<string, string>>;
}

export type TemplateAnswer =
  | { readonly id: number; readonly texts: readonly string[] }
  | { readonly id: number; readonly message: string };

/** Milliseconds for one batch of chats. */
const limit = 20_000;

/** The renderer. `scriptUrl` is the running worker's own address. Its worker starts with the first question. */
export function createTemplateRenderer(scriptUrl: string): RenderChats {
  let worker: Worker | undefined;
  let next = 0;
  const waiting = new Map<
    number,
    { answer(answer: TemplateAnswer): void; fail(error: Error): void }
  >();
  const end = (error: Error) => {
    worker?.terminate();
    worker = undefined;
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(allowedUrl(new URL(workerUrl, scriptUrl).href), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<TemplateAnswer>) => {
      waiting.get(data.id)?.answer(data);
      waiting.delete(data.id);
    };
    started.onerror = (event) => {
      event.preventDefault();
      end(new StudioError(`The chat template's worker failed: ${event.message}.`));
    };
    return started;
  };
  return (template, chats, { addGenerationPrompt, specials }) =>
    new Promise((resolve, reject) => {
      if (chats.length === 0) {
        resolve([]);
        return;
      }
      next += 1;
      const id = next;
      const timer = setTimeout(
        () =>
          end(
            new StudioError(
              `The chat template took more than ${limit / 1000} seconds for ${chats.length} chats.`,
              { hint: "The template hangs. Remove it from tokenizer_config.json to use ChatML." },
            ),
          ),
        limit,
      );
      waiting.set(id, {
        answer(answer) {
          clearTimeout(timer);
          if ("texts" in answer) resolve(answer.texts);
          else
            reject(
              new StudioError(`The chat template refuses a chat: ${answer.message}`, {
                hint: "Look at the roles of its messages: many templates want user and assistant in turn.",
              }),
            );
        },
        fail(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
      worker ??= start();
      worker.postMessage({
        ...{ id, template, chats, addGenerationPrompt, specials },
      } satisfies TemplateQuestion);
    });
}

let policy: { createScriptURL(url: string): unknown } | undefined;

/** Trusted Types let a worker start only from a URL that a policy has allowed; this one allows our one file. */
function allowedUrl(address: string): string {
  policy ??= globalThis.trustedTypes?.createPolicy("studio-templates", {
    createScriptURL(url: string): string {
      if (url === address) return url;
      throw new TypeError(`${url} is not the studio's template worker.`);
    },
  });
  return (policy === undefined ? address : policy.createScriptURL(address)) as string;
}
