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
let told = 0;

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
    const onProgress = (bytes: number) => {
      const now = performance.now();
      if (now - told < pace && bytes < model.bytes) return;
      told = now;
      post({ type: "progress", bytes });
    };
    const id = await downloadHubModel({ model, access, signal: stop.signal, onProgress });
    post({ type: "stored", id });
  } catch (error) {
    post(
      stop.signal.aborted ? { type: "stopped" } : { type: "refused", error: toErrorRecord(error) },
    );
  }
};
