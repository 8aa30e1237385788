import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { collate } from "../../../src/data/collate.ts";
import { type Classifier, logitsOf, trainingNoise } from "../../../src/trainer/classifier.ts";
import { startWasmForTests } from "../support/wasm.ts";
import { loadModel } from "./golden-run.ts";

const read = async (path: string) =>
  new Uint8Array(await readFile(new URL(`../../golden/${path}`, import.meta.url)));

const batch = collate(
  [
    { ids: [5, 9, 200, 31], label: 0 },
    { ids: [7, 8], label: 1 },
  ],
  0,
);
const args = { seed: 42, neftune_noise_alpha: null };
const logits = async (classifier: Classifier, noise?: ReturnType<typeof trainingNoise>) => [
  ...(await logitsOf(classifier, batch, noise).data()),
];

beforeAll(startWasmForTests);

/** The golden model, its config.json changed. */
async function load(name: string, dropouts: Record<string, number>): Promise<Classifier> {
  const { classifier } = await loadModel(name, read);
  return { ...classifier, config: { ...(classifier.config as object), ...dropouts } };
}

test.each([
  ["bert", "hidden_dropout_prob"],
  ["bert", "attention_probs_dropout_prob"],
  ["bert", "classifier_dropout"],
  ["roberta", "hidden_dropout_prob"],
  ["distilbert", "attention_dropout"],
  ["distilbert", "seq_classif_dropout"],
])(
  "%s drops out as its %s says: the same in the same step, another in the next, nothing outside of training",
  async (name, key) => {
    const classifier = await load(name, { [key]: 0.5 });
    const plain = await logits(classifier);
    const first = await logits(classifier, trainingNoise(args, 3, 0));
    expect(await logits(classifier, trainingNoise(args, 3, 0))).toEqual(first);
    expect(await logits(classifier, trainingNoise(args, 4, 0))).not.toEqual(first);
    expect(await logits(classifier, trainingNoise(args, 3, 1))).not.toEqual(first);
    expect(first).not.toEqual(plain);
  },
);

test("without dropout in its config a model trains as it is scored, and NEFTune changes that", async () => {
  const classifier = await load("bert", {});
  const plain = await logits(classifier);
  expect(await logits(classifier, trainingNoise(args, 3, 0))).toEqual(plain);
  const noisy = trainingNoise({ ...args, neftune_noise_alpha: 5 }, 3, 0);
  expect(await logits(classifier, noisy)).not.toEqual(plain);
});
