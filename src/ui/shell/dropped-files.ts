// Reads what was dropped on the page and tells a data set from a model by names: the files' own, or those inside a zip.

import { listZip } from "../../formats/zip-reader.ts";
import { notePath } from "../../lib/file-path.ts";

/** What a drop means. */
export type Drop =
  | { readonly kind: "dataset"; readonly file: File }
  | { readonly kind: "model"; readonly files: readonly File[] }
  | { readonly kind: "several"; readonly count: number }
  | { readonly kind: "nothing" };

const modelFile = /\.(safetensors|bin)$|(^|\/)config\.json$/iu;

/** Tells what was dropped: weights or a config.json make a model, also inside a zip; one other file is a data set. */
export async function sortDrop(files: readonly File[]): Promise<Drop> {
  const [first] = files;
  if (first === undefined) return { kind: "nothing" };
  if (files.some(({ name }) => modelFile.test(name))) return { kind: "model", files };
  if (files.length > 1) return { kind: "several", count: files.length };
  const isModel = /\.zip$/iu.test(first.name) && (await holdsModel(first));
  return isModel ? { kind: "model", files } : { kind: "dataset", file: first };
}

/** A zip that cannot be listed is no model: the reader of data sets says what is wrong with it. */
async function holdsModel(zip: File): Promise<boolean> {
  const entries = await listZip(zip).catch(() => []);
  return entries.some(({ name }) => modelFile.test(name));
}

/** The dropped files, those in dropped folders too. Must be called in the drop event itself: the list is emptied after it. */
export async function readDrop(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  const read = await Promise.all(
    entries.map((entry, index) => {
      if (entry !== null && isDirectory(entry)) return readDirectory(entry);
      const file = files[index];
      return file === undefined ? [] : [file];
    }),
  );
  return read.flat();
}

const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry =>
  entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

async function readDirectory(directory: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = directory.createReader();
  const files: File[] = [];
  // A reader hands out a folder in parts (100 in Chrome); an empty part is the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return files;
    files.push(...(await Promise.all(entries.filter(isFile).map(openFile))));
    const inside = await Promise.all(entries.filter(isDirectory).map(readDirectory));
    files.push(...inside.flat());
  }
}

const openFile = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => {
    entry.file((file) => resolve(notePath(file, entry.fullPath.slice(1))), reject);
  });
