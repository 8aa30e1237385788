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
const reader = (files: readonly { name: string; bytes: Uint8Array }[]) => async (name: string) =>
  files.find((file) => file.name === name)?.bytes;

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
  const read = await readWeights(reader(files), "checkpoint-1");
  for (const [name, { data }] of tensors) expect(read?.tensors.get(name)?.data).toEqual(data);
});

test("a missing shard is named", async () => {
  const files = serializeWeights(tensors, 16).slice(1);
  await expect(readWeights(reader(files), "checkpoint-1")).rejects.toThrow(
    "checkpoint-1 has no model-00001-of-00002.safetensors, which its index names.",
  );
});

test("an index that names a file of another folder is refused", async () => {
  const index = { weight_map: { a: "../other.safetensors" } };
  const bytes = new TextEncoder().encode(JSON.stringify(index));
  await expect(
    readWeights(reader([{ name: "model.safetensors.index.json", bytes }]), "checkpoint-1"),
  ).rejects.toThrow("names the file ../other.safetensors");
});
