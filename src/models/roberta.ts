// RoBERTa (Liu et al. 2019, https://arxiv.org/abs/1907.11692) as a text classifier: BERT's encoder with positions that count from
// behind the padding id, and a head of its own, a tanh layer and a linear layer on the first token.
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
import type { Architecture, ParameterSpec } from "./model.ts";
import type { Rows } from "./rows.ts";

const prefix = "roberta.";

const configSchema = z
  .looseObject({
    ...bertConfigShape,
    model_type: z.literal("roberta"),
    type_vocab_size: bertConfigShape.type_vocab_size.default(2),
    pad_token_id: z.int().nonnegative().default(1),
  })
  .refine(headsDivideHidden, headsRule)
  .refine((config) => config.max_position_embeddings > config.pad_token_id + 1, {
    error: "max_position_embeddings must leave a position behind pad_token_id.",
  });
type RobertaConfig = z.output<typeof configSchema>;

/** RobertaForSequenceClassification. */
export const roberta: Architecture<RobertaConfig> = {
  modelType: "roberta",
  classifierName: "RobertaForSequenceClassification",
  basePrefix: prefix,
  outputLayer: "classifier.out_proj",
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: inRobertaOrder(
      bertEmbeddingParameters(prefix, config, {
        words: config.pad_token_id,
        positions: config.pad_token_id,
      }),
    ),
    layers: bertLayerParameters(prefix, config),
    pooling: [],
    head: [
      ...linearParameters(
        "classifier.dense",
        config.hidden_size,
        config.hidden_size,
        config.initializer_range,
      ),
      ...linearParameters(
        "classifier.out_proj",
        numLabels,
        config.hidden_size,
        config.initializer_range,
      ),
    ],
  }),
  sizes: (config) => bertSizes(config, config.max_position_embeddings - config.pad_token_id - 1),
  embed: (context, config, rows) =>
    bertEmbed(context, prefix, config, rows, {
      positions: positionsBehindPadding(rows, config.pad_token_id),
      wordPadding: config.pad_token_id,
      positionPadding: config.pad_token_id,
    }),
  layer: (context, config, index, hidden, rows) =>
    bertLayer(context, prefix, config, index, hidden, rows),
  pool: (_context, _config, hidden, rows) => rows.first(hidden),
  classify(context, config, pooled) {
    const rate = classifierDropout(config);
    const first = dropout(context, "classifier.dropout.0", pooled, rate);
    const thought = tf.tanh(linear(context, "classifier.dense", first));
    return linear(
      context,
      "classifier.out_proj",
      dropout(context, "classifier.dropout.1", thought, rate),
    );
  },
};

/** RobertaEmbeddings makes its table of positions last: the order of the optimiser's file, and of new weights. */
function inRobertaOrder([words, positions, ...rest]: readonly ParameterSpec[]): ParameterSpec[] {
  return [words, ...rest, positions].filter((spec) => spec !== undefined);
}

/** The padding id for padding, then one more for each token that is none (transformers, `create_position_ids_from_input_ids`). */
function positionsBehindPadding(rows: Rows, paddingId: number): tf.Tensor1D {
  const { inputIds } = rows;
  const isToken = tf.cast(tf.notEqual(inputIds, tf.scalar(paddingId, "int32")), "int32");
  const counted = tf.mul(tf.cumsum(isToken, 1), isToken);
  return rows.pick(tf.add(counted, tf.scalar(paddingId, "int32")) as tf.Tensor2D);
}
