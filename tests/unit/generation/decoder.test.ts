// The continuations are those of transformers' generate (tests/golden, and reference.json beside the embedded model).
import { readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generationConfigSchema } from "../../../src/config/generation.ts";
import { createDecoder, type Decoder } from "../../../src/generation/decoder.ts";
import { type GeneratorModel, generate, type Prompt } from "../../../src/generation/generate.ts";
import { loadBaseModel } from "../../../src/worker/base-model.ts";
import { goldenLanguageModels, loadGolden } from "../models/golden-model.ts";
import { startWasmForTests } from "../support/wasm.ts";

beforeAll(startWasmForTests);

const golden = (path: string) => readFile(new URL(`../../golden/${path}`, import.meta.url));
const config = (changes: object) => generationConfigSchema.parse(changes);

async function loadDecoder(name: string) {
  const { architecture, config: parsed, weights, rows } = await loadGolden(name, golden);
  const values = new Map([...weights].map(([key, { data }]) => [key, data]));
  return { decoder: createDecoder(architecture, parsed, values), rows };
}

const modelOf = (decoder: Decoder): GeneratorModel => ({
  ...decoder,
  eosIds: new Set<number>(),
  decode: (ids) => ids.map((id) => `${id} `).join(""),
});

/** The ids that are written to each prompt. */
async function write(decoder: Decoder, prompts: readonly Prompt[], changes: object) {
  const texts = prompts.map((): number[] => []);
  for await (const step of generate(modelOf(decoder), prompts, config(changes))) {
    for (const { text, id } of step) texts[text]?.push(id);
  }
  return texts;
}

/** Greedy without a cache: each token reads the whole text anew. */
async function writeUncached(decoder: Decoder, prompt: readonly number[], tokens: number) {
  const ids = [...prompt];
  while (ids.length < prompt.length + tokens) {
    const reader = decoder.open();
    const logits = await reader.read(Int32Array.from(ids), ids.length);
    reader.dispose();
    ids.push(logits.indexOf(logits.reduce((a, b) => Math.max(a, b))));
  }
  return ids.slice(prompt.length);
}

const models = goldenLanguageModels.filter((name) => !name.startsWith("variants/"));

test.each(models)(
  "%s writes transformers' greedy tokens, with the cache and without",
  async (name) => {
    const { greedy } = JSON.parse(new TextDecoder().decode(await golden(`${name}/expected.json`)));
    const { decoder } = await loadDecoder(name);
    const wanted = greedy.output.slice(greedy.prompt.length);
    const prompt = { ids: greedy.prompt, stream: 0 };
    expect(await write(decoder, [prompt], { max_new_tokens: wanted.length })).toEqual([wanted]);
    expect(await writeUncached(decoder, greedy.prompt, wanted.length)).toEqual(wanted);
    decoder.dispose();
  },
);

test.each(["llama", "gpt2", "gemma3"])(
  "%s writes prompts of different lengths together as it writes each alone",
  async (name) => {
    const { decoder, rows } = await loadDecoder(name);
    const before = tf.memory().numTensors;
    const prompts = [3, 11, 6, 3, 9].map((length, row) => ({
      ids: (rows[row % rows.length]?.input_ids ?? []).slice(0, length),
      stream: row,
    }));
    for (const changes of [{}, { do_sample: true, temperature: 0.8, repetition_penalty: 1.2 }]) {
      const settings = { max_new_tokens: 7, ...changes };
      const together = await write(decoder, prompts, settings);
      for (const [row, prompt] of prompts.entries()) {
        expect(together[row]).toEqual((await write(decoder, [prompt], settings))[0]);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
    decoder.dispose();
  },
);

test("the embedded tiny-prose-3m reads texts with PyTorch's tokens, gives its logits, and writes its continuations", async () => {
  const folder = new URL("../../../public/models/tiny-prose-3m/", import.meta.url);
  const option = { id: "tiny-prose-3m", name: "Tiny prose", source: "embedded" } as const;
  const base = await loadBaseModel(option, (name) =>
    readFile(new URL(name, folder)).catch(() => undefined),
  );
  const decoder = createDecoder(base.architecture, base.parsedConfig, base.weights);
  const reference = JSON.parse(
    new TextDecoder().decode(await golden("tiny-prose-3m/reference.json")),
  );
  for (const { text, ids, last_logits_first_8 } of reference.cases) {
    // The reference puts the token that begins a document before the text.
    expect([0, ...base.tokenizer.encode(text, 100)]).toEqual(ids);
    const reader = decoder.open();
    const logits = await reader.read(Int32Array.from(ids), ids.length);
    reader.dispose();
    last_logits_first_8.forEach((wanted: number, id: number) => {
      expect(Math.abs((logits[id] as number) - wanted)).toBeLessThan(1e-4);
    });
  }
  // Its continuations were written with that token hidden: generate takes it for padding.
  const prompts = reference.cases.map(({ ids }: { ids: number[] }) => ({
    ids: ids.slice(1),
    stream: 0,
  }));
  const written = await write(decoder, prompts, { max_new_tokens: 24 });
  for (const [row, { ids, greedy_ids }] of reference.cases.entries()) {
    expect(written[row]).toEqual(greedy_ids.slice(ids.length));
  }
  decoder.dispose();
});

test("who stops in the middle leaves no tensor", async () => {
  const before = tf.memory().numTensors;
  const { decoder } = await loadDecoder("llama");
  for await (const _ of generate(modelOf(decoder), [{ ids: [1, 2], stream: 0 }], config({}))) break;
  decoder.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

afterAll(() => tf.removeBackend("wasm"));
