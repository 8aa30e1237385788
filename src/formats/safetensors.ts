// safetensors: a JSON header and the tensors' bytes, back to back. The reader refuses all that the reference reader
// refuses (huggingface/safetensors, tensor.rs) and duplicate keys too. Values are little-endian, as is every device we run on.
import { StudioError } from "../lib/errors.ts";
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from "./float16.ts";
import { parseStrictJson } from "./strict-json.ts";

const bitsOf = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
} as const;

/** A dtype under its safetensors name. */
type SafetensorsDtype = keyof typeof bitsOf;

const maxHeaderBytes = 100_000_000;
const maxTensors = 100_000;
const maxRank = 8;
const damaged =
  "The file is damaged, cut short or not a safetensors file. Download or export it again.";

/** One tensor of a file. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * The values as float32, decoded from the file's bytes anew at each access.
   * @throws StudioError for a dtype that is no number we train with.
   */
  readonly data: Float32Array;
}

/** A parsed file: tensors in the order of their bytes. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A tensor to write. F16 is rounded to the nearest, ties to even. */
export interface SafetensorsSource {
  readonly dtype: "F32" | "F16";
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Place {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. The tensors keep a view of `bytes`; nothing is copied until `data` is read.
 * @param file the name that errors show.
 * @throws StudioError that names the file, the tensor and the numbers, for anything the format forbids.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const headerBytes = readHeaderLength(bytes, file);
  const header = readHeader(bytes.subarray(8, 8 + headerBytes), file);
  const { metadata, places } = checkHeader(header, file);
  const data = bytes.subarray(8 + headerBytes);
  checkLayout(places, data.byteLength, file);
  return {
    metadata,
    tensors: new Map(places.map((place) => [place.name, toEntry(place, data, file)])),
  };
}

/**
 * Writes a safetensors file: larger dtypes first and names sorted, as the reference does, so that every tensor is aligned.
 * @throws StudioError if a tensor's data does not fill its shape.
 */
export function serializeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsSource>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Uint8Array {
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => bitsOf[b.dtype] - bitsOf[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  const header: [string, unknown][] = [["__metadata__", metadata]];
  let end = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    checkSource(name, shape, data);
    const start = end;
    end += (data.length * bitsOf[dtype]) / 8;
    header.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  const headerBytes = encodeHeader(header);
  const bytes = new Uint8Array(8 + headerBytes.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, 8);
  let offset = 8 + headerBytes.length;
  for (const [, source] of sorted) {
    const encoded = encodeData(source);
    bytes.set(encoded, offset);
    offset += encoded.length;
  }
  return bytes;
}

function readHeaderLength(bytes: Uint8Array, file: string): number {
  if (bytes.byteLength < 8) {
    throw new StudioError(
      `${file} has ${bytes.byteLength} bytes; a safetensors file has at least 8.`,
      {
        hint: damaged,
      },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw new StudioError(
      `${file} says its header has ${length} bytes; the limit is ${maxHeaderBytes}.`,
      {
        hint: damaged,
      },
    );
  }
  const rest = bytes.byteLength - 8;
  if (length > BigInt(rest)) {
    throw new StudioError(
      `${file} says its header has ${length} bytes, but only ${rest} bytes follow.`,
      {
        hint: damaged,
      },
    );
  }
  return Number(length);
}

function readHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new StudioError(`${file}: the header is not UTF-8 text.`, { hint: damaged, cause });
  }
  const header = parseStrictJson(text, `${file}: the header`);
  if (!isRecord(header)) {
    throw new StudioError(`${file}: the header is not a JSON object.`, { hint: damaged });
  }
  return header;
}

function checkHeader(
  header: Record<string, unknown>,
  file: string,
): { metadata: Map<string, string>; places: Place[] } {
  const metadata = new Map<string, string>();
  const places: Place[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      for (const [key, text] of checkMetadata(value, file)) metadata.set(key, text);
    } else {
      places.push(checkPlace(name, value, file));
    }
  }
  if (places.length > maxTensors) {
    throw new StudioError(`${file} has ${places.length} tensors; the limit is ${maxTensors}.`);
  }
  return { metadata, places: places.sort((a, b) => a.start - b.start || a.end - b.end) };
}

function checkMetadata(value: unknown, file: string): [string, string][] {
  const entries = isRecord(value) ? Object.entries(value) : undefined;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    return entries;
  }
  throw new StudioError(`${file}: __metadata__ must map text to text.`, { hint: damaged });
}

function checkPlace(name: string, value: unknown, file: string): Place {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (typeof dtype !== "string" || !isDtype(dtype)) {
    throw new StudioError(`${file}: tensor ${name} has the dtype ${JSON.stringify(dtype)}.`, {
      hint: `Known dtypes: ${Object.keys(bitsOf).join(", ")}.`,
    });
  }
  if (!isCounts(shape)) {
    throw new StudioError(
      `${file}: tensor ${name} has the shape ${JSON.stringify(shape)}, not a list of whole numbers.`,
      { hint: damaged },
    );
  }
  if (shape.length > maxRank) {
    throw new StudioError(
      `${file}: tensor ${name} has ${shape.length} dimensions; the limit is ${maxRank}.`,
    );
  }
  const [start, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (start === undefined || end === undefined) {
    throw new StudioError(
      `${file}: tensor ${name} has the data_offsets ${JSON.stringify(offsets)}, not two whole numbers.`,
      { hint: damaged },
    );
  }
  return { name, dtype, shape, start, end };
}

/** Tensors must follow each other without a hole or an overlap, fill their shapes and end with the file. */
function checkLayout(places: readonly Place[], dataBytes: number, file: string): void {
  let previousEnd = 0;
  for (const { name, dtype, shape, start, end } of places) {
    if (start !== previousEnd || end < start) {
      throw new StudioError(
        `${file}: tensor ${name} has the bytes ${start} to ${end}; it must begin at ${previousEnd}, where the one before ends.`,
        { hint: damaged },
      );
    }
    const needed = shape.reduce((size, dimension) => size * dimension, bitsOf[dtype] / 8);
    if (!Number.isSafeInteger(needed) || needed !== end - start) {
      throw new StudioError(
        `${file}: tensor ${name} (${dtype} [${shape.join(", ")}]) needs ${needed} bytes but has ${end - start}.`,
        { hint: damaged },
      );
    }
    previousEnd = end;
  }
  if (previousEnd !== dataBytes) {
    throw new StudioError(
      `${file}: the tensors end at byte ${previousEnd} of the data, but the file has ${dataBytes}.`,
      { hint: damaged },
    );
  }
}

function toEntry(place: Place, data: Uint8Array, file: string): SafetensorsEntry {
  const { name, dtype, shape, start, end } = place;
  return {
    dtype,
    shape,
    byteLength: end - start,
    get data() {
      // Copied, which also aligns: a float array cannot begin at an odd byte. (slice() would not copy a Node Buffer.)
      const { buffer } = new Uint8Array(data.subarray(start, end));
      return decodeData(buffer, dtype, `${file}: tensor ${name}`);
    },
  };
}

function decodeData(buffer: ArrayBuffer, dtype: SafetensorsDtype, what: string): Float32Array {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return float16ToFloat32(new Uint16Array(buffer));
    case "BF16":
      return bfloat16ToFloat32(new Uint16Array(buffer));
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "I32":
      return Float32Array.from(new Int32Array(buffer));
    case "I64":
      return Float32Array.from(new BigInt64Array(buffer), Number);
    default:
      throw new StudioError(`${what} has the dtype ${dtype}, which the studio cannot train with.`, {
        hint: "Save the model in float32, float16 or bfloat16.",
      });
  }
}

function checkSource(name: string, shape: readonly number[], data: Float32Array): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (size === data.length) return;
  throw new StudioError(
    `Tensor ${name} of shape [${shape.join(", ")}] needs ${size} values but has ${data.length}.`,
  );
}

function encodeHeader(header: readonly [string, unknown][]): Uint8Array {
  // Written by hand: an object would put integer-like names first and drop a tensor called __proto__.
  const fields = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function encodeData({ dtype, data }: SafetensorsSource): Uint8Array {
  const values = dtype === "F16" ? float32ToFloat16(data) : data;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDtype(name: string): name is SafetensorsDtype {
  return Object.hasOwn(bitsOf, name);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
