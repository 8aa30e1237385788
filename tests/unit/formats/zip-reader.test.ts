import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { listZip, unzipEntry } from "../../../src/formats/zip-reader.ts";
import { crc32 } from "../../../src/lib/crc32.ts";

const zipFile = (bytes: Uint8Array) => new File([new Uint8Array(bytes)], "a.zip");
const text = new TextEncoder().encode("text,label\nso good,pos\n".repeat(200));
const packed = () =>
  zipSync({ "folder/": new Uint8Array(), "folder/rows.csv": text, "b.txt": [text, { level: 0 }] });

async function first(bytes: Uint8Array) {
  const file = zipFile(bytes);
  const [entry] = await listZip(file);
  if (entry === undefined) throw new Error("The zip is empty.");
  return { file, entry };
}

test("the checksum is that of the standard's example", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test("deflated and stored files come out as they went in, folders are left out", async () => {
  const file = zipFile(packed());
  const entries = await listZip(file);
  expect(entries.map(({ name }) => name)).toEqual(["folder/rows.csv", "b.txt"]);
  for (const entry of entries) expect(await unzipEntry(file, entry, 1e6)).toEqual(text);
});

test("a file that unpacks too far is refused before it is unpacked, with both sizes", async () => {
  const bomb = await first(zipSync({ "zeros.csv": new Uint8Array(30_000_000) }));
  await expect(unzipEntry(bomb.file, bomb.entry, 1e9)).rejects.toThrow(
    /zeros.csv in a.zip has [\d,]+ bytes but would unpack to 30,000,000 bytes; 200 times/u,
  );
  const large = await first(packed());
  await expect(unzipEntry(large.file, large.entry, 1000)).rejects.toThrow(
    /1,000 bytes is the most/u,
  );
});

test("a size that lies is found while unpacking", async () => {
  const { file, entry } = await first(packed());
  await expect(unzipEntry(file, { ...entry, size: 100 }, 1e6)).rejects.toThrow(
    /holds more than the 100 bytes it declares/u,
  );
});

test("a changed byte is found by the checksum", async () => {
  const bytes = packed();
  const at = bytes.length - 2000;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const file = zipFile(bytes);
  const [, stored] = await listZip(file);
  if (stored === undefined) throw new Error("b.txt is missing.");
  await expect(unzipEntry(file, stored, 1e6)).rejects.toThrow(/the checksum of b.txt is wrong/u);
});

test.each([
  ["no directory", () => packed().slice(0, 60), /the directory at its end is missing/u],
  [
    "a cut directory",
    () => {
      const b = packed();
      b[b.length - 22 + 16] = 255;
      b[b.length - 22 + 18] = 255;
      return b;
    },
    /lies beyond its end/u,
  ],
] as const)("a zip with %s is refused", async (_, make, message) => {
  await expect(listZip(zipFile(make()))).rejects.toThrow(message);
});

test("a file with a password is refused", async () => {
  const { file, entry } = await first(packed());
  await expect(unzipEntry(file, { ...entry, isEncrypted: true }, 1e6)).rejects.toThrow(
    /protected by a password/u,
  );
});
