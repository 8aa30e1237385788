// Weights in one model.safetensors, or in several with an index above a size, as save_pretrained splits them.
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import {
  parseSafetensors,
  type SafetensorsEntry,
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
const shardPattern = /^model-\d+-of-\d+\.safetensors$/u;

/** True for the names under which save_pretrained writes weights. */
export const isWeightsFile = (name: string): boolean =>
  name === single || name === indexFile || shardPattern.test(name);

interface WeightsFolder {
  /** What stands before the files' names in messages: `results/checkpoint-3/`, or nothing. */
  readonly prefix: string;
  /** One file, or undefined where the folder has no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Names of all files, where they are known: a shard that the index does not name is refused then. */
  readonly names?: Iterable<string>;
}

/**
 * Reads the weights of a folder, in one file or several.
 * @returns undefined where the folder has neither.
 * @throws StudioError that names the file that is missing, too many or damaged.
 */
export async function readWeights(folder: WeightsFolder): Promise<SafetensorsFile | undefined> {
  const { prefix, read } = folder;
  const bytes = await read(single);
  if (bytes !== undefined) return parseSafetensors(bytes, `${prefix}${single}`);
  const shards = [...(folder.names ?? [])].filter((name) => shardPattern.test(name)).sort();
  const indexBytes = await read(indexFile);
  if (indexBytes === undefined) {
    const [first] = shards;
    if (first === undefined) return undefined;
    throw new StudioError(`${prefix}${first} is a part of a model, but ${indexFile} is missing.`, {
      hint: "Add it: it says which parts there are.",
    });
  }
  const map = readIndex(indexBytes, `${prefix}${indexFile}`);
  const named = new Set(Object.values(map));
  const extra = shards.find((name) => !named.has(name));
  if (extra !== undefined) {
    throw new StudioError(`${prefix}${indexFile} does not name ${extra}.`, {
      hint: "It belongs to another model, or the index does. Use the files of one download.",
    });
  }
  const tensors = new Map<string, SafetensorsEntry>();
  for (const name of named) {
    const shard = await read(name);
    if (shard === undefined) {
      throw new StudioError(`${prefix}${name} is missing, and ${indexFile} names it.`, {
        hint: `All ${named.size} parts are needed.`,
      });
    }
    for (const [tensor, entry] of parseSafetensors(shard, `${prefix}${name}`).tensors) {
      if (map[tensor] === name) tensors.set(tensor, entry);
    }
  }
  const missing = Object.keys(map).find((tensor) => !tensors.has(tensor));
  if (missing !== undefined) {
    throw new StudioError(
      `${prefix}${map[missing]} has no tensor ${missing}, which ${indexFile} puts there.`,
    );
  }
  return { tensors, metadata: new Map() };
}

/** Which file each tensor is in. */
function readIndex(bytes: Uint8Array, file: string): Readonly<Record<string, string>> {
  const json = parseStrictJson(new TextDecoder().decode(bytes), file);
  const index = indexSchema.safeParse(json);
  if (!index.success) throw new StudioError(`${file} has no weight_map.`);
  const foreign = Object.values(index.data.weight_map).find((name) => !/^[\w.-]+$/u.test(name));
  if (foreign !== undefined) throw new StudioError(`${file} names the file ${foreign}.`);
  return index.data.weight_map;
}
