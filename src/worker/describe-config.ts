// What a config.json alone tells of a model: whether the studio can read it, and how large it is. No weights are needed.
import type { ModelOutline } from "../config/model-summary.ts";
import { StudioError } from "../lib/errors.ts";
import { findArchitecture } from "../models/registry.ts";
import { countParameters, parseConfig, parseJson } from "./base-model.ts";

/** @throws StudioError for an unknown architecture, a quantised model, or a key that the architecture cannot run. */
export function describeConfig(text: string): ModelOutline {
  const config = parseJson(new TextEncoder().encode(text), "config.json");
  const architecture = findArchitecture(config.model_type);
  refuseQuantized(config.quantization_config);
  const parsed = parseConfig(architecture, config);
  const sizes = architecture.sizes(parsed);
  const counts = countParameters(architecture, parsed, architecture.parameters(parsed, 1));
  const { embeddings, layers, pooling, head, languageHead } = counts;
  const base = embeddings + layers.reduce((sum, layer) => sum + layer, 0) + pooling;
  return {
    modelType: architecture.modelType,
    parameterCount: base + (languageHead ?? head),
    maxLength: sizes.maxLength,
    vocabularySize: sizes.vocabularySize,
    layers: sizes.layers,
    counts,
  };
}

function refuseQuantized(quantization: unknown): void {
  if (typeof quantization !== "object" || quantization === null) return;
  const { quant_method: method } = quantization as { quant_method?: unknown };
  throw new StudioError(
    `This model is quantised (${typeof method === "string" ? method : "quantization_config in config.json"}).`,
    { hint: "Choose the model that it was made from: its weights are F32, F16 or BF16." },
  );
}
