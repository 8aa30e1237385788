// What BERT and RoBERTa share: config.json, three summed embeddings, and post-norm layers under BERT's names.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationSchema } from "./activation.ts";
import { dropout, probability } from "./dropout.ts";
import type { ModelContext, ModelSizes, ParameterSpec } from "./model.ts";
import { addEmbeddingNoise } from "./neftune.ts";
import { norm, normParameters } from "./norm.ts";
import {
  type PostNormNames,
  type PostNormSettings,
  postNormLayer,
  postNormParameters,
} from "./post-norm-layer.ts";
import type { Rows } from "./rows.ts";
import { lookUp, tableParameters } from "./token-embedding.ts";

const size = z.int().positive();

/** The keys of config.json that the forward pass reads. Defaults are those of transformers' BertConfig. */
export const bertConfigShape = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: activationSchema.default("gelu"),
  max_position_embeddings: size,
  type_vocab_size: size,
  layer_norm_eps: z.number().positive().default(1e-12),
  initializer_range: z.number().positive().default(0.02),
  hidden_dropout_prob: probability(0.1),
  attention_probs_dropout_prob: probability(0.1),
  /** Before the last linear of the head; `hidden_dropout_prob` where it is null. */
  classifier_dropout: z.number().min(0).max(1).nullable().default(null),
  position_embedding_type: z
    .literal("absolute", { error: "Only absolute position embeddings are known." })
    .default("absolute"),
  is_decoder: z
    .literal(false, { error: "A decoder cannot be trained as an encoder." })
    .default(false),
};
const bertConfigSchema = z.looseObject(bertConfigShape);
export type BertEncoderConfig = z.output<typeof bertConfigSchema>;

/** A check of the whole config, for `.refine`. */
export const headsDivideHidden = (config: BertEncoderConfig): boolean =>
  config.hidden_size % config.num_attention_heads === 0;
export const headsRule = { error: "num_attention_heads must divide hidden_size." };

/** The parameters below the layers. `prefix` is the base model's, for example `bert.`; `padding` names the tables' `padding_idx`. */
export function bertEmbeddingParameters(
  prefix: string,
  config: BertEncoderConfig,
  padding: { readonly words: number | null; readonly positions: number | null },
): ParameterSpec[] {
  const { hidden_size: width, initializer_range: std } = config;
  const name = `${prefix}embeddings`;
  return [
    ...tableParameters(
      `${name}.word_embeddings`,
      config.vocab_size,
      width,
      std,
      padding.words ?? undefined,
    ),
    ...tableParameters(
      `${name}.position_embeddings`,
      config.max_position_embeddings,
      width,
      std,
      padding.positions ?? undefined,
    ),
    ...tableParameters(`${name}.token_type_embeddings`, config.type_vocab_size, width, std),
    ...normParameters(`${name}.LayerNorm`, width),
  ];
}

/** One list a layer. */
export function bertLayerParameters(prefix: string, config: BertEncoderConfig): ParameterSpec[][] {
  return Array.from({ length: config.num_hidden_layers }, (_, index) =>
    postNormParameters(layerNames(prefix, index), settingsOf(config)),
  );
}

/** The sum of word, position and token type embeddings, normalised. */
export function bertEmbed(
  context: ModelContext,
  prefix: string,
  config: BertEncoderConfig,
  rows: Rows,
  places: {
    readonly positions: tf.Tensor1D;
    readonly wordPadding?: number;
    readonly positionPadding?: number;
  },
): tf.Tensor2D {
  const name = `${prefix}embeddings`;
  const words = lookUp(context, `${name}.word_embeddings`, rows.ids, places.wordPadding);
  const noisy = addEmbeddingNoise(context, `${name}.word_embeddings`, words, rows.seq);
  const types = lookUp(context, `${name}.token_type_embeddings`, rows.typeIds);
  const positions = lookUp(
    context,
    `${name}.position_embeddings`,
    places.positions,
    places.positionPadding,
  );
  const sum = tf.add(tf.add(noisy, types), positions) as tf.Tensor2D;
  const normed = norm(context, `${name}.LayerNorm`, sum, config.layer_norm_eps);
  return dropout(context, `${name}.dropout`, normed, config.hidden_dropout_prob);
}

/** Layer `index`, from 0. */
export function bertLayer(
  context: ModelContext,
  prefix: string,
  config: BertEncoderConfig,
  index: number,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  return postNormLayer(context, layerNames(prefix, index), settingsOf(config), hidden, rows);
}

/** `maxLength` is what the position embeddings leave for tokens. */
export function bertSizes(config: BertEncoderConfig, maxLength: number): ModelSizes {
  const layer = {
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    heads: config.num_attention_heads,
  };
  return {
    layers: Array.from({ length: config.num_hidden_layers }, () => layer),
    vocabularySize: config.vocab_size,
    maxLength,
    pooledSize: config.hidden_size,
  };
}

/** The dropout before the last linear of the head. */
export const classifierDropout = (config: BertEncoderConfig): number =>
  config.classifier_dropout ?? config.hidden_dropout_prob;

function layerNames(prefix: string, index: number): PostNormNames {
  const name = `${prefix}encoder.layer.${index}`;
  return {
    query: `${name}.attention.self.query`,
    key: `${name}.attention.self.key`,
    value: `${name}.attention.self.value`,
    attentionOutput: `${name}.attention.output.dense`,
    attentionNorm: `${name}.attention.output.LayerNorm`,
    intermediate: `${name}.intermediate.dense`,
    output: `${name}.output.dense`,
    outputNorm: `${name}.output.LayerNorm`,
  };
}

const settingsOf = (config: BertEncoderConfig): PostNormSettings => ({
  hiddenSize: config.hidden_size,
  intermediateSize: config.intermediate_size,
  heads: config.num_attention_heads,
  activation: config.hidden_act,
  epsilon: config.layer_norm_eps,
  attentionDropout: config.attention_probs_dropout_prob,
  attentionOutputDropout: config.hidden_dropout_prob,
  outputDropout: config.hidden_dropout_prob,
  initializerRange: config.initializer_range,
});
