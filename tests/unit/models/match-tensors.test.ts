import { describe, expect, test } from "vitest";
import { StudioError } from "../../../src/lib/errors.ts";
import { listParameters } from "../../../src/models/forward.ts";
import { matchTensors } from "../../../src/models/match-tensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";

interface Shaped {
  readonly shape: readonly number[];
}

const config = (modelType: string) =>
  findArchitecture(modelType).configSchema.parse({
    model_type: modelType,
    vocab_size: 20,
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 16,
    max_position_embeddings: 12,
    type_vocab_size: 2,
    dim: 8,
    n_layers: 2,
    n_heads: 2,
    hidden_dim: 16,
  });

/** All tensors of a classifier with three labels. */
const wholeFile = (modelType: string): Map<string, Shaped> =>
  new Map(
    listParameters(findArchitecture(modelType).parameters(config(modelType), 3)).map(
      ({ name, shape }) => [name, { shape }],
    ),
  );

const match = (modelType: string, tensors: ReadonlyMap<string, Shaped>, isClassifier = true) =>
  matchTensors(
    findArchitecture(modelType),
    config(modelType),
    { name: "model.safetensors", tensors },
    isClassifier,
  );

const rename = (tensors: ReadonlyMap<string, Shaped>, change: (name: string) => string) =>
  new Map([...tensors].map(([name, tensor]) => [change(name), tensor]));

const without = (tensors: ReadonlyMap<string, Shaped>, pattern: RegExp) =>
  new Map([...tensors].filter(([name]) => !pattern.test(name)));

describe.each(["bert", "roberta", "distilbert"])("%s", (modelType) => {
  const whole = wholeFile(modelType);
  const isHead = /^(?:classifier|pre_classifier|bert\.pooler)\./u;

  test("a classifier's file is matched name by name, in the order of the forward pass", () => {
    const shuffled = new Map([...whole].reverse());
    const matched = match(modelType, shuffled);
    expect([...matched.tensors.keys()]).toEqual([...whole.keys()]);
    expect(matched).toMatchObject({ numLabels: 3, ignored: [], drawn: [] });
  });

  test("a file of the base model alone, without its prefix, is matched; its head is drawn", () => {
    const bare = rename(without(whole, isHead), (name) => name.slice(modelType.length + 1));
    const matched = match(modelType, bare, false);
    expect(matched.numLabels).toBeNull();
    expect([...matched.tensors.keys()]).toEqual([...without(whole, isHead).keys()]);
    expect(matched.drawn.every((name) => isHead.test(name))).toBe(true);
  });

  test("heads of a pretraining and saved buffers are ignored by name", () => {
    const extra = [
      "cls.predictions.bias",
      "lm_head.dense.weight",
      "vocab_transform.weight",
      `${modelType}.embeddings.position_ids`,
    ];
    const file = new Map([...whole, ...extra.map((name) => [name, { shape: [1] }] as const)]);
    expect(match(modelType, file).ignored).toEqual(extra);
  });

  test("the head of another task is ignored, and a new one drawn", () => {
    const matched = match(modelType, whole, false);
    expect(matched.numLabels).toBeNull();
    const { outputLayer } = findArchitecture(modelType);
    expect(matched.ignored).toEqual([`${outputLayer}.weight`, `${outputLayer}.bias`]);
    expect(matched.drawn).toEqual([]);
  });

  test("the old names of layer normalisations are read", () => {
    const old = rename(whole, (name) =>
      name
        .replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta"),
    );
    expect([...match(modelType, old).tensors.keys()]).toEqual([...whole.keys()]);
  });
});

test("the pooler that a pretraining of RoBERTa leaves behind is ignored, BERT's is used", () => {
  const pooler = ["pooler.dense.weight", "pooler.dense.bias"];
  const roberta = new Map([
    ...wholeFile("roberta"),
    ...pooler.map((name) => [`roberta.${name}`, { shape: [8] }] as const),
  ]);
  expect(match("roberta", roberta).ignored).toEqual(pooler.map((name) => `roberta.${name}`));
  const pretrained = without(wholeFile("bert"), /^classifier/u);
  expect(match("bert", pretrained, false).tensors.has("bert.pooler.dense.weight")).toBe(true);
});

test("a file that does not fit is refused with missing and unknown tensors and both shapes", () => {
  const file = without(wholeFile("bert"), /layer\.1\.output\.dense\.bias/u);
  file.set("bert.encoder.layer.2.output.dense.bias", { shape: [8] });
  file.set("bert.embeddings.word_embeddings.weight", { shape: [21, 8] });
  const { message } = catchError(() => match("bert", file));
  expect(message).toMatch(
    /model\.safetensors.*lacks bert\.encoder\.layer\.1\.output\.dense\.bias/u,
  );
  expect(message).toContain("has bert.encoder.layer.2.output.dense.bias, which the model does not");
  expect(message).toContain(
    "bert.embeddings.word_embeddings.weight with the shape [21, 8], but the model needs [20, 8]",
  );
});

test("a classifier's file without a part of its head is refused, not filled up", () => {
  const file = without(wholeFile("bert"), /pooler/u);
  expect(catchError(() => match("bert", file)).message).toContain("lacks bert.pooler.dense.weight");
});

test("one parameter under two names is refused", () => {
  const file = wholeFile("bert");
  file.set("bert.embeddings.LayerNorm.gamma", { shape: [8] });
  const { message } = catchError(() => match("bert", file));
  expect(message).toContain("bert.embeddings.LayerNorm.weight and bert.embeddings.LayerNorm.gamma");
});

test("a list of missing tensors and of wrong shapes is cut short", () => {
  const { message } = catchError(() => match("bert", new Map()));
  expect(message).toMatch(/lacks .*embeddings.*and \d\d more tensors/u);
  const wrong = new Map([...wholeFile("bert")].map(([name]) => [name, { shape: [7] }]));
  expect(catchError(() => match("bert", wrong)).message).toMatch(/; and \d\d more\./u);
});

function catchError(action: () => unknown): StudioError {
  try {
    action();
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
