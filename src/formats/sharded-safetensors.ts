// Weights in one model.safetensors, or in several with an index above a size, as save_pretrained splits them.
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import {
  parseSafetensors,
  type SafetensorsFile,
  type SafetensorsSource,
  serializeSafetensors,
} from "./safetensors.ts";
import { parseStrictJson } from "./strict-json.ts";

const stem = "model";
const single = `${stem}.safetensors`;
const indexFile = `${stem}.safetensors.index.json`;
/** Bytes of one file at most, unless a single tensor is larger. */
const largestShard = 2_000_000_000;
const bytesOf = { F32: 4, F16: 2 } as const;

interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of these weights: one, or `model-00001-of-0000k.safetensors` and an index where they are more than `limit` bytes. */
export function serializeWeights(
  tensors: ReadonlyMap<string, SafetensorsSource>,
  limit = largestShard,
): NamedBytes[] {
  const shards = splitTensors(tensors, limit);
  if (shards.length <= 1) return [{ name: single, bytes: serialize(tensors) }];
  const files = shards.map((shard, index) => ({
    name: shardName(index + 1, shards.length),
    shard,
  }));
  const weightMap = files.flatMap(({ name, shard }) =>
    [...shard.keys()].map((tensor) => [tensor, name] as const),
  );
  const index = {
    metadata: {
      total_parameters: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
      total_size: [...tensors.values()].reduce((sum, tensor) => sum + sizeOf(tensor), 0),
    },
    weight_map: Object.fromEntries(weightMap.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return [
    ...files.map(({ name, shard }) => ({ name, bytes: serialize(shard) })),
    { name: indexFile, bytes: new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`) },
  ];
}

const sizeOf = ({ dtype, data }: SafetensorsSource) => bytesOf[dtype] * data.length;
const serialize = (tensors: ReadonlyMap<string, SafetensorsSource>) =>
  serializeSafetensors(tensors) as Uint8Array<ArrayBuffer>;
const shardName = (number: number, count: number) =>
  `${stem}-${String(number).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.safetensors`;

/** In their order, a new shard where the next tensor would not fit: as huggingface_hub splits a state dict. */
function splitTensors(tensors: ReadonlyMap<string, SafetensorsSource>, limit: number) {
  const shards: Map<string, SafetensorsSource>[] = [];
  let room = 0;
  for (const [name, tensor] of tensors) {
    const size = sizeOf(tensor);
    if (shards.length === 0 || size > room) {
      shards.push(new Map());
      room = limit;
    }
    shards.at(-1)?.set(name, tensor);
    room -= size;
  }
  return shards;
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Reads the weights of a folder, in one file or several.
 * @returns undefined where the folder has neither.
 * @throws StudioError that names the file that is missing or damaged.
 */
export async function readWeights(
  read: (name: string) => Promise<Uint8Array | undefined>,
  folder: string,
): Promise<SafetensorsFile | undefined> {
  const bytes = await read(single);
  if (bytes !== undefined) return parseSafetensors(bytes, `${folder}/${single}`);
  const indexBytes = await read(indexFile);
  if (indexBytes === undefined) return undefined;
  const where = `${folder}/${indexFile}`;
  const index = indexSchema.safeParse(parseStrictJson(new TextDecoder().decode(indexBytes), where));
  if (!index.success) {
    throw new StudioError(`${where} has no weight_map.`);
  }
  const tensors = new Map<
    string,
    SafetensorsFile["tensors"] extends ReadonlyMap<string, infer E> ? E : never
  >();
  for (const name of new Set(Object.values(index.data.weight_map))) {
    if (!/^[\w.-]+$/u.test(name)) {
      throw new StudioError(`${where} names the file ${name}.`);
    }
    const shard = await read(name);
    if (shard === undefined)
      throw new StudioError(`${folder} has no ${name}, which its index names.`);
    for (const [tensor, entry] of parseSafetensors(shard, `${folder}/${name}`).tensors) {
      if (index.data.weight_map[tensor] === name) tensors.set(tensor, entry);
    }
  }
  const missing = Object.keys(index.data.weight_map).find((tensor) => !tensors.has(tensor));
  if (missing !== undefined) {
    throw new StudioError(`${folder} has no tensor ${missing}, which its index names.`);
  }
  return { tensors, metadata: new Map() };
}
