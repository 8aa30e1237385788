// Gemma 3 (Gemma Team 2025, https://arxiv.org/abs/2503.19786), its text model: norms before and behind each part, whose weight is
// added to 1; most layers see a window and turn by other angles than the ones that see all; embeddings scaled by the root of their
// width; a GELU gate.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import {
  decoderConfigShape,
  decoderSizes,
  embedTokens,
  gatedNetwork,
  gatedNetworkParameters,
  headDimOf,
  headsFit,
  headsFitRule,
  keyHeadsOf,
  outputParameters,
  outputWeight,
  rmsNorm,
  scoreParameters,
  selfAttention,
  selfAttentionParameters,
} from "./decoder.ts";
import { linear } from "./linear.ts";
import type { Architecture, ModelContext, ParameterSpec } from "./model.ts";
import { frequenciesOf, ropeOf, ropeParametersSchema } from "./rope-parameters.ts";
import type { Rows } from "./rows.ts";
import { tableParameters } from "./token-embedding.ts";

const embeddings = "model.embed_tokens";
const noCapping = z.null({ error: "Capped logits are not known." }).default(null);

const layerTypes = ["sliding_attention", "full_attention"] as const;
type LayerType = (typeof layerTypes)[number];

const { hidden_act: _silu, rope_parameters: _one, ...shape } = decoderConfigShape;

const configSchema = z
  .looseObject({
    ...shape,
    model_type: z.literal("gemma3_text"),
    head_dim: decoderConfigShape.head_dim.default(256),
    hidden_activation: z
      .literal("gelu_pytorch_tanh", { error: "Only the activation gelu_pytorch_tanh is known." })
      .default("gelu_pytorch_tanh"),
    query_pre_attn_scalar: z.number().positive().default(256),
    attention_bias: z.boolean().default(false),
    attn_logit_softcapping: noCapping,
    final_logit_softcapping: noCapping,
    use_bidirectional_attention: z
      .literal(false, { error: "Attention in both directions is no language model's." })
      .default(false),
    sliding_window: z.int().positive().default(4096),
    /** Every so many layers one sees all, where `layer_types` does not say. */
    sliding_window_pattern: z.int().positive().default(6),
    layer_types: z.array(z.enum(layerTypes)).nullish(),
    rope_parameters: z
      .object({ full_attention: ropeParametersSchema, sliding_attention: ropeParametersSchema })
      .nullish(),
    /** Older files: the sliding layers' base. */
    rope_local_base_freq: z.number().positive().default(10_000),
    rope_theta: z.number().positive().default(1_000_000),
    tie_word_embeddings: z.boolean().default(true),
  })
  .refine(
    (config) => headsFit({ ...config, hidden_act: "silu", rope_parameters: null }),
    headsFitRule,
  );
type Gemma3Config = z.output<typeof configSchema>;

/** Gemma3ForCausalLM and Gemma3TextForSequenceClassification. */
export const gemma3Text: Architecture<Gemma3Config> = {
  modelType: "gemma3_text",
  classifierName: "Gemma3TextForSequenceClassification",
  basePrefix: "model.",
  outputLayer: "score",
  configSchema,
  parameters: (config, numLabels) => ({
    embeddings: tableParameters(
      embeddings,
      config.vocab_size,
      config.hidden_size,
      config.initializer_range,
    ),
    layers: Array.from({ length: config.num_hidden_layers }, (_, index) =>
      layerParameters(config, `model.layers.${index}`),
    ),
    pooling: normParameters("model.norm", config.hidden_size),
    head: scoreParameters(numLabels, config.hidden_size, config.initializer_range),
  }),
  sizes: (config) => decoderSizes(asDecoder(config), (layer) => windowOf(config, layer)),
  embed: (context, config, rows) =>
    tf.mul(embedTokens(context, embeddings, rows), Math.sqrt(config.hidden_size)),
  layer,
  pool: (context, config, hidden, rows) =>
    norm(context, "model.norm", rows.last(hidden), config.rms_norm_eps),
  classify: (context, _config, pooled) => linear(context, "score", pooled),
  language: {
    className: "Gemma3ForCausalLM",
    parameters: (config) => outputParameters(config, config.hidden_size),
    weight: (config) => outputWeight(config, embeddings),
    finish: (context, config, hidden) => norm(context, "model.norm", hidden, config.rms_norm_eps),
  },
};

function layer(
  context: ModelContext,
  config: Gemma3Config,
  index: number,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const name = `model.layers.${index}`;
  const normed = (part: string, x: tf.Tensor2D, residual?: tf.Tensor2D) =>
    norm(context, `${name}.${part}`, x, config.rms_norm_eps, residual);
  const type = layerType(config, index);
  const attended = selfAttention(
    context,
    `${name}.self_attn`,
    index,
    normed("input_layernorm", hidden),
    rows,
    {
      heads: config.num_attention_heads,
      keyHeads: keyHeadsOf(asDecoder(config)),
      dropout: config.attention_dropout,
      frequencies: frequencies(config, type),
      window: windowOf(config, index),
      scale: config.query_pre_attn_scalar ** -0.5,
      norm: { epsilon: config.rms_norm_eps, offset: 1 },
    },
  );
  const thought = normed("post_attention_layernorm", attended, hidden);
  const read = normed("pre_feedforward_layernorm", thought);
  const worked = gatedNetwork(context, `${name}.mlp`, "geluTanh", read);
  return normed("post_feedforward_layernorm", worked, thought);
}

/** The weight says how far a scale is from 1, so that decay pulls it there. The residual is added to what is normalised. */
const norm = (
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  epsilon: number,
  residual?: tf.Tensor2D,
): tf.Tensor2D => rmsNorm(context, name, x, epsilon, { offset: 1, ...(residual && { residual }) });

const normParameters = (name: string, width: number): ParameterSpec[] => [
  { name: `${name}.weight`, shape: [width], initializer: { type: "zeros" } },
];

function layerParameters(config: Gemma3Config, name: string): ParameterSpec[] {
  const own = asDecoder(config);
  const bias = config.attention_bias;
  const width = config.hidden_size;
  return [
    ...selfAttentionParameters(`${name}.self_attn`, own, { inputs: bias, output: bias }),
    ...normParameters(`${name}.self_attn.q_norm`, headDimOf(own)),
    ...normParameters(`${name}.self_attn.k_norm`, headDimOf(own)),
    ...gatedNetworkParameters(`${name}.mlp`, own, false),
    ...normParameters(`${name}.input_layernorm`, width),
    ...normParameters(`${name}.post_attention_layernorm`, width),
    ...normParameters(`${name}.pre_feedforward_layernorm`, width),
    ...normParameters(`${name}.post_feedforward_layernorm`, width),
  ];
}

const windowOf = (config: Gemma3Config, index: number) =>
  layerType(config, index) === "sliding_attention" ? config.sliding_window : undefined;

function layerType(config: Gemma3Config, index: number): LayerType {
  const isFull = (index + 1) % config.sliding_window_pattern === 0;
  return config.layer_types?.[index] ?? (isFull ? "full_attention" : "sliding_attention");
}

/** Each config has two sets of angles: the keys under which they are kept. */
const owners = new WeakMap<object, Record<LayerType, object>>();

function frequencies(config: Gemma3Config, type: LayerType): Float32Array {
  const own = owners.get(config) ?? { full_attention: {}, sliding_attention: {} };
  owners.set(config, own);
  return frequenciesOf(own[type], headDimOf(asDecoder(config)), () => {
    const given = config.rope_parameters?.[type];
    if (given !== undefined) return ropeOf({ rope_parameters: given });
    return type === "sliding_attention"
      ? ropeOf({ rope_theta: config.rope_local_base_freq })
      : ropeOf({ rope_theta: config.rope_theta, rope_scaling: config.rope_scaling });
  });
}

const asDecoder = (config: Gemma3Config) => ({
  ...config,
  hidden_act: "silu" as const,
  rope_parameters: null,
});
