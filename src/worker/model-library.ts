// Base models by id: embedded ones from beside the page, stored ones from IndexedDB. The last few stay in memory.
import { embeddedModels } from "../config/embedded-models.ts";
import type { ModelOption } from "../config/model-summary.ts";
import { unzipFiles } from "../formats/zip.ts";
import { StudioError } from "../lib/errors.ts";
import {
  fromFirstModule,
  isModelFile,
  isOfModel,
  readModelFile,
  readModelSource,
  saveModel,
} from "../storage/models.ts";
import { type BaseModel, loadBaseModel, type ReadModelFile } from "./base-model.ts";
import { importCheckpoint } from "./import-checkpoint.ts";
import type { Requests } from "./protocol.ts";

/** Others in a dropped folder are left alone. */
const isTaken = (name: string) => isModelFile(name) || name === "training_args.json";
const mostInMemory = 2;

/** The library. `siteUrl` is the page's address: embedded models lie in `models/<id>/` beside it. */
export function createModelLibrary(siteUrl: string) {
  const loaded = new Map<string, BaseModel>();
  const remember = (model: BaseModel) => {
    loaded.delete(model.id);
    loaded.set(model.id, model);
    for (const id of loaded.keys()) if (loaded.size > mostInMemory) loaded.delete(id);
    return model;
  };
  const reader = (id: string): ReadModelFile =>
    id.startsWith("models/")
      ? (name) => readModelFile(id, name)
      : (name) => fetchFile(new URL(`models/${id}/${name}`, siteUrl));
  return {
    /** The text of a model's config.json. */
    async readConfig(id: string): Promise<string> {
      const bytes = await reader(id)("config.json");
      if (bytes === undefined) throw new StudioError(`${id} has no config.json.`);
      return new TextDecoder().decode(bytes);
    },

    async load(id: string): Promise<BaseModel> {
      const known = loaded.get(id);
      if (known !== undefined) return remember(known);
      const isStored = id.startsWith("models/");
      const hub = isStored ? await readModelSource(id) : null;
      const option: ModelOption = isStored
        ? {
            id,
            name: id.slice("models/".length),
            source: "stored",
            ...(hub === null ? {} : { hub }),
          }
        : embeddedOption(id);
      return remember(await loadBaseModel(option, reader(id)));
    },

    /** Checks a dropped model before anything is stored, then stores and loads it. */
    async import(
      dropped: Requests["importModel"]["params"],
    ): Promise<Requests["importModel"]["result"]> {
      const { name, contents } = await readDropped(dropped);
      const read: ReadModelFile = async (file) => contents.get(file);
      const names = contents.keys();
      const checked = await loadBaseModel({ id: "", name, source: "stored" }, read, names);
      const kept = [...contents]
        .filter(([file]) => isTaken(file))
        .map(([file, bytes]) => ({ name: file, bytes }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { id, name: storedName } = await saveModel(name, kept);
      const summary = { ...checked.summary, id, name: storedName };
      remember({ ...checked, id, summary });
      return { summary, checkpoint: await importCheckpoint(storedName, contents) };
    },
  };
}
export type ModelLibrary = ReturnType<typeof createModelLibrary>;

function embeddedOption(id: string): ModelOption {
  const found = embeddedModels.find((option) => option.id === id);
  if (found !== undefined) return found;
  throw new StudioError(`No model named ${id} comes with the studio.`, {
    hint: "Choose another base model.",
  });
}

async function fetchFile(url: URL): Promise<Uint8Array | undefined> {
  const response = await fetch(url);
  if (response.status === 404) return undefined;
  if (!response.ok) {
    throw new StudioError(
      `${url.pathname} could not be loaded: ${response.status} ${response.statusText}.`,
      {
        hint: "Reload the page. If it stays so, check that the whole site was copied to the host.",
      },
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function readDropped({ files, name: folder, within }: Requests["importModel"]["params"]) {
  const [first] = files;
  if (first === undefined) throw new StudioError("No file was chosen.");
  if (files.length === 1 && first.name.toLowerCase().endsWith(".zip")) {
    const name = folder || first.name.slice(0, -".zip".length);
    const contents = await unzipFiles(first, within === null ? {} : { within, isTaken: isOfModel });
    return { name, contents: fromFirstModule(contents) };
  }
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of files) contents.set(file.name, new Uint8Array(await file.arrayBuffer()));
  return {
    name: folder || first.name.replace(/\.[^.]*$/u, ""),
    contents: fromFirstModule(contents),
  };
}
