// The architectures that the studio can train.
import { StudioError } from "../lib/errors.ts";
import { bert } from "./bert.ts";
import { distilbert } from "./distilbert.ts";
import { gemma3Text } from "./gemma3-text.ts";
import { gpt2 } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import type { Architecture } from "./model.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { roberta } from "./roberta.ts";
import { universalSentenceEncoder } from "./universal-sentence-encoder.ts";

const architectures: readonly Architecture[] = [
  bert,
  roberta,
  distilbert,
  universalSentenceEncoder,
  gpt2,
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma3Text,
];

/** The architecture of a config.json's `model_type`. @throws StudioError that lists the known ones. */
export function findArchitecture(modelType: unknown): Architecture {
  const found = architectures.find((architecture) => architecture.modelType === modelType);
  if (found !== undefined) return found;
  const known = architectures.map((architecture) => architecture.modelType).join(", ");
  const what =
    typeof modelType === "string"
      ? `The studio does not know the architecture "${modelType}".`
      : "config.json has no model_type, so the architecture is unknown.";
  throw new StudioError(what, {
    hint: `Choose a model whose config.json has one of these model types: ${known}.`,
  });
}
