// What the decoders after Llama share: config.json, attention with rotary positions and grouped heads, a gated feed-forward network,
// and the two heads. Each architecture's own file says how they are put together.
import type * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { GateName } from "../ops/gated/gated.ts";
import { headNorm } from "../ops/rms-norm/head-norm.ts";
import { type RmsNormOptions, rmsNorm as rmsNormOp } from "../ops/rms-norm/rms-norm.ts";
import { attentionDropout, probability } from "./dropout.ts";
import { feedForward, linear, linearParameters, projections } from "./linear.ts";
import type { ModelContext, ModelSizes, ParameterSpec } from "./model.ts";
import { addEmbeddingNoise } from "./neftune.ts";
import { parameter } from "./parameter.ts";
import { ropeShape } from "./rope-parameters.ts";
import type { Rows } from "./rows.ts";
import { lookUp } from "./token-embedding.ts";

const size = z.int().positive();

/** The keys of config.json that the forward pass reads. Defaults are those of transformers' LlamaConfig. */
export const decoderConfigShape = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  intermediate_size: size,
  hidden_act: z
    .literal("silu", { error: "Only the activation silu is known for this architecture." })
    .default("silu"),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive().default(1e-6),
  initializer_range: z.number().positive().default(0.02),
  attention_dropout: probability(0),
  tie_word_embeddings: z.boolean().default(false),
  ...ropeShape,
};
const decoderConfigSchema = z.looseObject(decoderConfigShape);
export type DecoderConfig = z.output<typeof decoderConfigSchema>;

/** A check of the whole config, for `.refine`. */
export const headsFit = (config: DecoderConfig): boolean =>
  config.num_attention_heads % keyHeadsOf(config) === 0 && headDimOf(config) % 2 === 0;
export const headsFitRule = {
  error:
    "num_key_value_heads must divide num_attention_heads, and the width of a head must be an even number.",
};

export const keyHeadsOf = (config: DecoderConfig): number =>
  config.num_key_value_heads ?? config.num_attention_heads;
export const headDimOf = (config: DecoderConfig): number =>
  config.head_dim ?? config.hidden_size / config.num_attention_heads;

/** Root-mean-square norm with `<name>.weight`. */
export function rmsNorm(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  epsilon: number,
  options?: RmsNormOptions,
): tf.Tensor2D {
  return rmsNormOp(x, parameter<tf.Tensor1D>(context, `${name}.weight`), epsilon, options);
}

/** Its parameter. */
export const rmsNormParameters = (name: string, width: number): ParameterSpec[] => [
  { name: `${name}.weight`, shape: [width], initializer: { type: "ones" } },
];

/** What the layers of one model differ in. */
export interface AttentionSettings {
  readonly heads: number;
  readonly keyHeads: number;
  readonly dropout: number;
  readonly frequencies: Float32Array;
  /** Tokens that a token sees, itself among them; absent for all. */
  readonly window?: number | undefined;
  /** What the scores are multiplied by; one over the root of the head's width where it is not given. */
  readonly scale?: number;
  /** The norm of each head of queries and keys, before it is turned; `offset` is added to its weight. */
  readonly norm?: { readonly epsilon: number; readonly offset: number };
}

/** Causal self-attention: `<name>.{q,k,v,o}_proj`. `residual` is added to what comes out. */
export function selfAttention(
  context: ModelContext,
  name: string,
  layer: number,
  x: tf.Tensor2D,
  rows: Rows,
  settings: AttentionSettings,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const { heads, keyHeads, frequencies, window, scale, norm } = settings;
  const names = [`${name}.q_proj`, `${name}.k_proj`, `${name}.v_proj`] as const;
  const together = projections(context, names, x);
  const find = (part: string) => parameter<tf.Tensor1D>(context, `${name}.${part}.weight`);
  const projected =
    norm === undefined
      ? together
      : headNorm(
          together,
          { query: find("q_norm"), key: find("k_norm") },
          { heads, keyHeads, ...norm },
        );
  const mixed = rows.attention(projected, {
    ...{ heads, keyHeads, causal: true, window, layer, frequencies, scale },
    dropout: attentionDropout(context, `${name}.dropout`, settings.dropout),
  });
  return linear(context, `${name}.o_proj`, mixed, residual === undefined ? {} : { residual });
}

/** Its projections. */
export function selfAttentionParameters(
  name: string,
  config: DecoderConfig,
  bias: { readonly inputs: boolean; readonly output: boolean },
): ParameterSpec[] {
  const { hidden_size: width, initializer_range: std } = config;
  const dim = headDimOf(config);
  const queries = config.num_attention_heads * dim;
  const keys = keyHeadsOf(config) * dim;
  return [
    ...linearParameters(`${name}.q_proj`, queries, width, std, bias.inputs),
    ...linearParameters(`${name}.k_proj`, keys, width, std, bias.inputs),
    ...linearParameters(`${name}.v_proj`, keys, width, std, bias.inputs),
    ...linearParameters(`${name}.o_proj`, width, queries, std, bias.output),
  ];
}

/** `down(activation(gate(x)) · up(x))`, plus the residual. */
export const gatedNetwork = (
  context: ModelContext,
  name: string,
  activation: GateName,
  x: tf.Tensor2D,
  residual?: tf.Tensor2D,
): tf.Tensor2D =>
  feedForward(
    context,
    {
      ...{ gate: `${name}.gate_proj`, up: `${name}.up_proj`, outer: `${name}.down_proj` },
      activation,
    },
    x,
    residual,
  );

/** The parameters of a gated network. */
export function gatedNetworkParameters(
  name: string,
  config: DecoderConfig,
  bias: boolean,
): ParameterSpec[] {
  const { hidden_size: width, intermediate_size: inner, initializer_range: std } = config;
  return [
    ...linearParameters(`${name}.gate_proj`, inner, width, std, bias),
    ...linearParameters(`${name}.up_proj`, inner, width, std, bias),
    ...linearParameters(`${name}.down_proj`, width, inner, std, bias),
  ];
}

/** Word embeddings, with NEFTune's noise where a run asks for it. */
export function embedTokens(context: ModelContext, name: string, rows: Rows): tf.Tensor2D {
  return addEmbeddingNoise(context, name, lookUp(context, name, rows.ids), rows.seq);
}

/** A classifier's head on the last token: one linear without a bias. */
export const scoreParameters = (numLabels: number, width: number, std: number): ParameterSpec[] =>
  linearParameters("score", numLabels, width, std, false);

interface OutputSizes {
  readonly vocab_size: number;
  readonly tie_word_embeddings: boolean;
  readonly initializer_range: number;
}

/** The table that turns hidden states into logits; none of its own where it is the table of the embeddings. */
export const outputParameters = (config: OutputSizes, width: number): ParameterSpec[] =>
  config.tie_word_embeddings
    ? []
    : linearParameters("lm_head", config.vocab_size, width, config.initializer_range, false);

/** Where that table stands: the name of its weight without the last part. */
export const outputWeight = (config: OutputSizes, embeddings: string): string =>
  config.tie_word_embeddings ? embeddings : "lm_head";

/** `window` gives the tokens that a token of a layer sees, where not all of them are seen. */
export const decoderSizes = (
  config: DecoderConfig,
  window?: (layer: number) => number | undefined,
): ModelSizes => ({
  layers: Array.from({ length: config.num_hidden_layers }, (_, layer) => ({
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    heads: config.num_attention_heads,
    attentionSize: config.num_attention_heads * headDimOf(config),
    keySize: keyHeadsOf(config) * headDimOf(config),
    isGated: true,
    window: window?.(layer),
  })),
  vocabularySize: config.vocab_size,
  maxLength: config.max_position_embeddings,
  pooledSize: config.hidden_size,
});
