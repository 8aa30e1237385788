// Gradient checkpointing: the same bits, in less memory, for decoders and encoders.
import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { collateLanguage } from "../../../src/data/collate-language.ts";
import { variableGradients } from "../../../src/engine/variable-gradients.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { trainingNoise } from "../../../src/trainer/classifier.ts";
import {
  createLanguageModel,
  type LanguageModel,
  languageLoss,
  predictingStates,
} from "../../../src/trainer/language-model.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { drawBert } from "../support/draw-bert.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { watchHeap } from "../support/watch-heap.ts";

beforeAll(startWasmForTests);

const golden = async (model: string) =>
  JSON.parse(await readFile(`tests/golden/${model}/config.json`, "utf8"));

interface Measured {
  readonly value: tf.Scalar;
  readonly gradients: (tf.Tensor | undefined)[];
  readonly peak: number;
}

/** The loss and gradients, and the most bytes beyond what was there before. */
function measure(lossOf: () => tf.Scalar, variables: readonly tf.Variable[]): Measured {
  const heap = watchHeap();
  const { value, gradients } = variableGradients(lossOf, variables);
  return { value, gradients, peak: heap.peak };
}

async function expectEqual(plain: Measured, lean: Measured, names: readonly string[]) {
  expect(await lean.value.data()).toEqual(await plain.value.data());
  for (const [i, name] of names.entries()) {
    expect(await lean.gradients[i]?.data(), name).toEqual(await plain.gradients[i]?.data());
  }
}

// Grouped heads; learned positions and dropout; norms of heads, windows and scaled embeddings.
test.each(["llama", "gpt2", "gemma3"])(
  "a %s whose layers are computed again has the bits of one that keeps them, and frees as much as it forgets",
  async (name) => {
    const config = { ...(await golden(name)), num_hidden_layers: 6, n_layer: 6, attn_pdrop: 0.1 };
    if (name === "gemma3") config.layer_types = new Array(6).fill("sliding_attention");
    const architecture = findArchitecture(config.model_type);
    const model = createLanguageModel({
      ...{ architecture, config: architecture.configSchema.parse(config) },
      ...{ weights: new Map(), seed: 1 },
    });
    const texts = [64, 50, 61, 33].map((length, text) => [
      {
        ids: Int32Array.from({ length }, (_, place) => (text * 31 + place * 7) % 300),
        trained: new Uint8Array(length).fill(1),
      },
    ]);
    const batch = collateLanguage(texts, 1);
    const lossOf = (of: LanguageModel) => () => {
      const noise = trainingNoise({ seed: 3, neftune_noise_alpha: 5 }, 2, 0);
      const sums = languageLoss(of, predictingStates(of, batch, noise), batch.targets);
      return sums.slice([0], [1]).asScalar() as tf.Scalar;
    };
    const variables = [...model.parameters.values()];
    const before = tf.memory().numTensors;
    const plain = measure(lossOf(model), variables);
    const lean = measure(lossOf({ ...model, gradientCheckpointing: true }), variables);
    await expectEqual(plain, lean, [...model.parameters.keys()]);
    expect(lean.peak / plain.peak).toBeLessThan(0.55);
    tf.dispose([plain.value, lean.value]);
    for (const each of [...plain.gradients, ...lean.gradients]) each?.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(variables);
  },
);

test("so does an encoder with dropout", async () => {
  const { classifier, labels, batch, logits } = drawBert({
    hidden: 32,
    layers: 6,
    rows: 8,
    length: 48,
  });
  const objective = createObjective("single_label_classification");
  const variables = [...classifier.parameters.values()];
  const lossOf = (of: typeof classifier) => () =>
    objective.lossSum(logits(1, of), { labels }).div(batch.batchSize) as tf.Scalar;
  const plain = measure(lossOf(classifier), variables);
  const lean = measure(lossOf({ ...classifier, gradientCheckpointing: true }), variables);
  await expectEqual(plain, lean, [...classifier.parameters.keys()]);
  expect(lean.peak / plain.peak).toBeLessThan(0.55);
});

test("a part without any gradient asks for no second pass", () => {
  const { classifier, labels, logits } = drawBert({ hidden: 16, layers: 2, rows: 2, length: 8 });
  const lean = { ...classifier, gradientCheckpointing: true };
  const objective = createObjective("single_label_classification");
  const head = [...classifier.parameters].filter(([name]) => name.startsWith("classifier."));
  const { gradients } = measure(
    () => objective.lossSum(logits(0, lean), { labels }),
    head.map(([, variable]) => variable),
  );
  expect(gradients.every((gradient) => gradient !== undefined)).toBe(true);
});
