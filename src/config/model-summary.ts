// A loaded base model as the page sees it: sizes and a tree, no tensors.
import type { HubSource } from "./hub.ts";

/** A module or a parameter of the architecture tree. */
export interface ArchitectureNode {
  /** Last part of its Hugging Face name. */
  readonly name: string;
  /** Shape of a parameter; absent for a module. */
  readonly shape?: readonly number[];
  readonly parameterCount: number;
  /** Bytes in its file. */
  readonly bytes: number;
  /** Stored dtype, such as "F16"; several are joined by a comma. */
  readonly dtype: string;
  /** Widths of a transformer layer; absent for every other node. */
  readonly layer?: LayerSummary;
  readonly children: readonly ArchitectureNode[];
}

/** A base model that can be chosen. */
export interface ModelOption {
  /** `model_name_or_path`. */
  readonly id: string;
  readonly name: string;
  readonly source: "embedded" | "stored";
  /** Size of its files, where they lie in this browser. */
  readonly storedBytes?: number;
  /** Where on the Hub it came from; absent for every other model. */
  readonly hub?: HubSource;
  /** Milliseconds since 1970 of its last loading; absent where it was never loaded here. */
  readonly lastUsed?: number;
  /** The temperature that suits its chains of thought, where it was measured. */
  readonly chainTemperature?: number;
}

/** What a config.json tells of a model before its weights are read. */
export type ModelOutline = Pick<
  ModelSummary,
  "modelType" | "parameterCount" | "maxLength" | "vocabularySize" | "layers" | "counts"
>;

/** Widths of one transformer layer. */
interface LayerSummary {
  readonly hiddenSize: number;
  /** Neurons of the feed-forward network. */
  readonly intermediateSize: number;
  readonly heads: number;
  /** Heads times their dimension, and the same of keys and values; the hidden size where they are not given. */
  readonly attentionSize?: number;
  readonly keySize?: number;
  /** The network has a gate: a product of as many neurons again. */
  readonly isGated?: boolean;
}

/** How many parameters each part of a classifier has. */
export interface ParameterCounts {
  readonly embeddings: number;
  /** One number a transformer layer, from the lowest. */
  readonly layers: readonly number[];
  readonly pooling: number;
  /** The head without its output layer. */
  readonly head: number;
  /** The output layer, for one label. */
  readonly eachLabel: number;
  /** Of a language model: output embeddings of its own, 0 where they are the input's; null for an encoder. */
  readonly languageHead: number | null;
}

export interface ModelSummary extends ModelOption {
  readonly modelType: string;
  /** How a sentence-transformers model makes one vector of a text; absent where the architecture has its own way. */
  readonly pooling?: { readonly mode: "mean"; readonly normalize: boolean };
  readonly parameterCount: number;
  /** Size of the weights file. */
  readonly bytes: number;
  readonly dtype: string;
  /** Longest input in tokens. */
  readonly maxLength: number;
  readonly vocabularySize: number;
  readonly pooledSize: number;
  /** From the lowest. */
  readonly layers: readonly LayerSummary[];
  readonly counts: ParameterCounts;
  /** Classes that its classification head knows, or null where it has none. */
  readonly labels: readonly string[] | null;
  /** Tensors of its file that a classifier does not use. */
  readonly ignored: readonly string[];
  /** Without one it takes rows of token ids alone. */
  readonly hasTokenizer: boolean;
  /** Parameters of the head that its file lacks: each run draws them from its seed. */
  readonly drawn: readonly string[];
  readonly tree: ArchitectureNode;
}
