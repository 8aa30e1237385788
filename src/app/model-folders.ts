// The models in what was dropped: one folder or zip, or a whole run's output_dir with several checkpoints, one of which is meant.
import { listZip } from "../formats/zip-reader.ts";
import { byFolder, pathOf } from "../lib/file-path.ts";
import type { FoundFolder } from "../state/studio-store.ts";
import { isPoolingFile } from "../storage/models.ts";

/** The folders that hold a model, the newest checkpoint first; all files as one where none does, or where they lie in no folder. */
export async function modelFolders(files: readonly File[]): Promise<FoundFolder[]> {
  const [first] = files;
  if (files.length === 1 && first?.name.toLowerCase().endsWith(".zip") === true) {
    return foldersOfZip(first);
  }
  const folders = byFolder(files);
  const models = [...folders].filter(([, inside]) => isModel(inside.map(({ name }) => name)));
  if (models.length === 0) {
    // Whoever reads it says what is missing, by the name of the folder.
    const path = first === undefined ? "" : pathOf(first);
    return [{ path: path.slice(0, Math.max(0, path.indexOf("/"))), files }];
  }
  return newestFirst(
    models.map(([path, inside]) => ({ path, files: [...inside, ...poolingBelow(path, files)] })),
  );
}

/** The same of a zip, of which only the directory is read. A damaged one is refused when it is unpacked. */
async function foldersOfZip(zip: File): Promise<FoundFolder[]> {
  const whole = { path: "", files: [zip] };
  const entries = await listZip(zip).catch(() => []);
  const folders = new Map<string, string[]>();
  for (const { name } of entries) {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    folders.set(folder, [...(folders.get(folder) ?? []), name.slice(name.lastIndexOf("/") + 1)]);
  }
  const models = [...folders].filter(([, names]) => isModel(names)).map(([folder]) => folder);
  const [only] = models;
  if (only === undefined) return [whole];
  if (models.length === 1) return [{ ...whole, within: only }];
  const name = zip.name.replace(/\.zip$/iu, "");
  return newestFirst(
    models.map((within) => ({
      path: within.includes("/") ? within : [name, within].filter(Boolean).join("/"),
      ...{ files: [zip], within },
    })),
  );
}

const isModel = (names: readonly string[]): boolean =>
  names.includes("config.json") && names.some((name) => name.endsWith(".safetensors"));

/** What a sentence-transformers model has in folders of their own, under its path from the model's. */
function poolingBelow(folder: string, files: readonly File[]): File[] {
  const start = folder === "" ? "" : `${folder}/`;
  return files.flatMap((file) => {
    const path = pathOf(file);
    const inner = path.slice(start.length);
    const isBelow = path.startsWith(start) && inner.includes("/") && isPoolingFile(inner);
    return isBelow ? [new File([file], inner)] : [];
  });
}

function newestFirst(found: FoundFolder[]): FoundFolder[] {
  const stepOf = (path: string) => Number(/checkpoint-(\d+)$/u.exec(path)?.[1] ?? -1);
  return found.sort((a, b) => stepOf(b.path) - stepOf(a.path) || (a.path < b.path ? -1 : 1));
}
