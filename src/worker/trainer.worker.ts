// The training worker's entry: messages in, replies and events out. The only file that touches `self`.
import { z } from "zod";
import { toErrorRecord } from "../lib/errors.ts";
import type { RequestMessage, WorkerMessage } from "./protocol.ts";
import { createRequestHandlers } from "./request-handlers.ts";

// zod's compiled parsers need eval, which the content security policy forbids.
z.config({ jitless: true });

const post = (message: WorkerMessage) => self.postMessage(message);

// The page learns that this worker died when it gets the lock that is held here until then. Its name is the worker's.
const alive = new Promise<void>((resolve) => {
  if (navigator.locks === undefined) resolve();
  void navigator.locks?.request(self.name, () => {
    resolve();
    return new Promise<never>(() => {});
  });
});

const handle = createRequestHandlers({
  scriptUrl: self.location.href,
  emit: (event) => post({ type: "event", event }),
  tellWritten: (progress) => post({ type: "written", progress }),
  tellScored: (progress) => post({ type: "scored", progress }),
});

self.onmessage = async ({ data }: MessageEvent<RequestMessage>) => {
  await alive;
  try {
    post({ type: "reply", id: data.id, result: await handle(data) });
  } catch (error) {
    post({ type: "refusal", id: data.id, error: toErrorRecord(error) });
  }
};
