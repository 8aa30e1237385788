// A helper thread in Node: what src/engine/cpu/kernel.worker.ts is in a browser.
import { parentPort, workerData } from "node:worker_threads";
import { type Kernel, serve, viewJob } from "../../../../src/engine/cpu/job.ts";
import type { HelperStart } from "../../../../src/engine/cpu/kernel.worker.ts";

const { module, memory, names, job, scratch } = workerData as HelperStart;
const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
(exports.setThreadScratch as Kernel)(scratch);
parentPort?.postMessage("ready");
serve(
  viewJob(memory.buffer, job),
  names.map((name) => exports[name] as Kernel),
);
