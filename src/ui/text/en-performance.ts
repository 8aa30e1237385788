// English words of the performance panel. Merged into the catalogue as `performance`.
import { formatCount } from "../../lib/format.ts";

export const enPerformance = {
  title: "Performance",
  over: (updates: number) => `mean of ${formatCount(updates)} updates`,
  update: "One update",
  batches: "making its batches",
  issue: "handing it to the back end",
  compute: "computing it",
  rest: "waiting for it",
  tokens: "Speed",
  padding: "Padding in its batches",
  tokensPerSecond: (rate: string) => `${rate} tokens/s`,
  backend: "Runs on",
  kernels: "Kernels",
  dispatches: "GPU programs an update",
  planBytes: "Memory of its plans",
  plans: "Captured steps",
  planned: (count: number) =>
    count === 1 ? "1 kind of step" : `${formatCount(count)} kinds of step`,
  notCaptured: (key: string, reason: string) => `“${key}” is not captured: ${reason}.`,
  copy: "Copy as JSON",
};
