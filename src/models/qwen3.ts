// Qwen3 (Yang et al. 2025, https://arxiv.org/abs/2505.09388): Qwen2 without biases, with a norm of each head of queries and keys.
import { z } from "zod";
import { decoderConfigShape, headsFit, headsFitRule } from "./decoder.ts";
import { llamaArchitecture } from "./llama.ts";
import { qwenWindow, qwenWindowShape } from "./qwen2.ts";

const configSchema = z
  .looseObject({
    ...decoderConfigShape,
    ...qwenWindowShape,
    model_type: z.literal("qwen3"),
    /** Transformers' own default, however many heads there are. */
    head_dim: decoderConfigShape.head_dim.default(128),
    attention_bias: z.boolean().default(false),
  })
  .refine(headsFit, headsFitRule);

/** Qwen3ForCausalLM and Qwen3ForSequenceClassification. */
export const qwen3 = llamaArchitecture<z.output<typeof configSchema>>({
  modelType: "qwen3",
  className: "Qwen3",
  configSchema,
  attentionBias: ({ attention_bias: bias }) => ({ inputs: bias, output: bias }),
  networkBias: () => false,
  normsHeads: true,
  window: qwenWindow,
});
