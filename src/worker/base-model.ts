// Reads a model folder (embedded, stored or a checkpoint) into memory, checked. It makes no tensors.
import { z } from "zod";
import type { ModelOption, ModelSummary } from "../config/model-summary.ts";
import { createTokenizer, type TextTokenizer } from "../data/tokenizer.ts";
import { parseSafetensors, type SafetensorsFile } from "../formats/safetensors.ts";
import { StudioError } from "../lib/errors.ts";
import { classificationHeadParameters } from "../models/classification-head.ts";
import type { Architecture } from "../models/model.ts";
import { checkParameters, findArchitecture } from "../models/registry.ts";
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
  /** Classes of its head, or null where it has none. */
  readonly labels: readonly string[] | null;
  readonly summary: ModelSummary;
}

const weightsFile = "model.safetensors";

/** Loads and checks a model folder. Every refusal names the file, and the tensor with both shapes where it is one. */
export async function loadBaseModel(option: ModelOption, read: ReadModelFile): Promise<BaseModel> {
  const config = parseJson(await need(read, "config.json", option.name), "config.json");
  const architecture = findArchitecture(String(config.model_type));
  const parsedConfig = parseConfig(architecture, config);
  const file = parseSafetensors(await need(read, weightsFile, option.name), weightsFile);
  const labels = readLabels(config, file);
  const head =
    labels === null
      ? []
      : classificationHeadParameters(labels.length, architecture.pooledSize(parsedConfig));
  const specs = [...architecture.parameters(parsedConfig), ...head];
  checkParameters(specs, file.tensors, weightsFile);

  const tokenizerBytes = await need(read, "tokenizer.json", option.name);
  const tokenizerConfig = await read("tokenizer_config.json");
  const tokenizer = createTokenizer(
    parseJson(tokenizerBytes, "tokenizer.json"),
    tokenizerConfig === undefined ? {} : parseJson(tokenizerConfig, "tokenizer_config.json"),
  );
  const tree = describeTensors(specs, file);
  return {
    id: option.id,
    architecture,
    config,
    parsedConfig,
    weights: readWeights(specs, file),
    tokenizer,
    tokenizerFiles: [
      { name: "tokenizer.json", bytes: copy(tokenizerBytes) },
      ...(tokenizerConfig === undefined
        ? []
        : [{ name: "tokenizer_config.json", bytes: copy(tokenizerConfig) }]),
    ],
    labels,
    summary: {
      ...option,
      modelType: architecture.modelType,
      parameterCount: tree.parameterCount,
      bytes: tree.bytes,
      dtype: tree.dtype,
      maxLength: architecture.maxLength(parsedConfig),
      vocabularySize: tokenizer.vocabSize,
      pooledSize: architecture.pooledSize(parsedConfig),
      layers: architecture.layers(parsedConfig),
      labels,
      tree,
    },
  };
}

async function need(read: ReadModelFile, name: string, model: string): Promise<Uint8Array> {
  const bytes = await read(name);
  if (bytes !== undefined) return bytes;
  throw new StudioError(`${model} has no ${name}.`, {
    hint: "A model needs config.json, model.safetensors and tokenizer.json in one folder or zip.",
  });
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : "it is not a JSON object";
    throw new StudioError(`${file} cannot be read: ${reason}.`, { cause });
  }
}

function parseConfig(architecture: Architecture, config: Record<string, unknown>): unknown {
  const parsed = architecture.configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StudioError(
    `config.json does not describe a ${architecture.modelType}: ${issue?.path.join(".") || "file"}: ${issue?.message ?? "unreadable"}.`,
  );
}

/** `id2label` in the order of its ids, where the file has a head; null otherwise. */
function readLabels(config: Record<string, unknown>, file: SafetensorsFile): string[] | null {
  const weight = file.tensors.get("classifier.weight");
  if (weight === undefined) return null;
  const count = weight.shape[0] ?? 0;
  const names = z.record(z.string(), z.string()).safeParse(config.id2label);
  const labels = Array.from({ length: count }, (_, id) => names.data?.[String(id)]);
  const known = labels.filter((label) => label !== undefined);
  if (known.length === count && Object.keys(names.data ?? {}).length === count) return known;
  throw new StudioError(
    `config.json names ${Object.keys(names.data ?? {}).length} classes in id2label, but classifier.weight in ${weightsFile} has ${count} rows.`,
    { hint: "Use config.json and model.safetensors of the same checkpoint." },
  );
}

function readWeights(specs: readonly { readonly name: string }[], file: SafetensorsFile) {
  const weights = new Map<string, Float32Array>();
  for (const { name } of specs) {
    const tensor = file.tensors.get(name);
    if (tensor !== undefined) weights.set(name, tensor.data);
  }
  return weights;
}

const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
