// BERT (Devlin et al. 2018, https://arxiv.org/abs/1810.04805) as a text classifier: the first token's last hidden state, a tanh
// layer that the paper pretrains on sentence pairs, and a linear layer.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import {
  bertConfigShape,
  bertEmbed,
  bertEmbeddingParameters,
  bertLayer,
  bertLayerParameters,
  bertSizes,
  classifierDropout,
  headsDivideHidden,
  headsRule,
} from "./bert-encoder.ts";
import { dropout } from "./dropout.ts";
import { linear, linearParameters } from "./linear.ts";
import type { Architecture } from "./model.ts";

const prefix = "bert.";
const pooler = `${prefix}pooler.dense`;

const configSchema = z
  .looseObject({
    ...bertConfigShape,
    model_type: z.literal("bert"),
    type_vocab_size: bertConfigShape.type_vocab_size.default(2),
    pad_token_id: z.int().nonnegative().nullable().default(0),
  })
  .refine(headsDivideHidden, headsRule);
type BertConfig = z.output<typeof configSchema>;

/** BertForSequenceClassification. */
export const bert: Architecture<BertConfig> = {
  modelType: "bert",
  classifierName: "BertForSequenceClassification",
  basePrefix: prefix,
  outputLayer: "classifier",
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: bertEmbeddingParameters(prefix, config, {
      words: config.pad_token_id,
      positions: null,
    }),
    layers: bertLayerParameters(prefix, config),
    pooling: [],
    // Files of the masked language model alone lack the pooler, so it counts as the head's: it is trained with it.
    head: [
      ...linearParameters(pooler, config.hidden_size, config.hidden_size, config.initializer_range),
      ...linearParameters("classifier", numLabels, config.hidden_size, config.initializer_range),
    ],
  }),
  sizes: (config) => bertSizes(config, config.max_position_embeddings),
  embed: (context, config, rows) =>
    bertEmbed(context, prefix, config, rows, {
      positions: rows.positions,
      ...(config.pad_token_id === null ? {} : { wordPadding: config.pad_token_id }),
    }),
  layer: (context, config, index, hidden, rows) =>
    bertLayer(context, prefix, config, index, hidden, rows),
  pool: (_context, _config, hidden, rows) => rows.first(hidden),
  classify(context, config, pooled) {
    const thought = tf.tanh(linear(context, pooler, pooled));
    const kept = dropout(context, "dropout", thought, classifierDropout(config));
    return linear(context, "classifier", kept);
  },
};
