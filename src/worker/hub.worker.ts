// The disposable worker that speaks to the Hub: it looks one model up or downloads it. Training goes on beside it undisturbed.
import { z } from "zod";
import { downloadHubModel } from "../hub/download-model.ts";
import { findHubModel } from "../hub/find-model.ts";
import { toErrorRecord } from "../lib/errors.ts";
import type { HubAnswer, HubMessage } from "./protocol.ts";

// zod's compiled parsers need eval, which the content security policy forbids.
z.config({ jitless: true });

const post = (answer: HubAnswer) => self.postMessage(answer);
const stop = new AbortController();
/** Milliseconds between two words of progress. */
const pace = 200;

/** Tells the newest figure now and then, the last one too: a connection that stalls must not show an older one. */
function createTeller() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest = 0;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    post({ type: "progress", bytes: newest });
  };
  return {
    note(bytes: number) {
      newest = bytes;
      timer ??= setTimeout(tell, pace);
    },
    tell,
  };
}

self.onmessage = async ({ data }: MessageEvent<HubMessage>) => {
  if (data.type === "stop") return stop.abort(new DOMException("Stopped.", "AbortError"));
  const { hubUrl, token } = data;
  const access = { hubUrl, token };
  try {
    if (data.type === "find") {
      post({ type: "found", model: await findHubModel(data.reference, access, stop.signal) });
      return;
    }
    const { model } = data;
    const teller = createTeller();
    const { signal } = stop;
    const id = await downloadHubModel({ model, access, signal, onProgress: teller.note }).finally(
      teller.tell,
    );
    post({ type: "stored", id });
  } catch (error) {
    post(
      stop.signal.aborted ? { type: "stopped" } : { type: "refused", error: toErrorRecord(error) },
    );
  }
};
