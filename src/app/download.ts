// Saves files to the user's disk, several of them as a zip.
import { zipFiles } from "../formats/zip.ts";
import { checkpointBlobs } from "../storage/checkpoints.ts";

/** Offers `<name>.zip` with the files of the checkpoint at `path`. */
export async function saveCheckpointToDisk(path: string, name: string): Promise<void> {
  await saveZipToDisk(await checkpointBlobs(path), name);
}

/** Offers `<name>.zip` with these files. */
export async function saveZipToDisk(
  files: readonly { name: string; blob: Blob }[],
  name: string,
): Promise<void> {
  saveToDisk(`${name}.zip`, await zipFiles(files));
}

/** Offers one file under a name. */
export function saveToDisk(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the blob after this task; a minute is plenty for it to start.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
