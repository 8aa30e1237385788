import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { listLanguageRuns, measureLanguageRun } from "./golden-language-run.ts";
import { runLimits } from "./golden-run.ts";

const read = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));
const models = ["gpt2", "llama", "smollm", "qwen2", "qwen3", "gemma3"];
const runs = await listLanguageRuns(read, models);

describe.each([
  ["wasm", startWasmForTests],
  ["cpu", startCpuForTests],
] as const)("on %s", (backend, start) => {
  // The plain back end is slow: benchmark:parity does all runs there.
  const chosen = backend === "wasm" ? runs : runs.filter(({ name }) => name === "smollm");

  test.each(chosen)("the run $name gives the Trainer's losses, norms and weights", async (run) => {
    await start();
    const errors = await measureLanguageRun(run, read);
    for (const [figure, limit] of Object.entries(runLimits(backend))) {
      expect(errors[figure as keyof typeof errors], figure).toBeLessThanOrEqual(limit);
    }
  });
});

test("all the golden runs of the language models are there", () => {
  expect(runs).toHaveLength(6 + 15 + 2);
});
