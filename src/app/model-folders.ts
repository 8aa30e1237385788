// The models in what was dropped: one folder or zip, or a whole run's output_dir with several checkpoints, one of which is meant.
import { listZip } from "../formats/zip-reader.ts";
import { byFolder, pathOf } from "../lib/file-path.ts";
import type { FoundFolder } from "../state/studio-store.ts";
import { isOfModel, moduleFolder } from "../storage/models.ts";

/** The folders that hold a model, the newest checkpoint first; all files as one where none does, or where they lie in no folder. */
export async function modelFolders(files: readonly File[]): Promise<FoundFolder[]> {
  const [first] = files;
  if (files.length === 1 && first?.name.toLowerCase().endsWith(".zip") === true) {
    return foldersOfZip(first);
  }
  const folders = byFolder(files);
  const models = modelsAmong(
    new Map([...folders].map(([path, inside]) => [path, inside.map(({ name }) => name)])),
  );
  if (models.length === 0) {
    // Whoever reads it says what is missing, by the name of the folder.
    const path = first === undefined ? "" : pathOf(first);
    return [{ path: path.slice(0, Math.max(0, path.indexOf("/"))), files }];
  }
  return newestFirst(
    models.map((path) => ({
      path,
      files: [...(folders.get(path) ?? []), ...partsBelow(path, files)],
    })),
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
  const models = modelsAmong(folders);
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

/** The folders that are models. One of sentence-transformers is one model, whatever modules of it lie in folders of their own. */
function modelsAmong(folders: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  for (const [folder, names] of folders) {
    if (!isModel(names)) continue;
    const [module, parent = "", place] = moduleFolder.exec(folder) ?? [];
    const isModule = module !== undefined && folders.get(parent)?.includes("modules.json") === true;
    if (!isModule) found.add(folder);
    else if (place === "0") found.add(parent);
  }
  return [...found];
}

const isModel = (names: readonly string[]): boolean =>
  names.includes("config.json") && names.some((name) => name.endsWith(".safetensors"));

/** What a sentence-transformers model has in folders of their own, under its path from the model's. */
function partsBelow(folder: string, files: readonly File[]): File[] {
  const start = folder === "" ? "" : `${folder}/`;
  return files.flatMap((file) => {
    const path = pathOf(file);
    const inner = path.slice(start.length);
    const isBelow = path.startsWith(start) && inner.includes("/") && isOfModel(inner);
    return isBelow ? [new File([file], inner)] : [];
  });
}

function newestFirst(found: FoundFolder[]): FoundFolder[] {
  const stepOf = (path: string) => Number(/checkpoint-(\d+)$/u.exec(path)?.[1] ?? -1);
  return found.sort((a, b) => stepOf(b.path) - stepOf(a.path) || (a.path < b.path ? -1 : 1));
}
