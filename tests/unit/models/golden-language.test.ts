import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";
import { measureCache, measureLanguage } from "./golden-language.ts";
import {
  goldenDecoderClassifiers,
  goldenLanguageModels,
  loadGolden,
  measureGolden,
} from "./golden-model.ts";

const readGolden = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));

describe.each([
  ["wasm", startWasmForTests],
  ["cpu", startCpuForTests],
] as const)("on %s", (_, start) => {
  beforeAll(start);

  test.each(goldenLanguageModels)(
    "%s writes with PyTorch's logits, hidden states and gradients",
    async (name) => {
      const errors = await measureLanguage(await loadGolden(name, readGolden));
      expect(errors.logits).toBeLessThan(1e-5);
      expect(errors.hiddenStates).toBeLessThan(1e-5);
      expect(errors.loss).toBeLessThan(1e-5);
      expect(errors.gradient, errors.worst).toBeLessThan(1e-4);
    },
  );

  test.each(goldenDecoderClassifiers)(
    "%s pools the last token and gives PyTorch's logits and gradients",
    async (name) => {
      const golden = await loadGolden(name, readGolden);
      for (const isPacked of [false, true]) {
        const errors = await measureGolden(golden, isPacked, false);
        expect(errors.logits).toBeLessThan(1e-5);
        expect(errors.loss).toBeLessThan(1e-5);
        expect(errors.gradient, errors.worst).toBeLessThan(1e-4);
      }
    },
  );

  test.each(["gpt2", "llama", "gemma3"])(
    "%s gives the same logits token by token with a cache",
    async (name) => {
      const golden = await loadGolden(name, readGolden);
      expect(await measureCache(golden, [5, 1, 1, 3, 1, 1])).toBeLessThan(1e-5);
    },
  );
});
