// Downloads on their way: folders under `downloads/`, a file's parts added as they arrive. What a closed tab has stored is kept.
import { z } from "zod";
import { type HubSource, hubSourceSchema, type KeptDownload } from "../config/hub.ts";
import {
  appendToFile,
  copyFolder,
  deleteFolders,
  dropFile,
  listFolders,
  readFile,
  readFolder,
  readParts,
  writeFolder,
} from "./folders.ts";
import { placeOfHubModel, sourceFile } from "./models.ts";

const root = "downloads/";
/** Says how much there is to download, so that a list of kept downloads need not ask the Hub. */
const planFile = "download.json";
const planSchema = z.object({ version: z.literal(1), total: z.number() });

const folderOf = ({ repo_id, commit }: HubSource) => `${root}${repo_id}@${commit}`;

/** A folder that a download fills. */
export interface Download {
  /** Stored bytes of one file. */
  bytesOf(name: string): Promise<number>;
  /** Stored parts of one file, in order, each checked. */
  partsOf(name: string): AsyncGenerator<Uint8Array<ArrayBuffer>>;
  /** Adds bytes at a file's end. */
  append(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Forgets what is stored of a file. */
  drop(name: string): Promise<void>;
  /** Makes the complete folder a base model and gives its id. */
  finish(): Promise<string>;
}

/** Opens the download of a commit; what an earlier one has left is still there. `total` is the bytes of all its files. */
export async function openDownload(source: HubSource, total: number): Promise<Download> {
  const folder = folderOf(source);
  if ((await readFolder(folder)) === undefined) {
    await writeFolder(folder, [
      { name: sourceFile, bytes: asJson(source) },
      { name: planFile, bytes: asJson({ version: 1, total }) },
    ]);
  }
  return {
    async bytesOf(name) {
      const manifest = await readFolder(folder);
      return manifest?.files.find((file) => file.name === name)?.size ?? 0;
    },
    partsOf: (name) => readParts(folder, name),
    append: (name, bytes) => appendToFile(folder, name, bytes),
    drop: (name) => dropFile(folder, name),
    async finish() {
      const { id } = await placeOfHubModel(source);
      await copyFolder(folder, id, (name) => name !== planFile);
      await deleteFolders([folder]);
      return id;
    },
  };
}

/** Bytes that an interrupted download of this commit has left. */
export async function keptBytes(source: HubSource): Promise<number> {
  const manifest = await readFolder(folderOf(source));
  return sizeOfContents(manifest?.files ?? []);
}

/** All interrupted downloads, by name. */
export async function listDownloads(): Promise<KeptDownload[]> {
  const kept: KeptDownload[] = [];
  for (const folder of await listFolders(root)) {
    const manifest = await readFolder(folder);
    const source = hubSourceSchema.safeParse(await readJson(folder, sourceFile));
    const plan = planSchema.safeParse(await readJson(folder, planFile));
    if (!source.success || !plan.success) continue;
    const bytes = sizeOfContents(manifest?.files ?? []);
    kept.push({ source: source.data, bytes, total: plan.data.total });
  }
  return kept;
}

/** Deletes what an interrupted download has left. */
export const deleteDownload = (source: HubSource): Promise<void> =>
  deleteFolders([folderOf(source)]);

const sizeOfContents = (files: readonly { readonly name: string; readonly size: number }[]) =>
  files
    .filter(({ name }) => name !== sourceFile && name !== planFile)
    .reduce((sum, { size }) => sum + size, 0);

const asJson = (value: unknown) =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`) as Uint8Array<ArrayBuffer>;

async function readJson(folder: string, name: string): Promise<unknown> {
  const bytes = await readFile(folder, name);
  return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
}
