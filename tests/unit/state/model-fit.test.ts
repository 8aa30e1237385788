// The fit of a model before it is loaded, from its config.json alone.
import { expect, test } from "vitest";
import { modelFit } from "../../../src/state/model-fit.ts";
import { newForm } from "../../../src/state/training-form.ts";
import { describeConfig } from "../../../src/worker/describe-config.ts";

const base = {
  model_type: "bert",
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  type_vocab_size: 2,
};
const outline = (changes: Record<string, unknown> = {}) =>
  describeConfig(JSON.stringify({ ...base, ...changes }));
const form = newForm("full", 1000, "run");
const gigabytes = (count: number) => ({
  backend: "wasm",
  memory: { total: count * 1024 ** 3, largest: null },
});

test("config.json tells the parameters of BERT: 109,482,240 without a classifier", () => {
  expect(outline().parameterCount).toBe(109_482_240);
  expect(outline()).toMatchObject({ modelType: "bert", maxLength: 512, vocabularySize: 30522 });
});

test("BERT trained whole does not fit into 1 GB; its head alone does", () => {
  const whole = modelFit(outline(), form, gigabytes(1));
  // 109,482,240 and a classifier of two classes, in float32.
  expect(whole.estimate.weights).toBe(4 * (109_482_240 + 2 * 768 + 2));
  expect(whole.fit).toMatchObject({ fits: false, because: "total" });
  expect(modelFit(outline(), form, gigabytes(1), "head").fit.fits).toBe(true);
});

test("a text is as long as the model takes at most", () => {
  expect(
    modelFit(outline({ max_position_embeddings: 16 }), form, gigabytes(4)).args.max_length,
  ).toBe(16);
});

test("what cannot be read is refused before any weights: architecture, quantisation, keys", () => {
  expect(() => outline({ model_type: "t5" })).toThrow(/does not know the architecture "t5"/u);
  expect(() => outline({ quantization_config: { quant_method: "gptq" } })).toThrow(
    /quantised \(gptq\)/u,
  );
  expect(() => outline({ num_attention_heads: 5 })).toThrow(/divide hidden_size/u);
});
