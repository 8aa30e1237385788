// Qwen2 (Yang et al. 2024, https://arxiv.org/abs/2407.10671): a Llama with biases on queries, keys and values.
import { z } from "zod";
import { decoderConfigShape, headsFit, headsFitRule } from "./decoder.ts";
import { llamaArchitecture } from "./llama.ts";

/** The keys that Qwen2 and Qwen3 have beside Llama's: upper layers may see a window alone. */
export const qwenWindowShape = {
  use_sliding_window: z.boolean().default(false),
  sliding_window: z.int().positive().nullish(),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: z.array(z.enum(["full_attention", "sliding_attention"])).nullish(),
};

/** Tokens that a token of this layer sees; undefined for all. */
export function qwenWindow(
  config: z.output<z.ZodObject<typeof qwenWindowShape>>,
  layer: number,
): number | undefined {
  if (!config.use_sliding_window) return undefined;
  const isSliding =
    config.layer_types === null || config.layer_types === undefined
      ? layer >= config.max_window_layers
      : config.layer_types[layer] === "sliding_attention";
  return isSliding ? (config.sliding_window ?? undefined) : undefined;
}

const configSchema = z
  .looseObject({ ...decoderConfigShape, ...qwenWindowShape, model_type: z.literal("qwen2") })
  .refine(headsFit, headsFitRule);

/** Qwen2ForCausalLM and Qwen2ForSequenceClassification. */
export const qwen2 = llamaArchitecture<z.output<typeof configSchema>>({
  modelType: "qwen2",
  className: "Qwen2",
  configSchema,
  attentionBias: () => ({ inputs: true, output: false }),
  networkBias: () => false,
  window: qwenWindow,
});
