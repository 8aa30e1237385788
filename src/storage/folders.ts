// Folders of files on IndexedDB. File contents are chunks under their SHA-256; a folder exists when its manifest does.
import { del, get, keys, set } from "idb-keyval";
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/sha256.ts";
import { newerData } from "../lib/version.ts";
import { openStore } from "./store.ts";
import { withWriterLock } from "./writer-lock.ts";

const chunkSize = 16 * 1024 * 1024;

const manifests = openStore("studio-folders", "strict");
const chunks = openStore("studio-chunks", "strict");

const manifestSchema = z.object({
  version: z.literal(1),
  path: z.string(),
  files: z.array(
    z.object({
      name: z.string(),
      size: z.number(),
      /** SHA-256 of each chunk, in order. */
      chunks: z.array(z.string()),
    }),
  ),
  /** Milliseconds since 1970. */
  savedAt: z.number(),
});
/** The commit record of a folder. */
export type FolderManifest = z.output<typeof manifestSchema>;

export interface FileToWrite {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Writes a folder. Its chunks become durable first, then one write of the manifest makes all of it visible: a crash at any
 * moment leaves the old folder or the new one, never a mixture.
 */
export function writeFolder(path: string, files: readonly FileToWrite[]): Promise<FolderManifest> {
  return withWriterLock(async () => {
    // Refuses to write over what another version of the studio wrote.
    await readFolder(path);
    const written: FolderManifest["files"] = [];
    for (const { name, bytes } of files) {
      written.push({ name, size: bytes.byteLength, chunks: await writeChunks(bytes) });
    }
    const manifest: FolderManifest = { version: 1, path, files: written, savedAt: Date.now() };
    await set(path, manifest, manifests);
    return manifest;
  });
}

async function writeChunks(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const hashes: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += chunkSize) {
    const part = bytes.slice(start, start + chunkSize);
    const hash = await sha256Hex(part);
    const stored = await get<Blob>(hash, chunks);
    // Frozen weights are the same in every checkpoint: they are stored once.
    if (stored?.size !== part.byteLength) await set(hash, new Blob([part]), chunks);
    hashes.push(hash);
  }
  return hashes;
}

/**
 * Adds bytes at the end of a file in an existing folder, or begins it. Once this resolves they are durable: a download that is
 * cut off goes on from here. Throws a StudioError where there is no such folder.
 */
export function appendToFile(
  path: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  return withWriterLock(async () => {
    const manifest = await needFolder(path);
    const file = manifest.files.find((entry) => entry.name === name);
    const grown = {
      name,
      size: (file?.size ?? 0) + bytes.byteLength,
      chunks: [...(file?.chunks ?? []), ...(await writeChunks(bytes))],
    };
    const others = manifest.files.filter((entry) => entry !== file);
    await set(path, { ...manifest, files: [...others, grown], savedAt: Date.now() }, manifests);
  });
}

/** Takes a file out of a folder; its chunks go with the next collection. */
export function dropFile(path: string, name: string): Promise<void> {
  return withWriterLock(async () => {
    const manifest = await needFolder(path);
    const files = manifest.files.filter((entry) => entry.name !== name);
    await set(path, { ...manifest, files }, manifests);
  });
}

async function needFolder(path: string): Promise<FolderManifest> {
  const manifest = await readFolder(path);
  if (manifest === undefined) throw new StudioError(`${path} is not in the storage any more.`);
  return manifest;
}

/** The manifest of a folder, or undefined. A manifest of a newer studio is refused, not misread. */
export async function readFolder(path: string): Promise<FolderManifest | undefined> {
  const stored = await get<unknown>(path, manifests);
  if (stored === undefined) return undefined;
  const manifest = manifestSchema.safeParse(stored);
  if (manifest.success) return manifest.data;
  throw newerData(path);
}

/** What there is to see of a folder that another version of the studio wrote. */
export interface ForeignFolder {
  /** Its files, where they are kept as this version keeps them. */
  readonly files: FolderManifest["files"];
  /** Its manifest as it is stored. */
  readonly manifest: Blob;
}

/** A folder that `readFolder` refuses, for viewing and exporting only; undefined for every other one. */
export async function readForeignFolder(path: string): Promise<ForeignFolder | undefined> {
  const stored = await get<unknown>(path, manifests);
  if (stored === undefined || manifestSchema.safeParse(stored).success) return undefined;
  const files = z.looseObject({ files: manifestSchema.shape.files }).safeParse(stored);
  const manifest = new Blob([`${JSON.stringify(stored, null, 2)}\n`]);
  return { files: files.data?.files ?? [], manifest };
}

/** Paths of all folders that start with `prefix`, sorted. */
export async function listFolders(prefix: string): Promise<string[]> {
  const paths = await keys<string>(manifests);
  return paths.filter((path) => path.startsWith(prefix)).sort();
}

/** One file of a folder, every chunk checked against its hash; undefined where the folder or file does not exist. */
export async function readFile(
  path: string,
  name: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await findFile(path, name);
  if (file === undefined) return undefined;
  const bytes = new Uint8Array(file.size);
  let offset = 0;
  for await (const part of readChunks(path, file)) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

/** The same file part by part, for what need not lie in memory as a whole; nothing where it does not exist. */
export async function* readParts(
  path: string,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const file = await findFile(path, name);
  if (file !== undefined) yield* readChunks(path, file);
}

type FileEntry = FolderManifest["files"][number];

const findFile = async (path: string, name: string): Promise<FileEntry | undefined> =>
  (await readFolder(path))?.files.find((entry) => entry.name === name);

async function* readChunks(path: string, { name, chunks: hashes }: FileEntry) {
  for (const [index, hash] of hashes.entries()) {
    yield await readChunk(hash, `${path}/${name}`, index);
  }
}

async function readChunk(
  hash: string,
  file: string,
  index: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await get<Blob>(hash, chunks);
  if (blob === undefined) {
    throw new StudioError(`${file} is damaged: its part ${index + 1} is missing.`, {
      hint: "Use an older checkpoint.",
    });
  }
  const part = await readBlob(blob, file, index);
  const found = await sha256Hex(part);
  if (found !== hash) {
    throw new StudioError(
      `${file} is damaged: part ${index + 1} has the SHA-256 ${found.slice(0, 12)}…, ${hash.slice(0, 12)}… was written.`,
      { hint: "Use an older checkpoint." },
    );
  }
  return part;
}

async function readBlob(blob: Blob, file: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    // A file of the browser's own storage was cut short or removed.
    throw new StudioError(`${file} is damaged: the browser cannot read its part ${index + 1}.`, {
      hint: "Use an older checkpoint.",
      cause,
    });
  }
}

/** A file's content as a Blob made of its stored chunks: it is not copied through memory and not checked. */
export async function fileBlob(file: FileEntry): Promise<Blob> {
  const parts = await Promise.all(file.chunks.map((hash) => get<Blob>(hash, chunks)));
  return new Blob(parts.filter((part) => part !== undefined));
}

/** Reads every file and compares every hash. Gives the problem in words, or null. */
export async function verifyFolder(path: string): Promise<string | null> {
  const manifest = await readFolder(path);
  if (manifest === undefined) return `${path} does not exist.`;
  try {
    for (const { name, size } of manifest.files) {
      const bytes = await readFile(path, name);
      if (bytes?.byteLength !== size)
        return `${path}/${name} has not the ${size} bytes that were written.`;
    }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Deletes folders: first their manifests, then the chunks that no folder uses any more. */
export async function deleteFolders(paths: readonly string[]): Promise<void> {
  // Refuses to delete what another version of the studio wrote, before anything is deleted.
  for (const path of paths) await readFolder(path);
  for (const path of paths) await del(path, manifests);
  await collectGarbage();
}

/** Copies files of a folder under another path; their bytes are stored once. Throws a StudioError where there is no such folder. */
export function copyFolder(
  from: string,
  to: string,
  keep: (name: string) => boolean = () => true,
): Promise<FolderManifest> {
  return withWriterLock(async () => {
    const source = await needFolder(from);
    await readFolder(to);
    const files = source.files.filter(({ name }) => keep(name));
    const manifest: FolderManifest = { version: 1, path: to, files, savedAt: Date.now() };
    await set(to, manifest, manifests);
    return manifest;
  });
}

/** Deletes a folder and those of its chunks that do not match their hash any more, also where other folders name them. */
export async function discardFolder(path: string): Promise<void> {
  const manifest = await readFolder(path);
  await withWriterLock(async () => {
    for (const { name, chunks: hashes } of manifest?.files ?? []) {
      for (const [index, hash] of hashes.entries()) {
        const isWhole = await readChunk(hash, name, index).then(
          () => true,
          () => false,
        );
        if (!isWhole) await del(hash, chunks);
      }
    }
  });
  await deleteFolders([path]);
}

/** Bytes of these files that are not stored yet: the room that writing them takes. */
export async function missingBytes(files: readonly FileToWrite[]): Promise<number> {
  const known = new Set(await keys<string>(chunks));
  let missing = 0;
  for (const { bytes } of files) {
    for (let start = 0; start < bytes.byteLength; start += chunkSize) {
      const part = bytes.slice(start, start + chunkSize);
      if (!known.has(await sha256Hex(part))) missing += part.byteLength;
    }
  }
  return missing;
}

/** Deletes chunks that no manifest names: left over from deleted folders and from writes that were cut off. */
export function collectGarbage(): Promise<void> {
  return withWriterLock(async () => {
    const used = new Set<string>();
    for (const path of await keys<string>(manifests)) {
      const manifest = manifestSchema.safeParse(await get<unknown>(path, manifests));
      // Of another version's folder nobody knows here which chunks it needs: then all of them stay.
      if (!manifest.success) return;
      for (const file of manifest.data.files) for (const hash of file.chunks) used.add(hash);
    }
    for (const hash of await keys<string>(chunks)) if (!used.has(hash)) await del(hash, chunks);
  });
}
