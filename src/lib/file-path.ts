// Where a file lay in what was dropped or chosen: a folder dropped on a page tells it beside the file, a chosen folder in it.
const noted = new WeakMap<File, string>();

/** Remembers a dropped file's path, such as "run/checkpoint-3/config.json". */
export function notePath(file: File, path: string): File {
  noted.set(file, path);
  return file;
}

/** Its path; the name alone for a single file. */
export const pathOf = (file: File): string =>
  noted.get(file) ?? (file.webkitRelativePath || file.name);

/** The files by their folder, "" for those in none. */
export function byFolder(files: readonly File[]): Map<string, File[]> {
  const folders = new Map<string, File[]>();
  for (const file of files) {
    const path = pathOf(file);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}
