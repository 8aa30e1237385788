// Starts helper threads: workers that share the back end's memory. They end with the worker that started them.
import { StudioError } from "../../lib/errors.ts";
import type { HelperStart } from "./kernel.worker.ts";

const startLimit = 10_000; // milliseconds

/** Starts `starts.length` helpers and waits until all are ready; ends them all and throws where one is not. */
export async function startHelpers(
  workerUrl: string,
  starts: readonly HelperStart[],
): Promise<() => void> {
  // Trusted Types let a worker start only from a URL that a policy has allowed; this one allows our one file.
  const policy = globalThis.trustedTypes?.createPolicy("studio-threads", {
    createScriptURL(url: string): string {
      if (url === workerUrl) return url;
      throw new TypeError(`${url} is not a thread of this studio.`);
    },
  });
  const allowed = policy === undefined ? workerUrl : policy.createScriptURL(workerUrl);
  const workers = starts.map(() => new Worker(allowed as string, { type: "module" }));
  const end = () => {
    for (const worker of workers) worker.terminate();
  };
  try {
    await Promise.all(workers.map((worker, i) => ready(worker, starts[i] as HelperStart)));
    return end;
  } catch (error) {
    end();
    throw error;
  }
}

function ready(worker: Worker, start: HelperStart): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new StudioError(`A thread did not start: ${why}.`));
    const timer = setTimeout(() => fail(`no answer in ${startLimit / 1000} seconds`), startLimit);
    worker.onerror = (event) => {
      event.preventDefault();
      clearTimeout(timer);
      fail(event.message || "its file could not be loaded");
    };
    worker.onmessage = () => {
      clearTimeout(timer);
      resolve();
    };
    worker.postMessage(start);
  });
}
