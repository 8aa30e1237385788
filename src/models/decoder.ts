// What the decoders after Llama share: config.json, attention with rotary positions and grouped heads, a gated feed-forward network,
// and the two heads. Each architecture's own file says how they are put together.
import * as tf from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { Projections } from "../ops/attention/attention.ts";
import { rmsNorm as rmsNormOp } from "../ops/rms-norm/rms-norm.ts";
import { rope } from "../ops/rope/rope.ts";
import { swiglu } from "../ops/swiglu/swiglu.ts";
import { swigluLinear } from "../ops/swiglu/swiglu-linear.ts";
import { attentionDropout, probability } from "./dropout.ts";
import { linear, linearParameters, projections } from "./linear.ts";
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
): tf.Tensor2D {
  return rmsNormOp(x, parameter<tf.Tensor1D>(context, `${name}.weight`), epsilon);
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
  /** A norm of each head of queries and keys, before it is turned. */
  normHead?(name: string, heads: tf.Tensor2D): tf.Tensor2D;
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
  const { heads, keyHeads, frequencies, window } = settings;
  const dim = frequencies.length * 2;
  const turn = (projected: tf.Tensor2D, count: number, rest = 0) =>
    rope(projected, rows.positions, { heads: count, frequencies, length: rows.length, rest });
  const place = (projected: tf.Tensor2D, projection: "q" | "k", count: number) => {
    if (settings.normHead === undefined) return turn(projected, count);
    const apart = tf.reshape(projected, [-1, dim]) as tf.Tensor2D;
    const normed = settings.normHead(`${name}.${projection}_norm`, apart);
    return turn(tf.reshape(normed, [-1, count * dim]), count);
  };
  // The operation divides the scores by the root of the head's width.
  const stretch = (settings.scale ?? 1 / Math.sqrt(dim)) * Math.sqrt(dim);
  const isPlain = Math.abs(stretch - 1) < 1e-12;
  const project = (projection: string) => linear(context, `${name}.${projection}_proj`, x);
  const together =
    settings.normHead === undefined && isPlain
      ? projections(context, [`${name}.q_proj`, `${name}.k_proj`, `${name}.v_proj`] as const, x)
      : ([project("q"), project("k"), project("v")] as const);
  let placed: Projections;
  if (together instanceof tf.Tensor) placed = turn(together, heads + keyHeads, keyHeads * dim);
  else {
    const queries = place(together[0], "q", heads);
    placed = [
      isPlain ? queries : tf.mul(queries, stretch),
      place(together[1], "k", keyHeads),
      together[2],
    ];
  }
  const mixed = rows.attention(placed, {
    ...{ heads, keyHeads, causal: true, window, layer },
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

/** SwiGLU: `down(silu(gate(x)) · up(x))`, plus the residual. */
export function swigluNetwork(
  context: ModelContext,
  name: string,
  x: tf.Tensor2D,
  residual: tf.Tensor2D,
): tf.Tensor2D {
  const both = projections(context, [`${name}.gate_proj`, `${name}.up_proj`] as const, x);
  const down = `${name}.down_proj`;
  if (!(both instanceof tf.Tensor)) {
    return linear(context, down, swiglu(both[0], both[1]), { residual });
  }
  if (!context.parameters.has(`${down}.bias`)) {
    return swigluLinear(both, parameter<tf.Tensor2D>(context, `${down}.weight`), residual);
  }
  const [gate, up] = tf.split(both, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return linear(context, down, swiglu(gate, up), { residual });
}

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

export const decoderSizes = (config: DecoderConfig): ModelSizes => ({
  layers: Array.from({ length: config.num_hidden_layers }, () => ({
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    heads: config.num_attention_heads,
    isGated: true,
  })),
  vocabularySize: config.vocab_size,
  maxLength: config.max_position_embeddings,
  pooledSize: config.hidden_size,
});
