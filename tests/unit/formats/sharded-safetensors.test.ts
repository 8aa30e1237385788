import { expect, test } from "vitest";
import { readWeights, serializeWeights } from "../../../src/formats/sharded-safetensors.ts";

const source = (...values: number[]) => ({
  dtype: "F32" as const,
  shape: [values.length],
  data: Float32Array.from(values),
});
const tensors = new Map([
  ["b", source(1, 2)],
  ["a", source(3, 4)],
  ["c", source(5)],
]);
const folder = (files: readonly { name: string; bytes: Uint8Array }[]) => ({
  prefix: "checkpoint-1/",
  read: async (name: string) => files.find((file) => file.name === name)?.bytes,
  names: files.map(({ name }) => name),
});

test("weights below the limit are one file", () => {
  expect(serializeWeights(tensors).map(({ name }) => name)).toEqual(["model.safetensors"]);
});

test("weights above the limit are split in their order, with the index that transformers reads", async () => {
  const files = serializeWeights(tensors, 16);
  expect(files.map(({ name }) => name)).toEqual([
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
  ]);
  const index = JSON.parse(new TextDecoder().decode(files[2]?.bytes));
  expect(index).toEqual({
    metadata: { total_parameters: 5, total_size: 20 },
    weight_map: {
      a: "model-00001-of-00002.safetensors",
      b: "model-00001-of-00002.safetensors",
      c: "model-00002-of-00002.safetensors",
    },
  });
  const read = await readWeights(folder(files));
  for (const [name, { data }] of tensors) expect(read?.tensors.get(name)?.data).toEqual(data);
});

const shards = serializeWeights(tensors, 16);
const [first, second, index] = shards;
const indexOf = (weight_map: unknown) => ({
  name: "model.safetensors.index.json",
  bytes: new TextEncoder().encode(JSON.stringify({ weight_map })) as Uint8Array<ArrayBuffer>,
});

test.each([
  [
    "a missing shard",
    [second, index],
    "checkpoint-1/model-00001-of-00002.safetensors is missing, and model.safetensors.index.json names it.",
  ],
  [
    "a shard too many",
    [...shards, { name: "model-00003-of-00003.safetensors", bytes: new Uint8Array() }],
    "checkpoint-1/model.safetensors.index.json does not name model-00003-of-00003.safetensors.",
  ],
  [
    "shards without an index",
    [first, second],
    "checkpoint-1/model-00001-of-00002.safetensors is a part of a model, but model.safetensors.index.json is missing.",
  ],
  [
    "a tensor that is in another shard",
    [first, second, indexOf({ a: second?.name, b: first?.name, c: second?.name })],
    "checkpoint-1/model-00002-of-00002.safetensors has no tensor a, which model.safetensors.index.json puts there.",
  ],
  [
    "a file of another folder",
    [indexOf({ a: "../other.safetensors" })],
    "names the file ../other.safetensors",
  ],
  ["an index of something else", [indexOf(7)], "model.safetensors.index.json has no weight_map."],
])("%s is refused by name", async (_, files, message) => {
  const known = files.filter((file) => file !== undefined);
  await expect(readWeights(folder(known))).rejects.toThrow(message);
});

test("a folder without any weights is told apart from a damaged one", async () => {
  expect(await readWeights(folder([]))).toBeUndefined();
});
