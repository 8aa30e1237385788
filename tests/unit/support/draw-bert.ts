// A BERT of any size in memory, with a head, dropout and a batch, for tests of whole training steps.
import { collate } from "../../../src/data/collate.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { createClassifier, logitsOf, trainingNoise } from "../../../src/trainer/classifier.ts";

interface BertSize {
  readonly hidden: number;
  readonly layers: number;
  readonly rows: number;
  readonly length: number;
}

const vocabulary = 300;

/** Weights and texts are the same on every call; the texts have no padding. `step` decides what dropout drops. */
export function drawBert({ hidden, layers, rows, length }: BertSize) {
  const architecture = findArchitecture("bert");
  const config = architecture.configSchema.parse({
    ...{ model_type: "bert", vocab_size: vocabulary, hidden_size: hidden },
    ...{ num_hidden_layers: layers, num_attention_heads: 4, intermediate_size: 4 * hidden },
    ...{ max_position_embeddings: length, type_vocab_size: 2, pad_token_id: 0 },
    ...{ hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
  });
  const classifier = createClassifier({
    ...{ architecture, config, labels: ["bad", "good"], weights: new Map(), seed: 1 },
  });
  const examples = Array.from({ length: rows }, (_, row) => ({
    ids: Array.from({ length }, (_, place) => 1 + ((row * 31 + place * 7) % (vocabulary - 1))),
    label: row % 2,
  }));
  const batch = collate(examples, 0);
  const logits = (step = 0, from = classifier) =>
    logitsOf(from, batch, trainingNoise({ seed: 1, neftune_noise_alpha: null }, step, 0));
  return { classifier, batch, labels: batch.labels, logits };
}
