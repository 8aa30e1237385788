// The stored files on the page: list, preview, download, and erasing everything.
import { type FilePreview, previewFile } from "../formats/preview.ts";
import { StudioError } from "../lib/errors.ts";
import { isLive } from "../state/run-state.ts";
import { getRun } from "../state/run-store.ts";
import { eraseStorage } from "../storage/erase.ts";
import { listFiles, openFile } from "../storage/files.ts";
import { isAnyRunHeld } from "../storage/run-lock.ts";
import { saveToDisk, saveZipToDisk } from "./download.ts";
import type { Removals } from "./removals.ts";

interface FilesParts {
  readonly removals: Removals;
  /** Ends the worker, which holds databases open. */
  endWorker(): void;
}

/** What the page can do with stored files. */
export function createFilesControl({ removals, endWorker }: FilesParts) {
  return {
    list: listFiles,

    async preview(path: string): Promise<FilePreview> {
      return previewFile(nameOf(path), await open(path));
    },

    async download(path: string): Promise<void> {
      saveToDisk(nameOf(path), await open(path));
    },

    /** All files under a folder, as a zip with their paths inside it. */
    async downloadFolder(folder: string): Promise<void> {
      const inside = (await listFiles()).filter(({ path }) => path.startsWith(`${folder}/`));
      const files = await Promise.all(
        inside.map(async ({ path }) => ({
          name: path.slice(folder.length + 1),
          blob: await open(path),
        })),
      );
      await saveZipToDisk(files, folder.replaceAll("/", "-"));
    },

    async erase(): Promise<void> {
      if (isLive(getRun()) || (await isAnyRunHeld())) {
        throw new StudioError("A run is going on, here or in another tab.", {
          hint: "Stop it first: it would go on writing.",
        });
      }
      removals.forget();
      endWorker();
      await eraseStorage();
      // Nothing in memory may outlive what it came from.
      location.reload();
    },
  };
}

async function open(path: string): Promise<Blob> {
  const file = await openFile(path);
  if (file !== undefined) return file;
  throw new StudioError(`${path} is not in the storage any more.`, {
    hint: "save_total_limit may have deleted it while the run went on.",
  });
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
