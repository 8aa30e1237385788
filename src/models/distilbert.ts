// DistilBERT (Sanh et al. 2019, https://arxiv.org/abs/1910.01108) as a text classifier: BERT with half the layers, without token
// types and pooler; the head is a relu layer and a linear layer on the first token.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { activationSchema } from "./activation.ts";
import { dropout, probability } from "./dropout.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Architecture, ModelContext } from "./model.ts";
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

const prefix = "distilbert.";
const embeddings = `${prefix}embeddings`;
/** Not in config.json: the source's code says so. */
const layerNormEpsilon = 1e-12;

const size = z.int().positive();

const configSchema = z
  .looseObject({
    model_type: z.literal("distilbert"),
    vocab_size: size,
    dim: size,
    n_layers: size,
    n_heads: size,
    hidden_dim: size,
    activation: activationSchema.default("gelu"),
    max_position_embeddings: size,
    initializer_range: z.number().positive().default(0.02),
    dropout: probability(0.1),
    attention_dropout: probability(0.1),
    seq_classif_dropout: probability(0.2),
    pad_token_id: z.int().nonnegative().default(0),
    sinusoidal_pos_embds: z
      .literal(false, { error: "Only learned position embeddings are known." })
      .default(false),
  })
  .refine((config) => config.dim % config.n_heads === 0, { error: "n_heads must divide dim." });
type DistilBertConfig = z.output<typeof configSchema>;

/** DistilBertForSequenceClassification. */
export const distilbert: Architecture<DistilBertConfig> = {
  modelType: "distilbert",
  classifierName: "DistilBertForSequenceClassification",
  basePrefix: prefix,
  outputLayer: "classifier",
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: [
      ...tableParameters(
        `${embeddings}.word_embeddings`,
        config.vocab_size,
        config.dim,
        config.initializer_range,
        config.pad_token_id,
      ),
      ...tableParameters(
        `${embeddings}.position_embeddings`,
        config.max_position_embeddings,
        config.dim,
        config.initializer_range,
      ),
      ...normParameters(`${embeddings}.LayerNorm`, config.dim),
    ],
    layers: Array.from({ length: config.n_layers }, (_, index) =>
      postNormParameters(layerNames(index), settingsOf(config)),
    ),
    pooling: [],
    head: [
      ...linearParameters("pre_classifier", config.dim, config.dim, config.initializer_range),
      ...linearParameters("classifier", numLabels, config.dim, config.initializer_range),
    ],
  }),
  sizes: (config) => ({
    layers: Array.from({ length: config.n_layers }, () => ({
      hiddenSize: config.dim,
      intermediateSize: config.hidden_dim,
      heads: config.n_heads,
    })),
    vocabularySize: config.vocab_size,
    maxLength: config.max_position_embeddings,
    pooledSize: config.dim,
  }),
  embed,
  layer: (context, config, index, hidden, rows) =>
    postNormLayer(context, layerNames(index), settingsOf(config), hidden, rows),
  pool: (_context, _config, hidden, rows) => rows.first(hidden),
  classify(context, config, pooled) {
    const thought = tf.relu(linear(context, "pre_classifier", pooled));
    const kept = dropout(context, "dropout", thought, config.seq_classif_dropout);
    return linear(context, "classifier", kept);
  },
};

function embed(context: ModelContext, config: DistilBertConfig, rows: Rows): tf.Tensor2D {
  const words = lookUp(context, `${embeddings}.word_embeddings`, rows.ids, config.pad_token_id);
  const positions = lookUp(context, `${embeddings}.position_embeddings`, rows.positions);
  const noisy = addEmbeddingNoise(context, `${embeddings}.word_embeddings`, words, rows.seq);
  const sum: tf.Tensor2D = tf.add(noisy, positions);
  const normed = norm(context, `${embeddings}.LayerNorm`, sum, layerNormEpsilon);
  return dropout(context, `${embeddings}.dropout`, normed, config.dropout);
}

function layerNames(index: number): PostNormNames {
  const name = `${prefix}transformer.layer.${index}`;
  return {
    query: `${name}.attention.q_lin`,
    key: `${name}.attention.k_lin`,
    value: `${name}.attention.v_lin`,
    attentionOutput: `${name}.attention.out_lin`,
    attentionNorm: `${name}.sa_layer_norm`,
    intermediate: `${name}.ffn.lin1`,
    output: `${name}.ffn.lin2`,
    outputNorm: `${name}.output_layer_norm`,
  };
}

const settingsOf = (config: DistilBertConfig): PostNormSettings => ({
  hiddenSize: config.dim,
  intermediateSize: config.hidden_dim,
  heads: config.n_heads,
  activation: config.activation,
  epsilon: layerNormEpsilon,
  // DistilBERT drops nothing out behind its attention.
  attentionOutputDropout: 0,
  attentionDropout: config.attention_dropout,
  outputDropout: config.dropout,
  initializerRange: config.initializer_range,
});
