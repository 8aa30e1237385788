// The golden BERT as a repository of the Hub holds it: its weights in several shards with an index.
import { readFileSync } from "node:fs";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { serializeWeights } from "../../src/formats/sharded-safetensors.ts";

const golden = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../golden/${path}`, import.meta.url)));

/** config.json, three shards with their index, the tokenizer, and files that the studio must leave alone. */
export function shardedBert(): Map<string, Uint8Array> {
  const { tensors } = parseSafetensors(golden("bert/model.safetensors"), "model.safetensors");
  const sources = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data }]),
  );
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + 4 * data.length, 0);
  const shards = serializeWeights(sources, Math.ceil(bytes / 2.4));
  return new Map<string, Uint8Array>([
    [".gitattributes", new TextEncoder().encode("*.safetensors filter=lfs\n")],
    ["README.md", new TextEncoder().encode("# A tiny BERT\n")],
    ["config.json", golden("bert/config.json")],
    ...shards.map((shard) => [shard.name, shard.bytes] as const),
    ["pytorch_model.bin", new Uint8Array(100)],
    ["tokenizer.json", golden("tokenizers/wordpiece.json")],
    ["vocab.txt", new TextEncoder().encode("[PAD]\n")],
  ]);
}
