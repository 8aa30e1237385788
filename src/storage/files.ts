// Everything in the storage as folders of files: checkpoints, logs, models and data sets under their paths.
import { fileBlob, listFolders, readFolder } from "./folders.ts";
import { listLogs, logBlob } from "./logs.ts";

export interface StoredFile {
  /** `<folder>/<name>`. */
  readonly path: string;
  readonly bytes: number;
}

/** All stored files, by path. */
export async function listFiles(): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const folder of await listFolders("")) {
    const manifest = await readFolder(folder).catch(() => undefined);
    for (const { name, size } of manifest?.files ?? []) {
      files.push({ path: `${folder}/${name}`, bytes: size });
    }
  }
  for (const { dir, name } of await listLogs()) {
    files.push({ path: `${dir}/${name}`, bytes: (await logBlob(dir, name)).size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file's content, or undefined where there is no such file. */
export async function openFile(path: string): Promise<Blob | undefined> {
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, slash);
  const name = path.slice(slash + 1);
  const manifest = await readFolder(folder);
  const file = manifest?.files.find((each) => each.name === name);
  if (file !== undefined) return fileBlob(file);
  const logs = await listLogs(folder);
  return logs.some((log) => log.name === name) ? logBlob(folder, name) : undefined;
}
