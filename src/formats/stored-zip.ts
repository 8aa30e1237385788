// Zip files whose entries are stored as they are, each aligned: the form that torch.save writes.
import { crc32 } from "../lib/crc32.ts";
import { StudioError } from "../lib/errors.ts";

/** A file of the zip. */
export interface StoredEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endHeader = 0x06054b50;
const utf8Names = 0x0800;
const mostEntries = 100_000;
const mostBytes = 2 ** 32 - 1;

/** A zip of these entries, in their order. The bytes of each begin at a multiple of `alignment`. */
export function writeStoredZip(
  entries: readonly StoredEntry[],
  alignment: number,
): Uint8Array<ArrayBuffer> {
  const named = entries.map(({ name, bytes }) => ({
    name: new TextEncoder().encode(name),
    bytes,
    crc: crc32(bytes),
  }));
  const places: { start: number; padding: number }[] = [];
  let end = 0;
  for (const { name, bytes } of named) {
    const start = end;
    // The extra field that fills the gap has four bytes of its own.
    const dataAt = start + 30 + name.length + 4;
    const padding = (alignment - (dataAt % alignment)) % alignment;
    places.push({ start, padding });
    end = dataAt + padding + bytes.length;
  }
  const directory = named.reduce((sum, { name }) => sum + 46 + name.length, 0);
  if (end + directory > mostBytes || entries.length > 0xffff) {
    throw new StudioError(
      `A PyTorch file of ${end.toLocaleString("en")} bytes is more than the 4 GiB that this zip holds.`,
      { hint: "Train fewer parameters, or another optimiser that keeps less state." },
    );
  }
  const out = new Uint8Array(end + directory + 22);
  const view = new DataView(out.buffer);
  let at = end;
  named.forEach(({ name, bytes, crc }, index) => {
    const { start, padding } = places[index] ?? { start: 0, padding: 0 };
    const common = (from: number) => {
      view.setUint16(from, utf8Names, true);
      view.setUint16(from + 2, 0, true); // stored
      view.setUint32(from + 4, 0x00210000, true); // 1 January 1980: the same bytes at any time
      view.setUint32(from + 8, crc, true);
      view.setUint32(from + 12, bytes.length, true);
      view.setUint32(from + 16, bytes.length, true);
      view.setUint16(from + 20, name.length, true);
    };
    view.setUint32(start, localHeader, true);
    view.setUint16(start + 4, 20, true);
    common(start + 6);
    view.setUint16(start + 28, 4 + padding, true);
    out.set(name, start + 30);
    const extra = start + 30 + name.length;
    out.set([0x46, 0x42], extra); // "FB", as torch marks its padding
    view.setUint16(extra + 2, padding, true);
    out.fill(0x5a, extra + 4, extra + 4 + padding);
    out.set(bytes, extra + 4 + padding);

    view.setUint32(at, centralHeader, true);
    view.setUint16(at + 6, 20, true);
    common(at + 8);
    view.setUint32(at + 42, start, true);
    out.set(name, at + 46);
    at += 46 + name.length;
  });
  view.setUint32(at, endHeader, true);
  view.setUint16(at + 8, entries.length, true);
  view.setUint16(at + 10, entries.length, true);
  view.setUint32(at + 12, directory, true);
  view.setUint32(at + 16, end, true);
  return out;
}

/**
 * The entries of a zip that was written without compression, under their names, every checksum compared. The bytes are
 * views of `bytes`.
 * @throws StudioError that names the file and what is wrong with it.
 */
export function readStoredZip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (what: string): never => {
    throw new StudioError(`${file}: ${what}.`, {
      hint: "The file is damaged, cut short or not a PyTorch file. Copy it again.",
    });
  };
  const end = findEnd(view) ?? refuse("it is not a zip file, as torch.save has written since 1.6");
  const count = view.getUint16(end + 10, true);
  if (count > mostEntries) refuse(`it has ${count} entries`);
  const entries = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== centralHeader)
      refuse(`entry ${index + 1} of ${count} is not in its directory`);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const start = view.getUint32(at + 42, true);
    if (method !== 0 || view.getUint32(at + 20, true) !== size)
      refuse(`${name} is compressed; torch.save stores`);
    if (start + 30 > bytes.length || view.getUint32(start, true) !== localHeader)
      refuse(`${name} does not begin where its directory says`);
    const dataAt = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    if (dataAt + size > bytes.length) refuse(`${name} is cut short`);
    const data = bytes.subarray(dataAt, dataAt + size);
    if (crc32(data) !== crc) refuse(`${name} does not match its checksum`);
    if (entries.has(name)) refuse(`${name} stands twice in it`);
    entries.set(name, data);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function findEnd(view: DataView): number | undefined {
  // A comment of up to 64 KiB may follow.
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at -= 1) {
    if (view.getUint32(at, true) === endHeader) return at;
  }
  return undefined;
}
