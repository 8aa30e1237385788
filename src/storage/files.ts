// Everything in the storage as folders of files: checkpoints, logs, models and data sets under their paths.
import { fileBlob, listFolders, readFolder, readForeignFolder } from "./folders.ts";
import { listLogs, logBlob } from "./logs.ts";

export interface StoredFile {
  /** `<folder>/<name>`. */
  readonly path: string;
  readonly bytes: number;
  /** Another version of the studio wrote its folder: it can be looked at and downloaded, not changed. */
  readonly isForeign?: boolean;
}

/** Stands in a foreign folder for its manifest: what is kept there may be more than this version knows. */
const foreignManifest = "studio_manifest.json";

/** All stored files, by path. */
export async function listFiles(): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const folder of await listFolders("")) {
    files.push(...(await listFolder(folder)));
  }
  for (const { dir, name } of await listLogs()) {
    files.push({ path: `${dir}/${name}`, bytes: (await logBlob(dir, name)).size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listFolder(folder: string): Promise<StoredFile[]> {
  const foreign = await readForeignFolder(folder);
  if (foreign === undefined) {
    const { files = [] } = (await readFolder(folder)) ?? {};
    return files.map(({ name, size }) => ({ path: `${folder}/${name}`, bytes: size }));
  }
  const { files, manifest } = foreign;
  const listed = [...files, { name: foreignManifest, size: manifest.size }];
  return listed.map(({ name, size }) => ({
    path: `${folder}/${name}`,
    bytes: size,
    isForeign: true,
  }));
}

/** A file's content, or undefined where there is no such file. */
export async function openFile(path: string): Promise<Blob | undefined> {
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, slash);
  const name = path.slice(slash + 1);
  const foreign = await readForeignFolder(folder);
  if (foreign !== undefined && name === foreignManifest) return foreign.manifest;
  const { files = [] } = foreign ?? (await readFolder(folder)) ?? {};
  const file = files.find((each) => each.name === name);
  if (file !== undefined) return fileBlob(file);
  const logs = await listLogs(folder);
  return logs.some((log) => log.name === name) ? logBlob(folder, name) : undefined;
}
