// Sentence embeddings (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084): an encoder whose text is the mean of its
// tokens' last hidden states, as sentence-transformers pools, with one linear layer on top. The encoder's own pooler is not used.

import { pooledEncoders, type SentencePooling } from "../formats/sentence-pooling.ts";
import { normalise } from "./l2-normalise.ts";
import { linear, linearParameters } from "./linear.ts";
import { meanPooledPython } from "./mean-pooled-python.ts";
import type { Architecture } from "./model.ts";

/** Hugging Face's usual `initializer_range`. */
const headRange = 0.02;
/** As in torch.nn.functional.normalize: a length below 1e-12 is taken for it. Here of the square. */
const epsilon = 1e-24;

/** An encoder with this pooling in place of its own head. */
export function meanPooled(encoder: Architecture, pooling: SentencePooling): Architecture {
  const { modelType } = encoder;
  return {
    ...encoder,
    classifierName: "MeanPooledForSequenceClassification",
    outputLayer: "classifier",
    pooling,
    python: meanPooledPython(pooledEncoders[modelType] ?? modelType, modelType),
    parameters: (config, numLabels) => ({
      ...encoder.parameters(config, numLabels),
      pooling: [],
      head: linearParameters("classifier", numLabels, encoder.sizes(config).pooledSize, headRange),
    }),
    pool(_context, _config, hidden, rows) {
      const mean = rows.mean(hidden);
      return pooling.normalize ? normalise(mean, epsilon) : mean;
    },
    classify: (context, _config, pooled) => linear(context, "classifier", pooled),
  };
}
