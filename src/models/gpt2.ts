// GPT-2 (Radford et al. 2019): learned positions, layer norms before each part, one product for queries, keys and values, and
// weights that lie the other way round (Conv1D, `[in, out]`).
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import { dropoutAdd } from "../ops/dropout/dropout.ts";
import { activationOf, activationSchema } from "./activation.ts";
import { embedTokens, outputParameters, outputWeight, scoreParameters } from "./decoder.ts";
import { attentionDropout, dropout, probability } from "./dropout.ts";
import { feedForward, linear, linearConv1d } from "./linear.ts";
import type { Architecture, ModelContext, ParameterSpec } from "./model.ts";
import { norm, normParameters } from "./norm.ts";
import type { Rows } from "./rows.ts";
import { lookUp, tableParameters } from "./token-embedding.ts";

const words = "transformer.wte";
const places = "transformer.wpe";
const lastNorm = "transformer.ln_f";

const size = z.int().positive();

const configSchema = z
  .looseObject({
    model_type: z.literal("gpt2"),
    vocab_size: size,
    n_embd: size,
    n_layer: size,
    n_head: size,
    n_inner: size.nullish(),
    n_positions: size,
    activation_function: activationSchema.default("gelu_new"),
    layer_norm_epsilon: z.number().positive().default(1e-5),
    initializer_range: z.number().positive().default(0.02),
    resid_pdrop: probability(0.1),
    embd_pdrop: probability(0.1),
    attn_pdrop: probability(0.1),
    scale_attn_weights: z
      .literal(true, { error: "Only scaled scores are known (scale_attn_weights)." })
      .default(true),
    scale_attn_by_inverse_layer_idx: z
      .literal(false, { error: "Scores scaled by their layer are not known." })
      .default(false),
    add_cross_attention: z
      .literal(false, { error: "A decoder of an encoder cannot be trained alone." })
      .default(false),
    tie_word_embeddings: z.boolean().default(true),
  })
  .refine((config) => config.n_embd % config.n_head === 0, { error: "n_head must divide n_embd." });
type Gpt2Config = z.output<typeof configSchema>;

/** GPT2LMHeadModel and GPT2ForSequenceClassification. */
export const gpt2: Architecture<Gpt2Config> = {
  modelType: "gpt2",
  classifierName: "GPT2ForSequenceClassification",
  basePrefix: "transformer.",
  outputLayer: "score",
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: [
      ...tableParameters(words, config.vocab_size, config.n_embd, config.initializer_range),
      ...tableParameters(places, config.n_positions, config.n_embd, config.initializer_range),
    ],
    layers: Array.from({ length: config.n_layer }, (_, index) =>
      layerParameters(config, `transformer.h.${index}`),
    ),
    pooling: normParameters(lastNorm, config.n_embd),
    head: scoreParameters(numLabels, config.n_embd, config.initializer_range),
  }),
  sizes: (config) => ({
    layers: Array.from({ length: config.n_layer }, () => ({
      hiddenSize: config.n_embd,
      intermediateSize: config.n_inner ?? 4 * config.n_embd,
      heads: config.n_head,
    })),
    vocabularySize: config.vocab_size,
    maxLength: config.n_positions,
    pooledSize: config.n_embd,
  }),
  embed(context, config, rows) {
    const placed = lookUp(context, places, rows.positions);
    const sum: tf.Tensor2D = tf.add(embedTokens(context, words, rows), placed);
    return dropout(context, "transformer.drop", sum, config.embd_pdrop);
  },
  layer,
  pool: (context, config, hidden, rows) =>
    norm(context, lastNorm, rows.last(hidden), config.layer_norm_epsilon),
  classify: (context, _config, pooled) => linear(context, "score", pooled),
  language: {
    className: "GPT2LMHeadModel",
    parameters: (config) => outputParameters(config, config.n_embd),
    weight: (config) => outputWeight(config, words),
    finish: (context, config, hidden) => norm(context, lastNorm, hidden, config.layer_norm_epsilon),
  },
};

function layer(
  context: ModelContext,
  config: Gpt2Config,
  index: number,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const name = `transformer.h.${index}`;
  const { layer_norm_epsilon: epsilon, resid_pdrop: dropped } = config;
  const read = norm(context, `${name}.ln_1`, hidden, epsilon);
  const mixed = rows.attention(linearConv1d(context, `${name}.attn.c_attn`, read), {
    ...{ heads: config.n_head, causal: true, layer: index },
    dropout: attentionDropout(context, `${name}.attn.attn_dropout`, config.attn_pdrop),
  });
  const attended = addPart(context, `${name}.attn`, hidden, dropped, (residual) =>
    linearConv1d(context, `${name}.attn.c_proj`, mixed, residual),
  );
  const seen = norm(context, `${name}.ln_2`, attended, epsilon);
  const network = {
    ...{ inner: `${name}.mlp.c_fc`, outer: `${name}.mlp.c_proj`, isConv1d: true },
    activation: activationOf(config.activation_function),
  };
  return addPart(context, `${name}.mlp`, attended, dropped, (residual) =>
    feedForward(context, network, seen, residual),
  );
}

/** What went in, plus a part of the layer, dropped out. `part` adds the residual itself where it is given one. */
function addPart(
  context: ModelContext,
  name: string,
  residual: tf.Tensor2D,
  dropped: number,
  part: (residual?: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D {
  const { noise } = context;
  if (noise === undefined || dropped === 0) return part(residual);
  return dropoutAdd(part(), residual, dropped, noise.keyOf(`${name}.dropout`));
}

function layerParameters(config: Gpt2Config, name: string): ParameterSpec[] {
  const { n_embd: width, initializer_range: std, n_inner, n_layer } = config;
  const inner = n_inner ?? 4 * width;
  // The projections back into the stream are drawn smaller, the deeper the model is.
  const back = { std: std / Math.sqrt(2 * n_layer), isRedrawn: true };
  return [
    ...normParameters(`${name}.ln_1`, width),
    ...conv1dParameters(`${name}.attn.c_attn`, width, 3 * width, { std }),
    ...conv1dParameters(`${name}.attn.c_proj`, width, width, back),
    ...normParameters(`${name}.ln_2`, width),
    ...conv1dParameters(`${name}.mlp.c_fc`, width, inner, { std }),
    ...conv1dParameters(`${name}.mlp.c_proj`, inner, width, back),
  ];
}

const conv1dParameters = (
  name: string,
  inSize: number,
  outSize: number,
  drawn: { readonly std: number; readonly isRedrawn?: boolean },
): ParameterSpec[] => [
  {
    ...{ name: `${name}.weight`, shape: [inSize, outSize] },
    initializer: { type: "normal", ...drawn },
    constructed: "normal",
  },
  { name: `${name}.bias`, shape: [outSize], initializer: { type: "zeros" } },
];
