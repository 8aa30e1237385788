// The GPT-like model from the studio's ops.
import * as tf from "@tensorflow/tfjs-core";
import { attention } from "../../src/ops/attention/attention.ts";
import { embedding } from "../../src/ops/embedding/embedding.ts";
import { geluTanh } from "../../src/ops/gelu/gelu.ts";
import { layerNorm } from "../../src/ops/layer-norm/layer-norm.ts";
import { linear } from "../../src/ops/linear/linear.ts";
import { type GptSize, layerNormEpsilon } from "./gpt-size.ts";

/** Logits `[batch * seq, vocabulary]`. */
export function gptLogits(
  parameters: ReadonlyMap<string, tf.Tensor>,
  { batch, seq, heads, layers }: GptSize,
  ids: Int32Array,
): tf.Tensor2D {
  const weight = (name: string) => parameters.get(`${name}.weight`) as tf.Tensor2D;
  const bias = (name: string) => parameters.get(`${name}.bias`) as tf.Tensor1D;
  const norm = (name: string, x: tf.Tensor2D) =>
    layerNorm(x, parameters.get(`${name}.weight`) as tf.Tensor1D, bias(name), layerNormEpsilon);
  const project = (name: string, x: tf.Tensor2D, residual?: tf.Tensor2D) =>
    linear(x, weight(name), bias(name), residual === undefined ? {} : { residual });

  const tokens = { attentionMask: tf.ones<tf.Rank.R2>([batch, seq], "int32") };
  const words = embedding(weight("wte"), tf.tensor1d(ids, "int32"));
  const places = Int32Array.from(ids, (_, i) => i % seq);
  let x: tf.Tensor2D = tf.add(words, embedding(weight("wpe"), tf.tensor1d(places, "int32")));
  for (let layer = 0; layer < layers; layer++) {
    const name = `h.${layer}`;
    const qkv = project(`${name}.attn.c_attn`, norm(`${name}.ln_1`, x));
    const mixed = attention(qkv, tokens, { heads, causal: true });
    x = project(`${name}.attn.c_proj`, mixed, x);
    const inner = geluTanh(project(`${name}.mlp.c_fc`, norm(`${name}.ln_2`, x)));
    x = project(`${name}.mlp.c_proj`, inner, x);
  }
  return linear(norm("ln_f", x), weight("wte"));
}
