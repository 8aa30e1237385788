// Sentence embeddings beside those of sentence-transformers 6.0.1 (its Pooling and Normalize) on the golden encoders.
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { listParameters, runFrozen } from "../../../src/models/forward.ts";
import { toRows } from "../../../src/models/rows.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { classifierConfig, modelCode } from "../../../src/worker/checkpoint-files.ts";
import { startWasmForTests } from "../support/wasm.ts";

const read = (path: string) => new Uint8Array(readFileSync(`tests/golden/${path}`));
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const expected = JSON.parse(new TextDecoder().decode(read("sentence-embeddings.json")));

beforeAll(startWasmForTests);

const parts = (...types: readonly string[]) =>
  json(
    types.map((type, idx) => ({
      idx,
      path: idx === 0 ? "" : `${idx}_${type}`,
      type: `sentence_transformers.models.${type}`,
    })),
  );

function loadSentences(model: string, files: Record<string, Uint8Array>): Promise<BaseModel> {
  const all: Record<string, Uint8Array | undefined> = {
    "config.json": read(`${model}/config.json`),
    "model.safetensors": read(`${model}/model.safetensors`),
    "tokenizer.json": read("tokenizers/wordpiece.json"),
    ...files,
  };
  return loadBaseModel({ id: model, name: model, source: "stored" }, async (name) => all[name]);
}

const mean = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true };

test.each(["bert", "roberta", "distilbert"])(
  "%s gives sentence-transformers' embeddings",
  async (model) => {
    for (const [kind, modules, pooling] of [
      ["mean", parts("Transformer", "Pooling"), mean],
      ["normalized", parts("Transformer", "Pooling", "Normalize"), { pooling_mode: "mean" }],
    ] as const) {
      const {
        architecture,
        parsedConfig: config,
        weights,
        summary,
      } = await loadSentences(model, {
        "modules.json": modules,
        "1_Pooling/config.json": json(pooling),
      });
      expect(summary.tree.children.map(({ name }) => name)).toContain(
        kind === "mean" ? "mean of the tokens" : "mean of the tokens, length 1",
      );
      const rows = JSON.parse(new TextDecoder().decode(read(`${model}/rows.json`))).train.slice(
        0,
        3,
      );
      const tensorOf = (key: string) =>
        tf.tensor2d(
          rows.map((row: Record<string, number[]>) => row[key]),
          undefined,
          "int32",
        );
      const shapes = new Map(
        listParameters(architecture.parameters(config, 3)).map(({ name, shape }) => [
          name,
          [...shape],
        ]),
      );
      const parameters = new Map(
        [...weights].map(([name, data]) => [name, tf.tensor(data, shapes.get(name))]),
      );
      const embeddings = runFrozen(
        { architecture, config, context: { parameters } },
        toRows({ inputIds: tensorOf("input_ids"), attentionMask: tensorOf("attention_mask") }),
        "base",
      );
      const wanted: number[] = expected[model][kind].flat();
      const own = await embeddings.data();
      expect(own).toHaveLength(wanted.length);
      own.forEach((value, i) => {
        expect(Math.abs(value - (wanted[i] ?? Number.NaN))).toBeLessThan(1e-5);
      });
    }
  },
);

test("the lower case of sentence_bert_config.json holds, and its length is told, as in sentence-transformers, where it can be raised", async () => {
  const load = (settings: object, tokenizer: object = {}, files: Record<string, Uint8Array> = {}) =>
    loadSentences("bert", {
      ...files,
      "modules.json": parts("Transformer", "Pooling"),
      "1_Pooling/config.json": json(mean),
      "sentence_bert_config.json": json(settings),
      "tokenizer_config.json": json(tokenizer),
    });
  const lengthOf = async (...files: Parameters<typeof load>) =>
    (await load(...files)).trainedLength;
  expect(await lengthOf({ max_seq_length: 12 }, { model_max_length: 20 })).toBe(12);
  expect(await lengthOf({ max_seq_length: null }, { model_max_length: 20 })).toBe(20);
  expect(await lengthOf({}, { model_max_length: 1e30 })).toBeNull();
  // A checkpoint says both itself.
  const wordpiece = JSON.parse(new TextDecoder().decode(read("tokenizers/wordpiece.json")));
  const normalizer = { ...wordpiece.normalizer, lowercase: false };
  const cased = { "tokenizer.json": json({ ...wordpiece, normalizer }) };
  const base = await load({ max_seq_length: 12, do_lower_case: true }, {}, cased);
  const config = classifierConfig(base, ["a", "b", "c"], "single_label_classification");
  const again = await loadSentences("bert", {
    "config.json": json(config),
    ...Object.fromEntries(base.tokenizerFiles.map(({ name, bytes }) => [name, bytes])),
  });
  expect(again.trainedLength).toBe(12);
  expect(again.summary.maxLength).toBe((await load({})).summary.maxLength);
  const lower = again.tokenizer.encode("a good book", 12);
  expect(again.tokenizer.encode("A GOOD Book", 12)).toEqual(lower);
  const unlike = (await load({}, {}, cased)).tokenizer;
  expect(unlike.encode("A GOOD Book", 12)).not.toEqual(lower);
});

test("other poolings and parts are refused by name; a checkpoint says in config.json how it pools, and that it has 32 bits", async () => {
  const modules = parts("Transformer", "Pooling");
  const refusal = (files: Record<string, Uint8Array>) =>
    loadSentences("bert", files).then(
      () => "loaded",
      (error: Error) => error.message,
    );
  const pooled = (config: object) =>
    refusal({ "modules.json": modules, "1_Pooling/config.json": json(config) });
  expect(await pooled({ pooling_mode_cls_token: true })).toMatch(
    /pools by pooling_mode_cls_token; only the mean/u,
  );
  expect(await pooled({ ...mean, pooling_mode_max_tokens: true })).toMatch(
    /mean_tokens and pooling_mode_max_tokens/u,
  );
  expect(await pooled({ pooling_mode: "lasttoken" })).toMatch(/pools by lasttoken/u);
  expect(await refusal({ "modules.json": modules })).toMatch(/1_Pooling\/config.json is missing/u);
  expect(await refusal({ "modules.json": parts("Transformer", "Pooling", "Dense") })).toMatch(
    /a module Dense/u,
  );

  const base = await loadSentences("bert", {
    "modules.json": modules,
    "1_Pooling/config.json": json(mean),
  });
  const half = { ...base, config: { ...base.config, torch_dtype: "float16", dtype: "float16" } };
  const config = classifierConfig(half, ["a", "b", "c"], "single_label_classification");
  expect(config).not.toHaveProperty("torch_dtype");
  expect(config).toMatchObject({
    dtype: "float32",
    ...{ architectures: ["MeanPooledForSequenceClassification"] },
    sentence_pooling: { mode: "mean", normalize: false },
    auto_map: {
      AutoModelForSequenceClassification: expect.stringMatching(/^modeling_mean_pooled\./u),
    },
  });
  expect(modelCode(base).map(({ name }) => name)).toContain("modeling_mean_pooled.py");
  const again = await loadSentences("bert", { "config.json": json(config) });
  expect(again.summary).toMatchObject({ pooling: { mode: "mean" }, labels: ["a", "b", "c"] });
});
