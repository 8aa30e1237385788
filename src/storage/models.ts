// Base models that the user dropped on the page or downloaded from the Hub: folders under `models/`.
import { type HubSource, hubSourceSchema } from "../config/hub.ts";
import { byName, isSettingsFile, transformerFolder } from "../formats/sentence-modules.ts";
import { isWeightsFile } from "../formats/sharded-safetensors.ts";
import { parseStrictJson } from "../formats/strict-json.ts";
import {
  copyFolder,
  deleteFolders,
  type FileToWrite,
  listFolders,
  readFile,
  readFolder,
  writeFolder,
} from "./folders.ts";

const root = "models/";

export interface StoredModel {
  /** `model_name_or_path`: the folder's path. */
  readonly id: string;
  readonly name: string;
  /** Size of its files. */
  readonly bytes: number;
  /** Where on the Hub it came from; null for a dropped one. */
  readonly hub: HubSource | null;
}

/** File of a model's folder that says where on the Hub it came from. */
export const sourceFile = "model_source.json";

/** Stores a model under a free name; the same content under the same name is stored once. */
export async function saveModel(
  name: string,
  files: readonly FileToWrite[],
): Promise<Pick<StoredModel, "id" | "name">> {
  const candidate = await writeFolder(`${root}.incoming`, files);
  const content = JSON.stringify(candidate.files);
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}-${number}`;
    const path = `${root}${free}`;
    const stored = await readFolder(path);
    if (stored === undefined) await writeFolder(path, files);
    else if (JSON.stringify(stored.files) !== content) continue;
    return { id: path, name: free };
  }
}

const modelFile =
  /^(?:(?:config|generation_config)\.json|chat_template\.jinja|(?:tokenizer|special_tokens|vocab|merges).*)$/u;

/** Whether a file is one that a base model is made of; the vocabularies are Python's. */
export const isModelFile = (name: string): boolean =>
  modelFile.test(name) || isPoolingFile(name) || isWeightsFile(name);

/** Files of a sentence-transformers folder that say how it pools and how it reads. */
export const isPoolingFile = (name: string): boolean =>
  name === "modules.json" || isSettingsFile(name) || /^[^/]+_Pooling\/config\.json$/u.test(name);

/** What sentence-transformers calls a module's folder, such as 0_Transformer and 2_Dense; the first may be the model itself. */
export const moduleFolder = /^(?:(.*)\/)?(\d+)_[^/]+$/u;
const inFirstModule = /^0_[^/]+\/([^/]+)$/u;

/** Whether a path from a model's folder is of that model: its files, and what its sentence-transformers modules say. */
export const isOfModel = (path: string): boolean =>
  !path.includes("/") || isPoolingFile(path) || inFirstModule.test(path);

/** The files by their names in the model's folder, also where sentence-transformers has the model in a folder of its own. */
export function fromFirstModule<Contents extends Uint8Array>(
  files: ReadonlyMap<string, Contents>,
): Map<string, Contents> {
  const modules = files.get("modules.json");
  if (modules === undefined) return new Map(files);
  const folder = transformerFolder(
    parseStrictJson(new TextDecoder().decode(modules), "modules.json"),
  );
  return byName(folder, files);
}

/** Stores the weights of a checkpoint as a base model. Their bytes are stored once. */
export async function saveModelOfCheckpoint(name: string, checkpoint: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = `${root}${number === 1 ? name : `${name}-${number}`}`;
    if ((await readFolder(path)) !== undefined) continue;
    await copyFolder(checkpoint, path, isModelFile);
    return path;
  }
}

/** Stored models, by name. */
export async function listModels(): Promise<StoredModel[]> {
  const paths = await listFolders(root);
  const models: StoredModel[] = [];
  for (const id of paths.filter((path) => path !== `${root}.incoming`)) {
    const manifest = await readFolder(id);
    const bytes = manifest?.files.reduce((sum, { size }) => sum + size, 0) ?? 0;
    const isOfHub = manifest?.files.some(({ name }) => name === sourceFile) === true;
    const hub = isOfHub ? await readModelSource(id) : null;
    models.push({ id, name: id.slice(root.length), bytes, hub });
  }
  return models;
}

/** Where on the Hub a stored model came from; null for a dropped one. */
export async function readModelSource(id: string): Promise<HubSource | null> {
  const bytes = await readFile(id, sourceFile);
  if (bytes === undefined) return null;
  return hubSourceSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/** Where a model of the Hub is stored, or would be: under its name, or under name and commit where another commit has that. */
export async function placeOfHubModel(
  source: HubSource,
): Promise<{ readonly id: string; readonly isStored: boolean }> {
  const places = [source.repo_id, `${source.repo_id}@${source.commit.slice(0, 8)}`];
  for (const place of places) {
    const id = `${root}${place}`;
    if ((await readFolder(id)) === undefined) return { id, isStored: false };
    if ((await readModelSource(id))?.commit === source.commit) return { id, isStored: true };
  }
  return { id: `${root}${source.repo_id}@${source.commit}`, isStored: false };
}

/** Deletes a stored model. Runs that started from it keep their checkpoints. */
export const deleteModel = (id: string): Promise<void> => deleteFolders([id]);

/** One file of a stored model, or undefined. */
export const readModelFile = (id: string, name: string) => readFile(id, name);
