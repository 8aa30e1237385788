// Universal Sentence Encoder lite (Cer et al. 2018, https://arxiv.org/abs/1803.11175): pre-LN transformer layers over
// sinusoidal positions, a masked mean, a tanh layer, and a vector of length 1. It holds no weights.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { attention, packedAttention } from "../ops/attention/attention.ts";
import { embedding } from "../ops/embedding/embedding.ts";
import { layerNorm } from "../ops/layer-norm/layer-norm.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Architecture, EncoderInputs, ModelContext, ParameterSpec } from "./model.ts";
import { parameter } from "./parameter.ts";

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
  configSchema,
  parameters,
  pooledSize: (config) => config.pooled_size,
  maxLength: (config) => config.max_position_embeddings,
  layers: (config) => config.layers.length,
  encode,
};

function parameters(config: UniversalSentenceEncoderConfig): ParameterSpec[] {
  const std = config.initializer_range;
  const lastSize = config.layers.at(-1)?.hidden_size ?? config.embedding_size;
  return [
    {
      name: "embeddings.word_embeddings.weight",
      shape: [config.vocab_size, config.embedding_size],
      initializer: { type: "normal", std },
    },
    ...config.layers.flatMap((layer, i) => layerParameters(`encoder.layer.${i}`, layer, std)),
    ...linearParameters("pooler.dense", config.pooled_size, lastSize, std),
  ];
}

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

function normParameters(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], initializer: { type: "ones" } },
    { name: `${name}.bias`, shape: [width], initializer: { type: "zeros" } },
  ];
}

function encode(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  inputs: EncoderInputs,
): tf.Tensor2D {
  const { tokenPositions } = inputs;
  const rows =
    tokenPositions === undefined ? paddedRows(inputs) : packedRows(inputs, tokenPositions);
  let hidden = embed(context, config, rows); // [rows, width], from here to the pooling
  config.layers.forEach((layer, i) => {
    const name = `encoder.layer.${i}`;
    hidden = attend(context, config, layer, name, hidden, rows);
    hidden = feedForward(context, config, name, hidden);
  });
  const pooled = tf.tanh(linear(context, "pooler.dense", rows.mean(hidden)));
  return normalise(pooled, config.normalize_eps);
}

/** A batch as rows, one a token, and the two operations that know which rows belong to one text. */
interface Rows {
  /** Length of the padded batch. */
  readonly seq: number;
  /** int32 `[rows]`. */
  readonly ids: tf.Tensor1D;
  /** int32 `[rows]`: the place of each token in its text. */
  readonly positions: tf.Tensor1D;
  attention(qkv: tf.Tensor2D, heads: number): tf.Tensor2D;
  /** The mean of each text's tokens, `[batch, width]`; zeros for a text without tokens. */
  mean(hidden: tf.Tensor2D): tf.Tensor2D;
}

/** Every position of the padded batch is a row. */
function paddedRows({ inputIds, attentionMask }: EncoderInputs): Rows {
  const [batch, seq] = inputIds.shape;
  const mask = tf.reshape(tf.cast(attentionMask, "float32"), [batch, seq, 1]);
  return {
    seq,
    ids: tf.reshape(inputIds, [batch * seq]),
    positions: tf.tile(tf.range(0, seq, 1, "int32"), [batch]),
    attention: (qkv, heads) => attention(qkv, attentionMask, heads),
    mean: (hidden) => {
      const tokens = tf.mul(tf.reshape(hidden, [batch, seq, hidden.shape[1]]), mask);
      return tf.div(tf.sum(tokens, 1), tokenCounts(attentionMask));
    },
  };
}

/** Only tokens are rows: about half the work for a batch of sentences. */
function packedRows({ inputIds, attentionMask }: EncoderInputs, places: tf.Tensor1D): Rows {
  const [batch, seq] = inputIds.shape;
  // Half a place further, so that no back end's division can round below a whole number.
  const texts = tf.cast(tf.floor(tf.div(tf.add(places, 0.5), seq)), "int32") as tf.Tensor1D; // [rows]
  const isOfText = membership(texts, batch);
  const sameText: tf.Tensor2D = tf.matMul(isOfText, tf.transpose(isOfText)); // [rows, rows]
  return {
    seq,
    ids: tf.gather(tf.reshape(inputIds, [batch * seq]), places),
    positions: tf.sub(places, tf.mul(texts, tf.scalar(seq, "int32"))),
    attention: (qkv, heads) => packedAttention(qkv, sameText, heads),
    mean: (hidden) => tf.div(tf.matMul(tf.transpose(isOfText), hidden), tokenCounts(attentionMask)),
  };
}

/** float32 `[rows, batch]`; 1 where the row belongs to the text. */
function membership(texts: tf.Tensor1D, batch: number): tf.Tensor2D {
  // tf.oneHot refuses a depth of 1.
  if (batch === 1) return tf.ones([texts.size, 1]);
  return tf.cast(tf.oneHot(texts, batch), "float32") as tf.Tensor2D;
}

/** `[batch, 1]`, at least 1. */
function tokenCounts(attentionMask: tf.Tensor2D): tf.Tensor2D {
  return tf.maximum(tf.sum(tf.cast(attentionMask, "float32"), 1, true), 1);
}

function embed(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  { ids, positions, seq }: Rows,
): tf.Tensor2D {
  const table = parameter<tf.Tensor2D>(context, "embeddings.word_embeddings.weight");
  const words = embedding(table, ids);
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
  const normed = norm(context, config, `${name}.attention.layer_norm`, hidden);
  const qkv = linear(context, `${name}.attention.qkv`, normed);
  const mixed = rows.attention(qkv, layer.num_attention_heads);
  const residual =
    layer.input_size === layer.hidden_size ? hidden : linear(context, `${name}.residual`, hidden);
  return tf.add(linear(context, `${name}.attention.output`, mixed), residual);
}

function feedForward(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  name: string,
  hidden: tf.Tensor2D,
): tf.Tensor2D {
  const normed = norm(context, config, `${name}.feed_forward.layer_norm`, hidden);
  const inner = tf.relu(linear(context, `${name}.feed_forward.intermediate`, normed));
  return tf.add(linear(context, `${name}.feed_forward.output`, inner), hidden);
}

function norm(
  context: ModelContext,
  config: UniversalSentenceEncoderConfig,
  name: string,
  x: tf.Tensor2D,
): tf.Tensor2D {
  const weight = parameter<tf.Tensor1D>(context, `${name}.weight`);
  const bias = parameter<tf.Tensor1D>(context, `${name}.bias`);
  return layerNorm(x, weight, bias, config.layer_norm_eps);
}

function normalise(x: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const squaredLength = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squaredLength, epsilon)));
}
