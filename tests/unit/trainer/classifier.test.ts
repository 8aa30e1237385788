import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { collate } from "../../../src/data/collate.ts";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import {
  type Classifier,
  createClassifier,
  frozenOutput,
} from "../../../src/trainer/classifier.ts";
import { initializeParameters } from "../../../src/trainer/initialize.ts";
import { startCpuForTests, startWasmForTests } from "../support/wasm.ts";

const folder = new URL("../../../public/models/universal-sentence-encoder-lite/", import.meta.url);
const json = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const tokenizer = createTokenizer(json("tokenizer.json"), json("tokenizer_config.json"));

function loadClassifier(): Classifier {
  const config = json("config.json");
  const architecture = findArchitecture(config.model_type);
  const bytes = new Uint8Array(readFileSync(new URL("model.safetensors", folder)));
  const file = parseSafetensors(bytes, "model.safetensors");
  const weights = new Map([...file.tensors].map(([name, entry]) => [name, entry.data]));
  return createClassifier({
    architecture,
    config: architecture.configSchema.parse(config),
    labels: ["a", "b"],
    weights,
    seed: 42,
  });
}

beforeAll(startWasmForTests);

const texts = ["a lovely film", "The soup was cold, and nobody came to ask.", "", "no"];
const batchOf = (chosen: readonly string[]) =>
  collate(
    chosen.map((text) => ({ ids: tokenizer.encode(text, 128), label: 0 })),
    tokenizer.padId,
  );

test("a text gives the same vector alone and among others of any length", async () => {
  const classifier = loadClassifier();
  const together = await frozenOutput(classifier, batchOf(texts), "base").array();
  for (const [row, text] of texts.entries()) {
    const [alone] = await frozenOutput(classifier, batchOf([text]), "base").array();
    const difference = Math.max(
      ...(alone ?? []).map((x, i) => Math.abs(x - (together[row]?.[i] ?? 9))),
    );
    expect(difference, text).toBeLessThan(1e-5);
  }
});

test("wasm and the plain back end agree on a padded batch", async () => {
  const onWasm = await frozenOutput(loadClassifier(), batchOf(texts), "base").array();
  await startCpuForTests();
  const onCpu = await frozenOutput(loadClassifier(), batchOf(texts), "base").array();
  onCpu.flat().forEach((value, index) => {
    expect(Math.abs(value - (onWasm.flat()[index] ?? 9))).toBeLessThan(1e-5);
  });
  await startWasmForTests();
});

test("new heads are drawn from the seed", async () => {
  const classifier = loadClassifier();
  const weight = classifier.parameters.get("classifier.weight");
  const values = [...((await weight?.data()) ?? [])];
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  expect(weight?.shape).toEqual([2, 512]);
  expect(spread).toBeCloseTo(0.02, 2);
});

test("an embedding's padding row starts at zero, and the rows behind it are what they were", () => {
  const of = (zeroRow?: number) =>
    initializeParameters(
      [{ name: "table", shape: [5, 4], initializer: { type: "normal", std: 1, zeroRow } }],
      42,
    ).get("table") ?? new Float32Array();
  const [plain, padded] = [of(), of(1)];
  expect([...padded.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  expect([...padded.subarray(0, 4), ...padded.subarray(8)]).toEqual([
    ...plain.subarray(0, 4),
    ...plain.subarray(8),
  ]);
});

test("new weights of BERT, RoBERTa and DistilBERT empty the padding rows that transformers empties", () => {
  const paddingOf = (model_type: string, sizes: object) => {
    const architecture = findArchitecture(model_type);
    const config = architecture.configSchema.parse({
      model_type,
      vocab_size: 9,
      max_position_embeddings: 8,
      ...sizes,
    });
    const { embeddings } = architecture.parameters(config, 2);
    return embeddings.flatMap(({ name, initializer }) =>
      initializer.type === "normal" && initializer.zeroRow !== undefined
        ? [`${name.split(".").slice(-2).join(".")} ${initializer.zeroRow}`]
        : [],
    );
  };
  const bert = {
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 8,
    type_vocab_size: 2,
  };
  expect(paddingOf("bert", bert)).toEqual(["word_embeddings.weight 0"]);
  expect(paddingOf("roberta", bert)).toEqual([
    "word_embeddings.weight 1",
    "position_embeddings.weight 1",
  ]);
  expect(paddingOf("distilbert", { dim: 8, n_layers: 1, n_heads: 2, hidden_dim: 8 })).toEqual([
    "word_embeddings.weight 0",
  ]);
});
