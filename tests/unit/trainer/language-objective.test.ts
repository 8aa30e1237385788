import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { collateLanguage } from "../../../src/data/collate-language.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { createLanguageModel, predictingStates } from "../../../src/trainer/language-model.ts";
import { createLanguageObjective } from "../../../src/trainer/language-objective.ts";
import { startWasmForTests } from "../support/wasm.ts";

test("targets that fill a batch up count neither in the loss nor in the accuracy", async () => {
  await startWasmForTests();
  const architecture = findArchitecture("llama");
  const config = architecture.configSchema.parse({
    ...{ model_type: "llama", vocab_size: 30, hidden_size: 16, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 12 },
    ...{ max_position_embeddings: 32, tie_word_embeddings: true },
  });
  const model = createLanguageModel({ architecture, config, weights: new Map(), seed: 1 });
  const objective = createLanguageObjective(model);
  // With one table for both ends the likeliest next token is the one just read: some of these are hit.
  const ids = Int32Array.of(7, 7, 9, 9, 4, 11, 11, 11);
  const batch = collateLanguage([[{ ids, trained: new Uint8Array(8).fill(1) }]], 0);
  const measure = async (fill: number) => {
    const predictors = Int32Array.of(...batch.predictors, ...new Array<number>(fill).fill(0));
    const labels = Int32Array.of(...batch.targets, ...new Array<number>(fill).fill(-100));
    const loss = tf.tidy(() =>
      objective.lossSum(predictingStates(model, { ...batch, predictors }), { labels }),
    );
    return [(await loss.data())[0], await objective.takeAccuracy()];
  };
  const [loss, accuracy] = await measure(0);
  expect(accuracy).toBeGreaterThan(0);
  expect(await measure(9)).toEqual([expect.closeTo(loss ?? Number.NaN, 5), accuracy]);
});
