// English words of the performance panel. Merged into the catalogue as `performance`.
import { formatCount, formatUpdateTime } from "../../lib/format.ts";
import { count } from "./count.ts";

export const backendNames = { webgpu: "WebGPU", wasm: "WebAssembly" } as const;

export const enPerformance = {
  title: "Performance",
  over: (updates: number, isSteady: boolean) =>
    `mean of ${count(updates, "update", "updates")}${isSteady ? "" : ", with what was prepared meanwhile"}`,
  update: "One update",
  batches: "making its batches",
  issue: "handing it to the back end",
  compute: "computing it",
  rest: "waiting for it",
  tokens: "Speed",
  padding: "Padding in its batches",
  tokensPerSecond: (rate: string) => `${rate} tokens/s`,
  operations: "Useful arithmetic",
  operationsPerSecond: (rate: string) => `${rate} GFLOP/s`,
  share: (rate: string, percent: string) =>
    `${rate} GFLOP/s, ${percent} % of this device’s matrix product`,
  operationsWords:
    "Useful arithmetic counts 2 operations for each weight and each token that is multiplied with it (in the head: each text, or each predicted token), 2 more for each gradient that training needs of that product, and the products of attention with the tokens that a token sees; padding, recomputation, tables and norms count as nothing.",
  measureWords: "“Measure” under “This device” tells which share of the device’s own rate that is.",
  backend: "Runs on",
  chosen: "why this one",
  choosing: (backend: "webgpu" | "wasm") => `Measuring how fast ${backendNames[backend]} is here`,
  /** Milliseconds of an update on each; null where it cannot run there, or takes far longer. */
  found: (faster: "webgpu" | "wasm", update: number, other: number | null) => {
    const slower = backendNames[faster === "webgpu" ? "wasm" : "webgpu"];
    const than =
      other === null
        ? `${slower} does not run it in time`
        : `${slower} takes ${formatUpdateTime(other)}`;
    return `${backendNames[faster]} is the faster one for such a run: an update takes ${formatUpdateTime(update)}, ${than} (measured here).`;
  },
  ranOn: (backend: "webgpu" | "wasm") => `The run that goes on was on ${backendNames[backend]}.`,
  kernels: "Kernels",
  dispatches: "GPU programs an update",
  foreign: "of them TensorFlow.js’s own",
  noForeign: "none",
  foreignPrograms: (programs: readonly (readonly [name: string, count: number])[]) => {
    const total = programs.reduce((sum, [, own]) => sum + own, 0);
    const named = programs.map(([name, own]) => (own === 1 ? name : `${name} × ${own}`));
    return `${formatCount(total)} (${named.join(", ")})`;
  },
  preparation: "Prepared in",
  prepared: (time: string, programs: number, compiling: string) =>
    `${time}, ${compiling} of it for ${count(programs, "program", "programs")}`,
  planBytes: "Memory of its plans",
  plans: "Captured steps",
  planned: (count: number) =>
    count === 1 ? "1 kind of step" : `${formatCount(count)} kinds of step`,
  notCaptured: (key: string, reason: string) => `“${key}” is not captured: ${reason}.`,
  copy: "Copy as JSON",
};
