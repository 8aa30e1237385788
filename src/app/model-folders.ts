// The models in what was dropped: one folder, or a whole run's output_dir with several checkpoints, one of which is meant.

import { byFolder, pathOf } from "../lib/file-path.ts";
import type { FoundFolder } from "../state/studio-store.ts";

/** The folders that hold a model, the newest checkpoint first; all files as one where none does, or where they lie in no folder. */
export function modelFolders(files: readonly File[]): FoundFolder[] {
  const folders = [...byFolder(files)];
  const models = folders.filter(([, inside]) => {
    const names = inside.map(({ name }) => name);
    return names.includes("config.json") && names.some((name) => name.endsWith(".safetensors"));
  });
  const [only] = models;
  if (only === undefined) {
    // Whoever reads it says what is missing, by the name of the folder.
    const [first] = files;
    const path = first === undefined ? "" : pathOf(first);
    return [{ path: path.slice(0, Math.max(0, path.indexOf("/"))), files }];
  }
  const found = models.map(([path, inside]) => ({ path, files: inside }));
  const stepOf = (path: string) => Number(/checkpoint-(\d+)$/u.exec(path)?.[1] ?? -1);
  return found.sort((a, b) => stepOf(b.path) - stepOf(a.path) || (a.path < b.path ? -1 : 1));
}
