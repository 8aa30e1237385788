// Reads what was dropped on the page and tells a data set from a model. It reads names, no contents.

/** What a drop means. */
export type Drop =
  | { readonly kind: "dataset"; readonly file: File }
  | { readonly kind: "model"; readonly files: readonly File[] }
  | { readonly kind: "several"; readonly count: number }
  | { readonly kind: "nothing" };

const modelFile = /\.(zip|safetensors)$|^config\.json$/iu;

/** Tells by the files' names what was dropped: a zip, weights or a config.json make a model, one other file is a data set. */
export function sortDrop(files: readonly File[]): Drop {
  const [first] = files;
  if (first === undefined) return { kind: "nothing" };
  if (files.some(({ name }) => modelFile.test(name))) return { kind: "model", files };
  if (files.length === 1) return { kind: "dataset", file: first };
  return { kind: "several", count: files.length };
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
  }
}

const openFile = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => {
    entry.file(resolve, reject);
  });
