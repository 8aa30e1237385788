// Llama (Touvron et al. 2023, https://arxiv.org/abs/2302.13971): RMS norms before each part, rotary positions, grouped heads of keys
// and values (Ainslie et al. 2023), SwiGLU. SmolLM and TinyLlama are Llamas by their config.json, and Mistral nearly is.
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import {
  type DecoderConfig,
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
  rmsNormParameters,
  scoreParameters,
  selfAttention,
  selfAttentionParameters,
} from "./decoder.ts";
import { linear } from "./linear.ts";
import type { Architecture, ModelContext } from "./model.ts";
import { frequenciesOf, ropeOf } from "./rope-parameters.ts";
import type { Rows } from "./rows.ts";
import { tableParameters } from "./token-embedding.ts";

const embeddings = "model.embed_tokens";

/** LlamaForCausalLM and LlamaForSequenceClassification. */
export const llama = llamaArchitecture({
  modelType: "llama",
  className: "Llama",
  configSchema: z
    .looseObject({
      ...decoderConfigShape,
      model_type: z.literal("llama"),
      attention_bias: z.boolean().default(false),
      mlp_bias: z.boolean().default(false),
      pretraining_tp: z.literal(1, { error: "Only pretraining_tp 1 is known." }).default(1),
    })
    .refine(headsFit, headsFitRule),
  attentionBias: ({ attention_bias: bias }) => ({ inputs: bias, output: bias }),
  networkBias: ({ mlp_bias }) => mlp_bias,
});

/** What sets an architecture of this build apart. */
interface LlamaVariant<Config extends DecoderConfig> {
  readonly modelType: string;
  /** What the classes in transformers begin with. */
  readonly className: string;
  readonly configSchema: z.ZodType<Config>;
  attentionBias(config: Config): { readonly inputs: boolean; readonly output: boolean };
  networkBias(config: Config): boolean;
  /** Whether each head of queries and keys is normalised. */
  readonly normsHeads?: boolean;
  /** Tokens that a token of this layer sees; undefined for all. */
  window?(config: Config, layer: number): number | undefined;
}

/** An architecture of Llama's build. */
export function llamaArchitecture<Config extends DecoderConfig>(
  variant: LlamaVariant<Config>,
): Architecture<Config> {
  const layerName = (index: number) => `model.layers.${index}`;
  return {
    modelType: variant.modelType,
    classifierName: `${variant.className}ForSequenceClassification`,
    basePrefix: "model.",
    outputLayer: "score",
    configSchema: variant.configSchema,
    parameters: (config, numLabels) => ({
      embeddings: tableParameters(
        embeddings,
        config.vocab_size,
        config.hidden_size,
        config.initializer_range,
      ),
      layers: Array.from({ length: config.num_hidden_layers }, (_, index) => [
        // In transformers' order, which optimizer.pt counts by.
        ...selfAttentionParameters(
          `${layerName(index)}.self_attn`,
          config,
          variant.attentionBias(config),
        ),
        ...(variant.normsHeads === true
          ? ["q_norm", "k_norm"].flatMap((norm) =>
              rmsNormParameters(`${layerName(index)}.self_attn.${norm}`, headDimOf(config)),
            )
          : []),
        ...gatedNetworkParameters(`${layerName(index)}.mlp`, config, variant.networkBias(config)),
        ...rmsNormParameters(`${layerName(index)}.input_layernorm`, config.hidden_size),
        ...rmsNormParameters(`${layerName(index)}.post_attention_layernorm`, config.hidden_size),
      ]),
      pooling: rmsNormParameters("model.norm", config.hidden_size),
      head: scoreParameters(numLabels, config.hidden_size, config.initializer_range),
    }),
    sizes: (config) => decoderSizes(config, (layer) => variant.window?.(config, layer)),
    embed: (context, _config, rows) => embedTokens(context, embeddings, rows),
    layer: (context, config, index, hidden, rows) =>
      layer(context, variant, config, index, hidden, rows),
    pool: (context, config, hidden, rows) =>
      rmsNorm(context, "model.norm", rows.last(hidden), config.rms_norm_eps),
    classify: (context, _config, pooled) => linear(context, "score", pooled),
    language: {
      className: `${variant.className}ForCausalLM`,
      parameters: (config) => outputParameters(config, config.hidden_size),
      weight: (config) => outputWeight(config, embeddings),
      finish: (context, config, hidden) =>
        rmsNorm(context, "model.norm", hidden, config.rms_norm_eps),
    },
  };
}

function layer<Config extends DecoderConfig>(
  context: ModelContext,
  variant: LlamaVariant<Config>,
  config: Config,
  index: number,
  hidden: tf.Tensor2D,
  rows: Rows,
): tf.Tensor2D {
  const name = `model.layers.${index}`;
  const norm = (part: string, x: tf.Tensor2D) =>
    rmsNorm(context, `${name}.${part}`, x, config.rms_norm_eps);
  const attended = selfAttention(
    context,
    `${name}.self_attn`,
    index,
    norm("input_layernorm", hidden),
    rows,
    {
      heads: config.num_attention_heads,
      keyHeads: keyHeadsOf(config),
      dropout: config.attention_dropout,
      frequencies: frequenciesOf(config, headDimOf(config), () => ropeOf(config)),
      window: variant.window?.(config, index),
      ...(variant.normsHeads === true && { norm: { epsilon: config.rms_norm_eps, offset: 0 } }),
    },
    hidden,
  );
  const read = norm("post_attention_layernorm", attended);
  return gatedNetwork(context, `${name}.mlp`, "silu", read, attended);
}
