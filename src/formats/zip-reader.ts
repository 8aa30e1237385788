// Reads single files out of a zip that nobody vouches for: sizes are checked before and while it unpacks, checksums after.
import { Inflate } from "fflate";
import { crc32 } from "../lib/crc32.ts";
import { StudioError } from "../lib/errors.ts";

/** A file of a zip, as the directory at the zip's end lists it. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes in the zip and unpacked, as declared. */
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
  /** Where its local header starts. */
  readonly offset: number;
}

const mostEntries = 10_000;
/** Text packs 3 to 30 times, spreadsheets up to 100. Only files that unpack to more than `harmless` bytes are measured by it. */
const mostRatio = 200;
const harmless = 20_000_000;
/** The directory's end with the longest comment. */
const tailBytes = 22 + 65_535;
const push = 64 * 1024;

type NamedBlob = Blob & { readonly name: string };

/** True where the file starts as a zip does. */
export async function isZip(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

/** The files of a zip without folders, in the directory's order. Only the zip's end is read. Throws a StudioError for a damaged zip. */
export async function listZip(file: NamedBlob): Promise<ZipEntry[]> {
  const from = Math.max(0, file.size - tailBytes);
  const tail = await view(file, from, file.size);
  const end = findEnd(tail);
  if (end < 0) throw damaged(file, "the directory at its end is missing");
  const count = tail.getUint16(end + 10, true);
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (count > mostEntries) {
    throw new StudioError(
      `${file.name} has ${count.toLocaleString("en")} files; the studio looks through up to ${mostEntries.toLocaleString("en")}.`,
      { hint: "Unpack it and drop the file with the rows." },
    );
  }
  if (start === 0xffffffff) throw damaged(file, "it is larger than 4 GB (zip64)");
  if (start + size > file.size) throw damaged(file, "its directory lies beyond its end");
  return readDirectory(await view(file, start, start + size), file, count);
}

const view = async (file: Blob, start: number, end: number) =>
  new DataView(await file.slice(start, end).arrayBuffer());

function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - 22; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) === 0x06054b50) return at;
  }
  return -1;
}

function readDirectory(data: DataView, file: NamedBlob, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > data.byteLength || data.getUint32(at, true) !== 0x02014b50) {
      throw damaged(file, `entry ${index + 1} of its directory is broken`);
    }
    const nameLength = data.getUint16(at + 28, true);
    const extraLength = data.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + data.getUint16(at + 32, true);
    if (next > data.byteLength) throw damaged(file, `entry ${index + 1} of its directory is cut`);
    const name = new TextDecoder().decode(new Uint8Array(data.buffer, at + 46, nameLength));
    const extra = new DataView(data.buffer, at + 46 + nameLength, extraLength);
    if (!name.endsWith("/")) entries.push({ name, ...readSizes(data, at, extra) });
    at = next;
  }
  return entries;
}

function readSizes(data: DataView, at: number, extra: DataView): Omit<ZipEntry, "name"> {
  const declared = { size: 24, packed: 20, offset: 42 } as const;
  const large = findZip64(extra);
  const read = (field: keyof typeof declared) => {
    const value = data.getUint32(at + declared[field], true);
    // Writers that stream put the sizes into a 64-bit field, in this order, and all ones here.
    return value === 0xffffffff ? (large.shift() ?? value) : value;
  };
  const size = read("size");
  const packed = read("packed");
  return {
    size,
    packed,
    offset: read("offset"),
    crc: data.getUint32(at + 16, true),
    method: data.getUint16(at + 10, true),
    isEncrypted: (data.getUint16(at + 8, true) & 1) === 1,
  };
}

function findZip64(extra: DataView): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) break;
    if (extra.getUint16(at, true) === 1) {
      return Array.from({ length: Math.floor(length / 8) }, (_, index) =>
        Number(extra.getBigUint64(at + 4 + index * 8, true)),
      );
    }
    at += 4 + length;
  }
  return [];
}

/**
 * One file of a zip, unpacked and checked against its size and checksum. Refused before anything is unpacked where it
 * would have more than `mostBytes` or grow more than 200-fold, and while it unpacks where its size was a lie.
 */
export async function unzipEntry(
  file: NamedBlob,
  entry: ZipEntry,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  refuseBomb(file, entry, mostBytes);
  if (entry.isEncrypted) {
    throw new StudioError(`${entry.name} in ${file.name} is protected by a password.`, {
      hint: "Unpack it and drop the file itself.",
    });
  }
  const header = await view(file, entry.offset, entry.offset + 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50) {
    throw damaged(file, `${entry.name} is not where the directory says`);
  }
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const packed = new Uint8Array(await file.slice(start, start + entry.packed).arrayBuffer());
  if (packed.length < entry.packed) throw damaged(file, `${entry.name} is cut off`);
  const bytes = unpack(file, entry, packed);
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) {
    throw damaged(file, `the checksum of ${entry.name} is wrong`);
  }
  return bytes;
}

function unpack(
  file: NamedBlob,
  entry: ZipEntry,
  packed: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (entry.method === 0) return packed;
  if (entry.method !== 8) {
    throw new StudioError(
      `${entry.name} in ${file.name} is packed by method ${entry.method}; the studio knows deflate.`,
      { hint: "Unpack it and drop the file itself." },
    );
  }
  const bytes = new Uint8Array(entry.size);
  let filled = 0;
  const inflate = new Inflate((chunk) => {
    if (filled + chunk.length > bytes.length) {
      throw damaged(file, `${entry.name} holds more than the ${count(entry.size)} it declares`);
    }
    bytes.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    // In small pieces: each can grow a thousandfold before the size is looked at.
    for (let at = 0; at < packed.length; at += push) {
      inflate.push(packed.subarray(at, at + push), at + push >= packed.length);
    }
  } catch (cause) {
    if (cause instanceof StudioError) throw cause;
    throw damaged(file, `${entry.name} cannot be unpacked`);
  }
  return bytes.subarray(0, filled);
}

function refuseBomb(file: NamedBlob, { name, size, packed }: ZipEntry, mostBytes: number): void {
  const isBomb = size > harmless && size > packed * mostRatio;
  if (size <= mostBytes && !isBomb) return;
  const limit = isBomb ? `${mostRatio} times its packed size` : count(mostBytes);
  throw new StudioError(
    `${name} in ${file.name} has ${count(packed)} but would unpack to ${count(size)}; ${limit} is the most.`,
    { hint: "Unpack it yourself, and take a sample of its rows." },
  );
}

const count = (bytes: number) => `${bytes.toLocaleString("en")} bytes`;

const damaged = (file: NamedBlob, reason: string) =>
  new StudioError(`${file.name} is not a zip file that can be read: ${reason}.`, {
    hint: "Make it again, or unpack it and drop the file itself.",
  });
