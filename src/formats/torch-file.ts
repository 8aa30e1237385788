// PyTorch's file of torch.save (1.6 and newer): a zip with a pickle and the raw bytes of its tensors, 64-byte aligned.
import { StudioError } from "../lib/errors.ts";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float16.ts";
import { readPickle, type StorageReference } from "./pickle-reader.ts";
import { dtypeBytes, type PickleInput, type PickleValue, TorchTensor } from "./pickle-values.ts";
import { writePickle } from "./pickle-writer.ts";
import { readStoredZip, type StoredEntry, writeStoredZip } from "./stored-zip.ts";

const alignment = 64;

/**
 * The bytes of `torch.save(value, "<stem>.pt")`: the same entries in the same order; the same value gives the same bytes.
 * @throws StudioError above 4 GiB.
 */
export function serializeTorchFile(stem: string, value: PickleInput): Uint8Array<ArrayBuffer> {
  const { pickle, storages } = writePickle(value);
  const text = (name: string, words: string): StoredEntry => ({
    name: `${stem}/${name}`,
    bytes: new TextEncoder().encode(words),
  });
  return writeStoredZip(
    [
      { name: `${stem}/data.pkl`, bytes: pickle },
      text(".format_version", "1"),
      text(".storage_alignment", String(alignment)),
      text("byteorder", "little"),
      ...storages.map(({ data }, index) => ({
        name: `${stem}/data/${index}`,
        bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      text("version", "3\n"),
      // torch writes a hash of the contents here; readers only log it. A constant keeps equal values equal bytes.
      text(".data/serialization_id", "0".repeat(40)),
    ],
    alignment,
  );
}

/**
 * Reads a file of torch.save. Tensors are views of `bytes` where their alignment allows it.
 * @throws StudioError that names the file and what is wrong or not allowed in it.
 */
export function parseTorchFile(bytes: Uint8Array, file: string): PickleValue {
  const entries = readStoredZip(bytes, file);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/u.test(name));
  const pickle = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || pickle === undefined) {
    throw new StudioError(`${file} has no data.pkl: torch.save did not write it.`);
  }
  const root = pickleName.slice(0, -"data.pkl".length);
  const order = entries.get(`${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== "little") {
    throw new StudioError(`${file} was written by a big-endian machine.`, {
      hint: "Save it again on a usual one.",
    });
  }
  return readPickle(pickle, file, (storage, offset, shape) => {
    const raw = entries.get(`${root}data/${storage.key}`);
    const needed = storage.numel * dtypeBytes[storage.dtype];
    if (raw?.length !== needed) {
      throw new StudioError(
        `${file}: the storage ${storage.key} has ${raw?.length ?? 0} bytes, its pickle says ${needed}.`,
        { hint: "The file is damaged. Copy it again." },
      );
    }
    const size = shape.reduce((product, count) => product * count, 1);
    return new TorchTensor(storage.dtype, shape, decode(storage, raw, offset, size));
  });
}

function decode({ dtype }: StorageReference, raw: Uint8Array, offset: number, size: number) {
  const width = dtypeBytes[dtype];
  const part = raw.subarray(offset * width, (offset + size) * width);
  if (dtype === "uint8" || dtype === "bool") return part;
  // A float array cannot begin at any byte. (slice() would not copy a Node Buffer.)
  const { buffer, byteOffset } = part.byteOffset % width === 0 ? part : new Uint8Array(part);
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, size);
    case "float64":
      return new Float64Array(buffer, byteOffset, size);
    case "float16":
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, size));
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, size));
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, size), Number);
    case "int32":
      return Float64Array.from(new Int32Array(buffer, byteOffset, size));
    default:
      return dtype satisfies never;
  }
}
