// Reads a model folder (embedded, stored or a checkpoint) into memory, checked. It makes no tensors.
import { z } from "zod";
import type { ModelOption, ModelSummary, ParameterCounts } from "../config/model-summary.ts";
import { createIdTokenizer, createTokenizer, type TextTokenizer } from "../data/tokenizer.ts";
import type { SafetensorsEntry } from "../formats/safetensors.ts";
import { inLowerCase, type ReadJson, readsLowerCase } from "../formats/sentence-modules.ts";
import { readPooling } from "../formats/sentence-pooling.ts";
import { readWeights } from "../formats/sharded-safetensors.ts";
import { parseStrictJson } from "../formats/strict-json.ts";
import { StudioError } from "../lib/errors.ts";
import { type MatchedTensors, matchTensors } from "../models/match-tensors.ts";
import { meanPooled } from "../models/mean-pooled.ts";
import type { Architecture, ParameterSpec, ParameterStages } from "../models/model.ts";
import { findArchitecture } from "../models/registry.ts";
import { describeTensors } from "./architecture-tree.ts";

/** Reads one file of a model folder; undefined where the folder has no such file. */
export type ReadModelFile = (name: string) => Promise<Uint8Array | undefined>;

/** A base model in memory: weights as plain numbers, its tokenizer, its files as they were. */
export interface BaseModel {
  readonly id: string;
  readonly architecture: Architecture;
  /** config.json as it stands in the file. */
  readonly config: Readonly<Record<string, unknown>>;
  /** config.json as the architecture reads it. */
  readonly parsedConfig: unknown;
  /** Float32 values under their Hugging Face names, the head's too where the file has one. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly tokenizer: TextTokenizer;
  /** Tokenizer files, to be saved beside every checkpoint unchanged. */
  readonly tokenizerFiles: readonly {
    readonly name: string;
    readonly bytes: Uint8Array<ArrayBuffer>;
  }[];
  /** How it writes chats, or null where it does not say. */
  readonly chatTemplate: string | null;
  /** Tokens that end what it writes: `eos_token_id` of generation_config.json, else of config.json. */
  readonly endIds: readonly number[];
  /** Classes of its head, or null where it has none. */
  readonly labels: readonly string[] | null;
  /** `max_length` of the run that a checkpoint comes from, else the `max_seq_length` of sentence-transformers; null where neither is told. */
  readonly trainedLength: number | null;
  readonly summary: ModelSummary;
}

const weightsFile = "model.safetensors";
/** Files that a model may have beside its tokenizer.json; each checkpoint gets them unchanged. */
const sideFiles = [
  "tokenizer_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
  "generation_config.json",
] as const;

/**
 * Loads and checks a model folder. Every refusal names the file, and the tensor with both shapes where it is one.
 * @param names all files of the folder, where they are known: parts of the weights that belong to nothing are refused then.
 */
export async function loadBaseModel(
  option: ModelOption,
  read: ReadModelFile,
  names?: Iterable<string>,
): Promise<BaseModel> {
  const config = parseJson(await need(read, "config.json", option.name), "config.json");
  const encoder = findArchitecture(config.model_type);
  const readJson: ReadJson = async (file) => {
    const bytes = await read(file);
    return bytes === undefined ? undefined : parseStrictJson(new TextDecoder().decode(bytes), file);
  };
  const pooling = await readPooling(config, readJson);
  const architecture = pooling === null ? encoder : meanPooled(encoder, pooling);
  const parsedConfig = parseConfig(architecture, config);
  const folder = { prefix: "", read, ...(names === undefined ? {} : { names }) };
  const file = (await readWeights(folder)) ?? lack(weightsFile, option.name);
  const matched = matchTensors(
    architecture,
    parsedConfig,
    { name: weightsFile, tensors: file.tensors },
    isTextClassifier(architecture, config),
  );
  const labels = readLabels(architecture, config, matched);
  const sizes = architecture.sizes(parsedConfig);
  // A decoder can be trained on rows of token ids: the Trainer's own checkpoints hold a tokenizer only where it was given one.
  const idsBelow = architecture.language === undefined ? null : sizes.vocabularySize;
  const { tokenizer, tokenizerFiles, chatTemplate, endIds } = await loadTokenizer(
    option,
    pooling !== null && (await readsLowerCase(readJson)) ? lowerCaseReader(read) : read,
    config,
    idsBelow,
  );
  refuseForeignTokenizer(tokenizer.vocabSize, sizes.vocabularySize);
  const own = option.source === "stored" ? await readTrainedLength(read) : null;
  const trainedLength = own ?? pooling?.max_seq_length ?? null;
  const stages = architecture.parameters(parsedConfig, 1);
  const tree = describeTensors(
    matched.tensors,
    sizes.layers.map((layer, index) => ({ specs: stages.layers[index] ?? [], sizes: layer })),
    pooling,
  );
  return {
    id: option.id,
    architecture,
    config,
    parsedConfig,
    weights: weightsOf(matched.tensors),
    tokenizer,
    tokenizerFiles,
    chatTemplate,
    endIds,
    labels,
    trainedLength,
    summary: {
      ...option,
      modelType: architecture.modelType,
      ...(pooling === null ? {} : { pooling }),
      parameterCount: tree.parameterCount,
      bytes: tree.bytes,
      dtype: tree.dtype,
      maxLength: sizes.maxLength,
      vocabularySize: tokenizer.vocabSize,
      pooledSize: sizes.pooledSize,
      layers: sizes.layers,
      counts: countParameters(architecture, parsedConfig, stages),
      hasTokenizer: tokenizerFiles.some(({ name: file }) => file === "tokenizer.json"),
      labels,
      ignored: matched.ignored,
      drawn: matched.drawn,
      tree,
    },
  };
}

/** Of the studio's own checkpoints: the Trainer keeps no such argument. */
async function readTrainedLength(read: ReadModelFile): Promise<number | null> {
  const bytes = await read("training_args.json");
  if (bytes === undefined) return null;
  const parsed = z
    .looseObject({ max_length: z.int().min(1) })
    .safeParse(parseJson(bytes, "training_args.json"));
  return parsed.data?.max_length ?? null;
}

/** Reads a tokenizer.json that puts texts in lower case. Checkpoints get it as it is read here. */
const lowerCaseReader =
  (read: ReadModelFile): ReadModelFile =>
  async (name) => {
    const bytes = await read(name);
    if (bytes === undefined || name !== "tokenizer.json") return bytes;
    return new TextEncoder().encode(JSON.stringify(inLowerCase(parseJson(bytes, name))));
  };

/** Whether config.json leaves it open, or says, that the head of the file is a text classifier's. */
function isTextClassifier(
  { classifierName }: Architecture,
  { architectures }: Record<string, unknown>,
): boolean {
  return !Array.isArray(architectures) || architectures.includes(classifierName);
}

async function loadTokenizer(
  option: ModelOption,
  read: ReadModelFile,
  { pad_token_id, eos_token_id }: Record<string, unknown>,
  idsBelow: number | null,
) {
  const bytes = await read("tokenizer.json");
  if (bytes === undefined && idsBelow === null) lack("tokenizer.json", option.name);
  const tokenizerFiles =
    bytes === undefined ? [] : [{ name: "tokenizer.json", bytes: copy(bytes) }];
  const beside = new Map<string, Uint8Array>();
  for (const name of sideFiles) {
    const side = await read(name);
    if (side === undefined) continue;
    beside.set(name, side);
    tokenizerFiles.push({ name, bytes: copy(side) });
  }
  const settingsFile = beside.get("tokenizer_config.json");
  const settings =
    settingsFile === undefined ? {} : parseJson(settingsFile, "tokenizer_config.json");
  const end = firstNumber(eos_token_id);
  // As transformers' users do: a model without a pad token pads with the token that ends a text.
  const pad = firstNumber(pad_token_id) ?? end;
  const tokenizer =
    bytes === undefined
      ? createIdTokenizer(idsBelow ?? 0, pad ?? 0, end ?? null)
      : createTokenizer(parseJson(bytes, "tokenizer.json"), settings, pad, end);
  const generation = beside.get("generation_config.json");
  const asked = generation === undefined ? {} : parseJson(generation, "generation_config.json");
  return {
    ...{ tokenizer, tokenizerFiles, chatTemplate: findTemplate(beside, settings) },
    endIds: numbersOf(asked.eos_token_id ?? eos_token_id),
  };
}

/** A number or a list of them: Llama 3 has several tokens that end a text. */
const numbersOf = (value: unknown): number[] =>
  [value].flat().filter((each): each is number => typeof each === "number");

const firstNumber = (value: unknown): number | undefined => numbersOf(value)[0];

/** The file that newer models have, else the key of tokenizer_config.json: a text, or a list with one named "default". */
function findTemplate(
  beside: ReadonlyMap<string, Uint8Array>,
  { chat_template: given }: Record<string, unknown>,
): string | null {
  const file = beside.get("chat_template.jinja");
  if (file !== undefined) return new TextDecoder().decode(file);
  if (typeof given === "string") return given;
  const named = z.array(z.object({ name: z.string(), template: z.string() })).safeParse(given).data;
  return named?.find(({ name }) => name === "default")?.template ?? null;
}

function refuseForeignTokenizer(pieces: number, embedded: number): void {
  if (pieces <= embedded) return;
  throw new StudioError(
    `tokenizer.json has ids up to ${pieces - 1}, but the model embeds only ${embedded} (vocab_size in config.json).`,
    { hint: "Use the tokenizer.json of the same model." },
  );
}

/** Parameters of each stage; the output layer's are counted a label. */
export function countParameters(
  { outputLayer, language }: Architecture,
  config: unknown,
  { embeddings, layers, pooling, head }: ParameterStages,
): ParameterCounts {
  const isOutput = ({ name }: ParameterSpec) => name.startsWith(`${outputLayer}.`);
  return {
    embeddings: countOf(embeddings),
    layers: layers.map(countOf),
    pooling: countOf(pooling),
    head: countOf(head.filter((spec) => !isOutput(spec))),
    eachLabel: countOf(head.filter(isOutput)),
    languageHead: language === undefined ? null : countOf(language.parameters(config)),
  };
}

const countOf = (specs: readonly ParameterSpec[]): number =>
  specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

async function need(read: ReadModelFile, name: string, model: string): Promise<Uint8Array> {
  const bytes = await read(name);
  return bytes ?? lack(name, model);
}

function lack(name: string, model: string): never {
  throw new StudioError(`${model} has no ${name}.`, {
    hint: "A model needs config.json, model.safetensors (or its parts with their index) and tokenizer.json in one folder or zip.",
  });
}

/** A JSON file's object. @throws StudioError that names the file. */
export function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  const parsed = z
    .record(z.string(), z.unknown())
    .safeParse(parseStrictJson(new TextDecoder().decode(bytes), file));
  if (parsed.success) return parsed.data;
  throw new StudioError(`${file} is not a JSON object.`, {
    hint: "The file is damaged or of another kind. Download it again.",
  });
}

/** config.json as the architecture reads it. @throws StudioError that names the key. */
export function parseConfig(architecture: Architecture, config: Record<string, unknown>): unknown {
  const parsed = architecture.configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StudioError(
    `config.json does not describe a ${architecture.modelType}: ${issue?.path.join(".") || "file"}: ${issue?.message ?? "unreadable"}.`,
  );
}

/** `id2label` in the order of its ids, where the file has a head; null otherwise. */
function readLabels(
  { outputLayer }: Architecture,
  config: Record<string, unknown>,
  { numLabels }: MatchedTensors<SafetensorsEntry>,
): string[] | null {
  if (numLabels === null) return null;
  const names = z.record(z.string(), z.string()).safeParse(config.id2label);
  const labels = Array.from({ length: numLabels }, (_, id) => names.data?.[String(id)]);
  const known = labels.filter((label) => label !== undefined);
  const named = Object.keys(names.data ?? {}).length;
  if (known.length === numLabels && named === numLabels) return known;
  throw new StudioError(
    `config.json names ${named} classes in id2label, but ${outputLayer}.weight in ${weightsFile} has ${numLabels} rows.`,
    { hint: "Use config.json and model.safetensors of the same checkpoint." },
  );
}

function weightsOf(tensors: ReadonlyMap<string, SafetensorsEntry>): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const [name, { data }] of tensors) {
    refuseNotFinite(name, data);
    weights.set(name, data);
  }
  return weights;
}

function refuseNotFinite(name: string, values: Float32Array): void {
  const place = values.findIndex((value) => !Number.isFinite(value));
  if (place === -1) return;
  throw new StudioError(
    `${weightsFile}: tensor ${name} has the value ${values[place]} at place ${place} of ${values.length}.`,
    { hint: "The training that made this file broke down. Use an earlier checkpoint." },
  );
}

const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
