// Universal Sentence Encoder lite (Cer et al. 2018, https://arxiv.org/abs/1803.11175): pre-LN transformer layers over
// sinusoidal positions, a masked mean, a tanh layer, and a vector of length 1. It holds no weights.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { normalise } from "./l2-normalise.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Architecture, ModelContext, ParameterSpec } from "./model.ts";
import { addEmbeddingNoise } from "./neftune.ts";
import { norm, normParameters } from "./norm.ts";
import type { Rows } from "./rows.ts";
import { lookUp, tableParameters } from "./token-embedding.ts";
import { universalSentenceEncoderPython } from "./universal-sentence-encoder-python.ts";

const size = z.int().positive();

const layerSchema = z
  .looseObject({
    /** Width of what comes in; attention works in it. */
    input_size: size,
    /** Width of what goes out. Where it differs from `input_size`, the residual is projected. */
    hidden_size: size,
    intermediate_size: size,
    num_attention_heads: size,
  })
  .refine((layer) => layer.input_size % layer.num_attention_heads === 0, {
    error: "num_attention_heads must divide input_size.",
  });

const configSchema = z
  .looseObject({
    model_type: z.literal("universal-sentence-encoder"),
    vocab_size: size,
    /** Width of the token embeddings. */
    embedding_size: size.refine((n) => n % 2 === 0, { error: "embedding_size must be even." }),
    layers: z.array(layerSchema).min(1),
    /** Width of the sentence vector. */
    pooled_size: size,
    max_position_embeddings: size,
    min_timescale: z.number().positive(),
    max_timescale: z.number().positive(),
    layer_norm_eps: z.number().positive(),
    /** Least squared length when the sentence vector is normalised. */
    normalize_eps: z.number().positive(),
    initializer_range: z.number().positive(),
  })
  .refine(
    (config) =>
      config.layers.every(
        (layer, i) =>
          layer.input_size === (config.layers[i - 1]?.hidden_size ?? config.embedding_size),
      ),
    { error: "Each layer's input_size must be the width that the one before gives." },
  );

/** config.json of this architecture. */
export type UniversalSentenceEncoderConfig = z.infer<typeof configSchema>;
type LayerConfig = UniversalSentenceEncoderConfig["layers"][number];

/** The architecture that the registry offers. */
export const universalSentenceEncoder: Architecture<UniversalSentenceEncoderConfig> = {
  modelType: "universal-sentence-encoder",
  classifierName: "UniversalSentenceEncoderForSequenceClassification",
  basePrefix: "",
  outputLayer: "classifier",
  python: universalSentenceEncoderPython,
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: tableParameters(
      "embeddings.word_embeddings",
      config.vocab_size,
      config.embedding_size,
      config.initializer_range,
    ),
    layers: config.layers.map((layer, index) =>
      layerParameters(layerName(index), layer, config.initializer_range),
    ),
    pooling: linearParameters(
      "pooler.dense",
      config.pooled_size,
      config.layers.at(-1)?.hidden_size ?? config.embedding_size,
      config.initializer_range,
    ),
    head: linearParameters("classifier", numLabels, config.pooled_size, headRange),
  }),
  sizes: (config) => ({
    layers: config.layers.map((layer) => ({
      hiddenSize: layer.hidden_size,
      intermediateSize: layer.intermediate_size,
      heads: layer.num_attention_heads,
    })),
    vocabularySize: config.vocab_size,
    maxLength: config.max_position_embeddings,
    pooledSize: config.pooled_size,
  }),
  embed,
  layer(context, config, index, hidden, rows) {
    const layer = config.layers[index] as LayerConfig;
    const attended = attend(context, config, layer, layerName(index), hidden, rows);
    return feedForward(context, config, layerName(index), attended);
  },
  pool(context, config, hidden, rows) {
    const pooled = tf.tanh(linear(context, "pooler.dense", rows.mean(hidden)));
    return normalise(pooled, config.normalize_eps);
  },
  classify: (context, _config, pooled) => linear(context, "classifier", pooled),
};

/** Hugging Face's `initializer_range`: the source has no head. */
const headRange = 0.02;

const layerName = (index: number): string => `encoder.layer.${index}`;

function layerParameters(name: string, layer: LayerConfig, std: number): ParameterSpec[] {
  const { input_size: input, hidden_size: hidden, intermediate_size: intermediate } = layer;
  return [
    ...normParameters(`${name}.attention.layer_norm`, input),
    ...linearParameters(`${name}.attention.qkv`, 3 * input, input, std),
    ...linearParameters(`${name}.attention.output`, hidden, input, std),
    ...(input === hidden ? [] : linearParameters(`${name}.residual`, hidden, input, std)),
    ...normParameters(`${name}.feed_forward.layer_norm`, hidden),
    ...linearParameters(`${name}.feed_forward.intermediate`, intermediate, hidden, std),
    ...linearParameters(`${name}.feed_forward.output`, hidden, intermediate, std),
  ];
}

function embed(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  { ids, positions, seq }: Rows,
): tf.Tensor2D {
  const name = "embeddings.word_embeddings";
  const words = addEmbeddingNoise(context, name, lookUp(context, name, ids), seq);
  const signal = tf.gather(positionSignal(seq, config), positions);
  // The source's first layer adds the positions to a residual copy of the words: 2 · words + positions.
  return tf.add(words, tf.add(words, signal));
}

/** Sines, then cosines, of each position at geometrically spaced wavelengths: `[seq, embedding_size]`. */
function positionSignal(seq: number, config: UniversalSentenceEncoderConfig): tf.Tensor2D {
  const { embedding_size: width, min_timescale: shortest, max_timescale: longest } = config;
  const waves = width / 2;
  const step = Math.log(longest / shortest) / Math.max(1, waves - 1);
  const signal = new Float32Array(seq * width);
  for (let position = 0; position < seq; position++) {
    for (let wave = 0; wave < waves; wave++) {
      const angle = position * Math.fround(Math.exp(-wave * step) / shortest);
      signal[position * width + wave] = Math.sin(Math.fround(angle));
      signal[position * width + waves + wave] = Math.cos(Math.fround(angle));
    }
  }
  return tf.tensor2d(signal, [seq, width]);
}

function attend(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  layer: LayerConfig,
  name: string,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const normed = norm(context, `${name}.attention.layer_norm`, hidden, config.layer_norm_eps);
  const qkv = linear(context, `${name}.attention.qkv`, normed);
  const mixed = rows.attention(qkv, { heads: layer.num_attention_heads });
  const residual =
    layer.input_size === layer.hidden_size ? hidden : linear(context, `${name}.residual`, hidden);
  return linear(context, `${name}.attention.output`, mixed, { residual });
}

function feedForward(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  name: string,
  hidden: tf.Tensor2D,
): tf.Tensor2D {
  const normed = norm(context, `${name}.feed_forward.layer_norm`, hidden, config.layer_norm_eps);
  const inner = linear(context, `${name}.feed_forward.intermediate`, normed, {
    activation: "relu",
  });
  return linear(context, `${name}.feed_forward.output`, inner, { residual: hidden });
}
