// Packed texts against the same texts in one row of ids: block-diagonal attention and positions that begin anew, on real models.
import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { collateLanguage, type LanguageText } from "../../../src/data/collate-language.ts";
import { packTexts } from "../../../src/data/pack-texts.ts";
import { variableGradients } from "../../../src/engine/variable-gradients.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import {
  createLanguageModel,
  languageLoss,
  predictingStates,
} from "../../../src/trainer/language-model.ts";
import { startWasmForTests } from "../support/wasm.ts";

// Learned positions; rotary ones; windows.
test.each(["gpt2", "llama", "gemma3"])(
  "packed rows of a %s give the losses and gradients of its texts one by one",
  async (name) => {
    await startWasmForTests();
    const read = async (file: string) => readFile(`tests/golden/${name}/${file}`);
    const config = JSON.parse((await read("config.json")).toString());
    const architecture = findArchitecture(config.model_type);
    const { tensors } = parseSafetensors(await read("model.safetensors"), name);
    const model = createLanguageModel({
      ...{ architecture, config: architecture.configSchema.parse(config), seed: 0 },
      weights: new Map([...tensors].map(([tensor, { data }]) => [tensor, data])),
    });
    const texts = [11, 24, 6, 13, 18, 5].map(
      (length, text): LanguageText => ({
        ids: Int32Array.from({ length }, (_, place) => (text * 31 + place * 7) % 300),
        trained: Uint8Array.from({ length }, (_, place) => (place < 2 ? 0 : 1)),
      }),
    );
    const variables = [...model.parameters.values()];
    const measure = (rows: readonly (readonly LanguageText[])[]) => {
      const batch = collateLanguage(rows, 1);
      return variableGradients(
        () =>
          languageLoss(model, predictingStates(model, batch), batch.targets)
            .slice([0], [1])
            .asScalar(),
        variables,
      );
    };
    const packed = packTexts(texts, 24);
    expect(packed.map((row) => row.length)).toEqual([1, 2, 2, 1]);
    const together = measure(packed);
    let loss = 0;
    const sums = variables.map((variable) => tf.zerosLike(variable));
    for (const text of texts) {
      const { value, gradients } = measure([[text]]);
      loss += (await value.data())[0] ?? Number.NaN;
      gradients.forEach((gradient, i) => {
        const before = sums[i] as tf.Tensor;
        sums[i] = before.add(gradient as tf.Tensor);
        tf.dispose([before, gradient as tf.Tensor]);
      });
      value.dispose();
    }
    const own = (await together.value.data())[0] ?? Number.NaN;
    expect(Math.abs(own - loss) / loss).toBeLessThan(1e-5);
    for (const [i, sum] of sums.entries()) {
      const [a, b] = [await sum.data(), (await together.gradients[i]?.data()) ?? []];
      const apart = Math.hypot(...Array.from(a, (x, at) => x - (b[at] ?? Number.NaN)));
      expect(apart, variables[i]?.name).toBeLessThan(1e-5 * Math.hypot(...Array.from(a)) + 1e-5);
    }
    tf.dispose([together.value, ...sums, ...variables]);
    tf.dispose(together.gradients.filter((each) => each !== undefined));
  },
);
