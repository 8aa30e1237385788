// A helper thread: it gets the kernels, tfjs's shared memory and the address of a job, and then works on that job for ever.
import { type Kernel, serve, viewJob } from "./job.ts";

/** What a helper needs to start. */
export interface HelperStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Exported kernels, in the order that jobs number them by. */
  readonly names: readonly string[];
  readonly job: number;
  readonly scratch: number;
}

self.onmessage = async ({ data }: MessageEvent<HelperStart>) => {
  const { module, memory, names, job, scratch } = data;
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  (exports.setThreadScratch as Kernel)(scratch);
  self.postMessage("ready");
  serve(
    viewJob(memory.buffer, job),
    names.map((name) => exports[name] as Kernel),
  );
};
