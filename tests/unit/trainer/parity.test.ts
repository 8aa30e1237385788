import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { goldenModels } from "../models/golden-model.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { listGoldenRuns, measureRun, runLimits } from "./golden-run.ts";

const read = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));
const runs = await listGoldenRuns(read, goldenModels);

describe.each([
  ["wasm", startWasmForTests],
  ["cpu", startCpuForTests],
] as const)("on %s", (backend, start) => {
  // The plain back end is slow: benchmark:parity does all runs there.
  const some = ["distilbert", "bert/adafactor"];
  const chosen = backend === "wasm" ? runs : runs.filter(({ name }) => some.includes(name));

  test.each(chosen)("the run $name gives the Trainer's losses, norms and weights", async (run) => {
    await start();
    const errors = await measureRun(run, read);
    for (const [figure, limit] of Object.entries(runLimits(backend))) {
      expect(errors[figure as keyof typeof errors], figure).toBeLessThanOrEqual(limit);
    }
  });
});

test("all the golden runs of the encoders are there", () => {
  expect(runs).toHaveLength(3 + 16);
});
