// Saves a stored checkpoint to the user's disk as a zip.
import { zipFiles } from "../formats/zip.ts";
import { checkpointBlobs } from "../storage/checkpoints.ts";

/** Offers `<name>.zip` with the files of the checkpoint at `path`. */
export async function saveCheckpointToDisk(path: string, name: string): Promise<void> {
  const files = await checkpointBlobs(path);
  const zip = await zipFiles(files);
  const url = URL.createObjectURL(zip);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name}.zip`;
  link.click();
  // The download reads the blob after this task; a minute is plenty for it to start.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
