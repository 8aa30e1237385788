// Mistral (Jiang et al. 2023, https://arxiv.org/abs/2310.06825): a Llama in which a token may see only the last ones.
import { z } from "zod";
import { decoderConfigShape, headsFit, headsFitRule } from "./decoder.ts";
import { llamaArchitecture } from "./llama.ts";

/** MistralForCausalLM and MistralForSequenceClassification. */
export const mistral = llamaArchitecture({
  modelType: "mistral",
  className: "Mistral",
  configSchema: z
    .looseObject({
      ...decoderConfigShape,
      model_type: z.literal("mistral"),
      sliding_window: z.int().positive().nullish(),
    })
    .refine(headsFit, headsFitRule),
  attentionBias: () => ({ inputs: false, output: false }),
  networkBias: () => false,
  window: ({ sliding_window }) => sliding_window ?? undefined,
});
