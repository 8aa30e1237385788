// The files of a small BERT: any number of layers, random weights, the golden WordPiece tokenizer.
import { readFileSync } from "node:fs";
import { serializeSafetensors } from "../../../src/formats/safetensors.ts";
import { listParameters } from "../../../src/models/forward.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { initializeParameters } from "../../../src/trainer/initialize.ts";

/** One of the golden tokenizers' files. */
const goldenTokenizer = (name: "wordpiece" | "bytelevel-bpe"): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../golden/tokenizers/${name}.json`, import.meta.url)));

/** config.json of a BERT for sequence classification. */
const bertConfig = (layers: number, labels: readonly string[]) => ({
  model_type: "bert",
  architectures: ["BertForSequenceClassification"],
  vocab_size: 318,
  hidden_size: 32,
  num_hidden_layers: layers,
  num_attention_heads: 4,
  intermediate_size: 128,
  max_position_embeddings: 64,
  type_vocab_size: 2,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  pad_token_id: 0,
  id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
});

/** The folder's files; `change` may replace or delete some before they are read. */
export function bertFiles(layers = 2, labels: readonly string[] = ["bad", "good"]) {
  const config = bertConfig(layers, labels);
  const architecture = findArchitecture("bert");
  const specs = listParameters(
    architecture.parameters(architecture.configSchema.parse(config), labels.length),
  );
  const drawn = initializeParameters(specs, 7);
  const tensors = new Map(
    specs.map(({ name, shape }) => [
      name,
      { dtype: "F32" as const, shape, data: drawn.get(name) ?? new Float32Array() },
    ]),
  );
  return new Map<string, Uint8Array>([
    ["config.json", new TextEncoder().encode(JSON.stringify(config))],
    ["model.safetensors", serializeSafetensors(tensors)],
    ["tokenizer.json", goldenTokenizer("wordpiece")],
  ]);
}
