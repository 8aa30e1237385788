import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { goldenModels, loadGolden, measureGolden } from "./golden-model.ts";

const read = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));

describe.each([
  ["wasm", startWasmForTests],
  ["cpu", startCpuForTests],
] as const)("on %s", (_, start) => {
  beforeAll(start);

  test.each(goldenModels)(
    "%s gives PyTorch's logits, hidden states and gradients",
    async (name) => {
      const golden = await loadGolden(name, read);
      for (const isPacked of [false, true]) {
        const errors = await measureGolden(golden, isPacked);
        expect(errors.logits).toBeLessThan(1e-5);
        expect(errors.hiddenStates).toBeLessThan(1e-5);
        expect(errors.loss).toBeLessThan(1e-5);
        expect(errors.gradient, errors.worst).toBeLessThan(1e-4);
        expect(errors.keyBias).toBeLessThan(1e-6);
      }
    },
  );
});
