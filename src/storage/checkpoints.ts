// Checkpoints: folders named `<output_dir>/checkpoint-<step>`. Which ones to delete is the trainer's decision.
import type { CheckpointInfo } from "../config/events.ts";
import { StudioError } from "../lib/errors.ts";
import {
  copyFolder,
  deleteFolders,
  discardFolder,
  type FileToWrite,
  type FolderManifest,
  fileBlob,
  listFolders,
  readFolder,
  verifyFolder,
  writeFolder,
} from "./folders.ts";

const named = /^(.*)\/checkpoint-(\d+)$/u;

/** Writes a checkpoint; it becomes visible as a whole. */
export async function saveCheckpoint(
  outputDir: string,
  step: number,
  files: readonly FileToWrite[],
): Promise<CheckpointInfo> {
  return describe(await writeFolder(checkpointPath(outputDir, step), files), step);
}

/** `<output_dir>/checkpoint-<step>`. */
export const checkpointPath = (outputDir: string, step: number) =>
  `${outputDir}/checkpoint-${step}`;

/** Checkpoints directly in `outputDir`, by step. */
export async function listCheckpoints(outputDir: string): Promise<CheckpointInfo[]> {
  const found: CheckpointInfo[] = [];
  for (const path of await listFolders(`${outputDir}/checkpoint-`)) {
    const [, folder, digits] = named.exec(path) ?? [];
    const manifest = folder === outputDir ? await readFolder(path) : undefined;
    if (manifest !== undefined) found.push(describe(manifest, Number(digits)));
  }
  return found.sort((a, b) => a.step - b.step);
}

function describe(manifest: FolderManifest, step: number): CheckpointInfo {
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  return { path: manifest.path, step, bytes, savedAt: manifest.savedAt };
}

/** A checkpoint that is not as it was written any more, and why. */
interface DamagedCheckpoint {
  readonly path: string;
  readonly problem: string;
}

/** The newest checkpoint whose every byte is as it was written, or null, and the damaged ones that are newer. */
export async function newestCheckpoint(
  outputDir: string,
): Promise<{ checkpoint: CheckpointInfo | null; damaged: DamagedCheckpoint[] }> {
  const damaged: DamagedCheckpoint[] = [];
  for (const checkpoint of (await listCheckpoints(outputDir)).reverse()) {
    const problem = await verifyFolder(checkpoint.path);
    if (problem === null) return { checkpoint, damaged };
    damaged.push({ path: checkpoint.path, problem });
  }
  return { checkpoint: null, damaged };
}

/** The files of a checkpoint for a download. */
export async function checkpointBlobs(path: string): Promise<{ name: string; blob: Blob }[]> {
  const manifest = await readFolder(path);
  return Promise.all(
    (manifest?.files ?? []).map(async (file) => ({ name: file.name, blob: await fileBlob(file) })),
  );
}

/** Copies a checkpoint into another run's folder, to go on from it there. */
export async function copyCheckpoint(from: string, outputDir: string): Promise<void> {
  await copyFolder(from, checkpointPath(outputDir, stepOf(from)));
}

/** The step of a checkpoint's path. Throws a StudioError for any other path. */
export function stepOf(path: string): number {
  const [, , digits] = named.exec(path) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new StudioError(`${path} is not the folder of a checkpoint.`);
}

/** Deletes a damaged checkpoint, its damaged chunks too: the next save of the same bytes writes them anew. */
export const discardDamaged = (path: string): Promise<void> => discardFolder(path);

/** Deletes one checkpoint. */
export const deleteCheckpoint = (path: string): Promise<void> => deleteFolders([path]);
