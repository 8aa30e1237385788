import "fake-indexeddb/auto";
import fc from "fast-check";
import { get, keys, set } from "idb-keyval";
import { expect, test } from "vitest";
import {
  collectGarbage,
  deleteFolders,
  listFolders,
  readFile,
  readFolder,
  verifyFolder,
  writeFolder,
} from "../../../src/storage/folders.ts";
import { openStore } from "../../../src/storage/store.ts";

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const chunks = openStore("studio-chunks", "strict");

test("a folder's files are read back as they were written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (content) => {
      const given = new Uint8Array(content);
      await writeFolder("results/checkpoint-1", [{ name: "a.bin", bytes: given }]);
      expect(await readFile("results/checkpoint-1", "a.bin")).toEqual(given);
      expect(await verifyFolder("results/checkpoint-1")).toBeNull();
    }),
    { numRuns: 20 },
  );
});

test("a file larger than a chunk is kept in parts of 16 MB", async () => {
  const large = new Uint8Array(17 * 1024 * 1024).fill(7);
  const manifest = await writeFolder("large", [{ name: "model.safetensors", bytes: large }]);
  expect(manifest.files[0]?.chunks).toHaveLength(2);
  expect((await readFile("large", "model.safetensors"))?.byteLength).toBe(large.byteLength);
  await deleteFolders(["large"]);
});

test("equal content is stored once, and goes only when the last folder goes", async () => {
  const before = (await keys(chunks)).length;
  await writeFolder("one", [{ name: "weights", bytes: bytes("the same weights") }]);
  await writeFolder("two", [{ name: "weights", bytes: bytes("the same weights") }]);
  expect((await keys(chunks)).length).toBe(before + 1);
  await deleteFolders(["one"]);
  expect(await verifyFolder("two")).toBeNull();
  await deleteFolders(["two"]);
  expect((await keys(chunks)).length).toBe(before);
});

test("a write that is cut off before its manifest leaves the old folder whole", async () => {
  await writeFolder("run", [{ name: "model", bytes: bytes("old") }]);
  const broken = {
    name: "second",
    get bytes(): Uint8Array<ArrayBuffer> {
      throw new Error("the tab was closed here");
    },
  };
  await expect(
    writeFolder("run", [{ name: "model", bytes: bytes("new") }, broken]),
  ).rejects.toThrow("closed");
  expect(await readFile("run", "model")).toEqual(bytes("old"));
  expect(await verifyFolder("run")).toBeNull();
  const left = (await keys(chunks)).length;
  await collectGarbage();
  expect((await keys(chunks)).length).toBe(left - 1);
});

test("a damaged part is named with both hashes, a missing one by its number", async () => {
  const manifest = await writeFolder("damaged", [{ name: "model", bytes: bytes("precious") }]);
  const hash = manifest.files[0]?.chunks[0] ?? "";
  await set(hash, new Blob(["spoiled!"]), chunks);
  await expect(readFile("damaged", "model")).rejects.toThrow(
    new RegExp(
      `damaged/model is damaged: part 1 has the SHA-256 .{12}…, ${hash.slice(0, 12)}… was written`,
      "u",
    ),
  );
  expect(await verifyFolder("damaged")).toMatch(/is damaged/u);
  await deleteFolders(["damaged"]);
});

test("a manifest of a newer studio is refused, not misread", async () => {
  const manifests = openStore("studio-folders", "strict");
  await set("future", { version: 2, path: "future" }, manifests);
  await expect(readFolder("future")).rejects.toThrow(/written by a newer version/u);
  expect(await get("future", manifests)).toEqual({ version: 2, path: "future" });
});

test("folders are listed by prefix, in order", async () => {
  for (const path of ["list/b", "list/a", "other/a"]) await writeFolder(path, []);
  expect(await listFolders("list/")).toEqual(["list/a", "list/b"]);
});
