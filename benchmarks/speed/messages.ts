// What the page and a contender's worker say to each other, and the worker's side of it.
import type { GptSize } from "./gpt-size.ts";

/** What a contender does in one run. */
export type Task =
  | { readonly type: "gpt"; readonly size: GptSize }
  | { readonly type: "gemm"; readonly size: number }
  | { readonly type: "useLite" };

export type ContenderMessage =
  | { readonly type: "prepare"; readonly task: Task; readonly threads: number }
  | { readonly type: "run"; readonly steps: number };

export type ContenderAnswer =
  | { readonly type: "prepared"; readonly description: string }
  | { readonly type: "ran"; readonly milliseconds: number; readonly loss: number }
  | { readonly type: "failed"; readonly message: string };

/** A task that is ready to run: `step` does one and gives its loss. */
export interface Prepared {
  readonly description: string;
  step(): Promise<number>;
  dispose?(): void;
}

/** Answers the page's messages. A new task replaces the old one. */
export function serveContender(prepare: (task: Task, threads: number) => Promise<Prepared>): void {
  let prepared: Prepared | undefined;
  const answer = async (message: ContenderMessage): Promise<ContenderAnswer> => {
    if (message.type === "prepare") {
      prepared?.dispose?.();
      prepared = await prepare(message.task, message.threads);
      return { type: "prepared", description: prepared.description };
    }
    if (prepared === undefined) throw new Error("Nothing was prepared.");
    let loss = Number.NaN;
    const start = performance.now();
    for (let step = 0; step < message.steps; step++) loss = await prepared.step();
    return { type: "ran", milliseconds: (performance.now() - start) / message.steps, loss };
  };
  self.onmessage = async ({ data }: MessageEvent<ContenderMessage>) => {
    let reply: ContenderAnswer;
    try {
      reply = await answer(data);
    } catch (error) {
      reply = { type: "failed", message: String(error instanceof Error ? error.stack : error) };
    }
    self.postMessage(reply);
  };
}
