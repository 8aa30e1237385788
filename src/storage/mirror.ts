// Copies a run's output_dir and logging_dir into a real folder and keeps the copy up to date: what is saved is written there,
// what save_total_limit deletes is deleted there. It owns no timer. What it did not put there itself is left alone.
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import { listCheckpoints } from "./checkpoints.ts";
import { evaluationPath } from "./evaluations.ts";
import { fileBlob, readFolder } from "./folders.ts";
import { listLogs, logBlob } from "./logs.ts";
import { mayWrite } from "./mirror-folder.ts";

export interface MirroredRun {
  readonly id: string;
  readonly name: string;
  readonly outputDir: string;
  readonly loggingDir: string;
}

/** Says whose a mirrored folder is. */
const markName = "studio_mirror.json";
const markSchema = z.looseObject({ run_id: z.string() });

/** Every checkpoint of the studio has it, and none of the Trainer's own. Written first: it tells whose a folder is. */
const firstFile = "studio_state.json";
/** The Trainer's own resume reads it. Written last, so that a half-copied checkpoint is none. */
const lastFile = "trainer_state.json";

/**
 * A run's copy in a real folder.
 * @returns `update`, which makes the folder what the storage is now. It throws a StudioError that names the folder where the
 * browser, the disk or foreign files are in the way; a later call tries again.
 */
export function createMirror(root: FileSystemDirectoryHandle, run: MirroredRun) {
  /** What was copied: the time of each folder's manifest, and the size of each log file. */
  const copied = new Map<string, number>();

  const copyFolder = async (path: string) => {
    const manifest = await readFolder(path);
    if (manifest === undefined || copied.get(path) === manifest.savedAt) return;
    const directory = await makeDirectory(root, path);
    const isOurs = (await isEmpty(directory)) || (await has(directory, ownFile(path)));
    if (!isOurs) throw foreignFiles(root, path);
    for (const file of [...manifest.files].sort((a, b) => rank(a.name) - rank(b.name))) {
      const content = await fileBlob(file);
      // Deleted meanwhile: the next update deletes the copy too.
      if (content.size !== file.size) return;
      await writeFile(directory, file.name, content);
    }
    await removeSwapFiles(directory);
    copied.set(path, manifest.savedAt);
  };

  const deleteOld = async (kept: ReadonlySet<string>) => {
    const output = await makeDirectory(root, run.outputDir);
    for await (const [name, handle] of output.entries()) {
      const path = `${run.outputDir}/${name}`;
      if (handle.kind !== "directory" || !/^checkpoint-\d+$/u.test(name) || kept.has(path))
        continue;
      if (!(await has(handle as FileSystemDirectoryHandle, firstFile))) continue;
      await output.removeEntry(name, { recursive: true });
      copied.delete(path);
    }
  };

  const copyLogs = async () => {
    const directory = await makeDirectory(root, run.loggingDir);
    for (const { dir, name } of await listLogs(run.loggingDir)) {
      const content = await logBlob(dir, name);
      if (copied.get(`${dir}/${name}`) === content.size) continue;
      await writeFile(directory, name, content);
      copied.set(`${dir}/${name}`, content.size);
    }
  };

  const update = async () => {
    if (!(await mayWrite(root))) throw new DOMException("not granted", "NotAllowedError");
    if (copied.size === 0) await claim(root, run);
    const checkpoints = await listCheckpoints(run.outputDir);
    for (const { path } of checkpoints) await copyFolder(path);
    await copyFolder(evaluationPath(run.outputDir));
    // New before old, as in the storage.
    await deleteOld(new Set(checkpoints.map(({ path }) => path)));
    await copyLogs();
  };

  return {
    async update(): Promise<void> {
      try {
        await update();
      } catch (error) {
        // What is there now is not known any more.
        copied.clear();
        throw explain(error, root.name);
      }
    },
  };
}

/** Makes the run's folders, or finds that they are the run's already. */
async function claim(root: FileSystemDirectoryHandle, run: MirroredRun): Promise<void> {
  const isInside = run.loggingDir.startsWith(`${run.outputDir}/`);
  for (const path of isInside ? [run.outputDir] : [run.outputDir, run.loggingDir]) {
    const directory = await makeDirectory(root, path);
    const owner = await readOwner(directory);
    if (owner === run.id) continue;
    if (owner !== null || !(await isEmpty(directory))) throw foreignFiles(root, path);
    const mark = { version: 1, run_id: run.id, run_name: run.name };
    await writeFile(directory, markName, new Blob([`${JSON.stringify(mark, null, 2)}\n`]));
  }
}

const foreignFiles = (root: FileSystemDirectoryHandle, path: string) =>
  new StudioError(`The folder ${root.name} has files of something else in ${path}.`, {
    hint: "They are left alone. Choose another folder, or another output_dir for the next run.",
  });

const rank = (name: string) => (name === firstFile ? 0 : name === lastFile ? 2 : 1);
const ownFile = (path: string) => (path.endsWith("/evaluation") ? "rows.json" : firstFile);

/** Whose a folder is: a run's id, an empty text where its mark cannot be read, null where it has none. */
async function readOwner(directory: FileSystemDirectoryHandle): Promise<string | null> {
  for await (const [name, handle] of directory.entries()) {
    if (name !== markName || handle.kind !== "file") continue;
    const text = await (await (handle as FileSystemFileHandle).getFile()).text();
    return readMark(text)?.run_id ?? "";
  }
  return null;
}

function readMark(text: string) {
  try {
    return markSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function has(directory: FileSystemDirectoryHandle, file: string): Promise<boolean> {
  for await (const name of directory.keys()) if (name === file) return true;
  return false;
}

async function isEmpty(directory: FileSystemDirectoryHandle): Promise<boolean> {
  for await (const _ of directory.keys()) return false;
  return true;
}

async function makeDirectory(
  root: FileSystemDirectoryHandle,
  path: string,
): Promise<FileSystemDirectoryHandle> {
  let directory = root;
  for (const name of path.split("/")) {
    directory = await directory.getDirectoryHandle(name, { create: true });
  }
  return directory;
}

/** Writes a file as a whole: the browser puts it in its place when it is complete. */
async function writeFile(
  directory: FileSystemDirectoryHandle,
  name: string,
  content: Blob,
): Promise<void> {
  const handle = await directory.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  await stream.write(content);
  await stream.close();
}

/** What a browser leaves behind that died while it wrote. */
async function removeSwapFiles(directory: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of directory.keys()) {
    // In the way of nothing: where the browser holds on to one, it stays.
    if (name.endsWith(".crswap")) await directory.removeEntry(name).catch(() => {});
  }
}

function explain(error: unknown, folder: string): StudioError {
  if (error instanceof StudioError) return error;
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  return new StudioError(reasons[name]?.(folder) ?? `${folder} cannot be written: ${message}`, {
    hint: "The run goes on and is kept in the browser. When the folder can be written again, all of it is copied.",
    cause: error,
  });
}

const reasons: Readonly<Record<string, (folder: string) => string>> = {
  NotAllowedError: (folder) => `The browser lets the studio write into ${folder} no more.`,
  NotFoundError: (folder) => `The folder ${folder} is gone: it was moved or deleted.`,
  QuotaExceededError: (folder) => `The disk of the folder ${folder} is full.`,
  NoModificationAllowedError: (folder) =>
    `A file in the folder ${folder} is in use by another program.`,
};
