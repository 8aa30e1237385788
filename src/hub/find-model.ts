// Looks a model up on the Hub: which commit, which files, how large, its config.json. No weights are downloaded here.
import { type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import { z } from "zod";
import type { HubFile, HubModel, HubReference, HubSource } from "../config/hub.ts";
import { byName, transformerFolder } from "../formats/sentence-modules.ts";
import { readPooling } from "../formats/sentence-pooling.ts";
import { parseStrictJson } from "../formats/strict-json.ts";
import { StudioError } from "../lib/errors.ts";
import { keptBytes } from "../storage/downloads.ts";
import { isPoolingFile, placeOfHubModel } from "../storage/models.ts";
import { createFileHash } from "./file-hash.ts";
import { createHubFetch, type HubAccess } from "./hub-fetch.ts";
import { readHubFile } from "./open-file.ts";

/** What is taken of a model beside its config and its weights. */
const smallFiles = new Set([
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
]);
const weightsFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";
const mostJsonBytes = 32 * 1024 * 1024;

/**
 * Finds a model. The revision is pinned to its commit, so that all files are of one state.
 * @throws StudioError with the way out: no such model, gated, offline, no safetensors, no tokenizer.json, another pooling.
 */
export async function findHubModel(
  { repoId, revision }: HubReference,
  access: HubAccess,
  signal: AbortSignal,
): Promise<HubModel> {
  const fetch = createHubFetch({ ...access, repoId, signal });
  const common = {
    hubUrl: access.hubUrl,
    fetch,
    ...(access.token === null ? {} : { accessToken: access.token }),
  };
  const info = await modelInfo({
    ...common,
    name: repoId,
    ...(revision === null ? {} : { revision }),
    additionalFields: ["sha", "tags"],
  });
  const source: HubSource = {
    version: 1,
    repo_id: info.name,
    revision: revision ?? "main",
    commit: info.sha,
  };
  const read = (file: HubFile) => readSmallFile(source, file, access, signal);
  const files = await findFiles(async (path, entries) => {
    const repo = { type: "model", name: info.name } as const;
    for await (const entry of listFiles({ ...common, repo, revision: info.sha, path })) {
      entries.push(entry);
    }
  }, read);
  const readText = (name: string) => read(need(files, name, info.name));

  const weights = await findWeights(files, info.name, readText);
  const config = await readText("config.json");
  need(files, "tokenizer.json", info.name);
  // A pooling that is not known is refused before the weights take their time.
  const settings = z.looseObject({}).safeParse(parseJson(config)).data ?? {};
  await readPooling(settings, async (name) =>
    files.has(name) ? parseStrictJson(await readText(name), name) : undefined,
  );
  const chosen = [...files.values()].filter(
    ({ name }) =>
      name === "config.json" || smallFiles.has(name) || isPoolingFile(name) || weights.has(name),
  );
  const place = await placeOfHubModel(source);
  return {
    source,
    // Small files first: what is wrong with them is then known before the weights take their time.
    files: chosen.toSorted((a, b) => a.size - b.size),
    bytes: chosen.reduce((sum, { size }) => sum + size, 0),
    config,
    license: licenseOf(info.tags),
    kept: await keptBytes(source),
    storedAs: place.isStored ? place.id : null,
  };
}

/**
 * The files by their names in the model's folder. Of sentence-transformers, folders say how it pools, and another may be the model.
 * @param list adds what lies in a folder of the repository
 */
async function findFiles(
  list: (path: string, entries: ListFileEntry[]) => Promise<void>,
  read: (file: HubFile) => Promise<string>,
): Promise<Map<string, HubFile>> {
  const entries: ListFileEntry[] = [];
  await list("", entries);
  const modules = entries.find(({ path }) => path === "modules.json");
  const folder =
    modules === undefined ? "" : transformerFolder(parseJson(await read(fileOf(modules))));
  const isRead = (path: string) => path === folder || isPoolingFile(`${path}/config.json`);
  for (const { type, path } of [...entries]) {
    if (type === "directory" && isRead(path)) await list(path, entries);
  }
  const files = entries.filter(({ type }) => type === "file");
  const named = byName(folder, new Map(files.map((entry) => [entry.path, fileOf(entry)])));
  return new Map([...named].map(([name, file]) => [name, { ...file, name }]));
}

function fileOf({ path, size, oid = "", lfs }: ListFileEntry): HubFile {
  return lfs === undefined
    ? { path, name: path, size, hash: { algorithm: "git-sha1", digest: oid } }
    : { path, name: path, size: lfs.size, hash: { algorithm: "sha256", digest: lfs.oid } };
}

const licenseOf = (tags: readonly string[] | undefined) =>
  tags?.find((tag) => tag.startsWith("license:"))?.slice("license:".length) ?? null;

const missingHints: Readonly<Record<string, string>> = {
  "config.json":
    "It may be a model of another library. The studio reads models of the transformers library.",
  "tokenizer.json":
    "It has the slow tokenizer's files only. In Python, AutoTokenizer.from_pretrained(name).save_pretrained(folder) writes tokenizer.json; then drop the folder here.",
};

function need(files: ReadonlyMap<string, HubFile>, name: string, repoId: string): HubFile {
  const file = files.get(name);
  if (file !== undefined) return file;
  if (files.has("adapter_config.json")) {
    throw new StudioError(`${repoId} is an adapter, not a whole model: it has no ${name}.`, {
      hint: "Its adapter_config.json names the base model. Download that one.",
    });
  }
  const hint = missingHints[name];
  throw new StudioError(`${repoId} has no ${name}.`, hint === undefined ? {} : { hint });
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Names of the files with the weights: one, or an index and the shards that it names. */
async function findWeights(
  files: ReadonlyMap<string, HubFile>,
  repoId: string,
  readText: (name: string) => Promise<string>,
): Promise<ReadonlySet<string>> {
  if (files.has(weightsFile)) return new Set([weightsFile]);
  if (!files.has(indexFile)) throw noSafetensors(files, repoId);
  const index = indexSchema.safeParse(parseJson(await readText(indexFile)));
  if (!index.success) {
    throw new StudioError(`${repoId}: ${indexFile} has no weight_map.`, {
      hint: "The model is damaged on the Hub. Try another revision.",
    });
  }
  const shards = new Set(Object.values(index.data.weight_map));
  const missing = [...shards].find((shard) => !files.has(shard));
  if (missing !== undefined) {
    throw new StudioError(`${repoId} has no ${missing}, which its index names.`, {
      hint: "The model is damaged on the Hub. Try another revision.",
    });
  }
  return shards.add(indexFile);
}

function noSafetensors(files: ReadonlyMap<string, HubFile>, repoId: string): StudioError {
  const others = [...files.keys()].filter((path) => /\.(bin|h5|msgpack|gguf|pt|onnx)$/u.test(path));
  if (files.has("adapter_config.json")) need(files, "config.json", repoId);
  const has = others.length === 0 ? "" : ` It has ${others.slice(0, 3).join(", ")}.`;
  return new StudioError(`${repoId} has no model.safetensors.${has}`, {
    hint: "Other weights can hold code that runs, so they are not read. Many such models have a converted copy as revision refs/pr/1 (see the Community tab of its page). In Python, AutoModel.from_pretrained(name).save_pretrained(folder) converts it; then drop the folder here.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A small file as text, its hash checked. */
async function readSmallFile(
  source: HubSource,
  file: HubFile,
  access: HubAccess,
  signal: AbortSignal,
): Promise<string> {
  if (file.size > mostJsonBytes) {
    throw new StudioError(`${source.repo_id}: ${file.path} has ${file.size} bytes.`, {
      hint: "That is no file of its kind. Try another revision.",
    });
  }
  const hash = createFileHash(file);
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of readHubFile({ source, file, access, signal })) {
    hash.update(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  hash.refuseOther();
  return text + decoder.decode();
}
