// What an architecture is: a config schema, a list of named parameters and pure functions of them.
// It holds no weights: those live in a map under their Hugging Face names, with Hugging Face shapes.
import type * as tf from "@tensorflow/tfjs-core";
import type { z } from "zod";
import type { SentencePooling } from "../formats/sentence-pooling.ts";
import type { DropoutKey } from "../ops/dropout/dropout-mask.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import type { Rows } from "./rows.ts";

/** Parameters under their Hugging Face names. A linear weight is `[out, in]`. */
type Parameters = ReadonlyMap<string, tf.Tensor>;

/** The random numbers of one micro-batch. They are counters under keys: the same step draws the same ones, resumed or not. */
export interface TrainingNoise {
  /** Those asked for so far, in order. Asking again gives the same array. */
  readonly drawn: ReadonlyMap<string, DropoutKey>;
  /** The key of a place in the model, such as `bert.encoder.layer.0.output.dense`: each draws its own mask. */
  keyOf(site: string): DropoutKey;
  /** NEFTune's alpha, or 0. */
  readonly neftuneAlpha: number;
}

/** Everything a forward pass may read besides its inputs. */
export interface ModelContext {
  readonly parameters: Parameters;
  /** What a training step draws at random; absent outside of training. */
  readonly noise?: TrainingNoise;
}

/** One padded batch of token ids. Texts that share a row of a packed batch are texts of their own here. */
export interface TokenInputs {
  /** int32 `[batch, seq]`; padded positions hold the pad id. */
  readonly inputIds: tf.Tensor2D;
  /** int32 `[batch, seq]`; 1 for a token, 0 for padding. */
  readonly attentionMask: tf.Tensor2D;
  /** int32 `[batch, seq]`: 1 for the tokens of a pair's second text, 0 elsewhere. Absent for single texts. */
  readonly tokenTypeIds?: tf.Tensor2D;
  /**
   * int32 `[tokens]`: where the mask is 1, as positions in the flattened batch. Where it is given, the model computes these
   * tokens only, and padding costs nothing; the result is the same.
   */
  readonly tokenPositions?: tf.Tensor1D;
  /** Keys and values of the tokens before these, for a decoder that writes on. All texts have as many, and none is padded. */
  readonly past?: KeyValueCache;
}

/** How a parameter is drawn when a run starts from random weights. */
type Initializer =
  | { readonly type: "zeros" }
  | { readonly type: "ones" }
  /**
   * `zeroRow` is an embedding's `padding_idx`: transformers draws the whole table and then empties that row. `isRedrawn` says
   * that it draws the table twice, as a part of its own and as one of its parent: the second values count.
   */
  | {
      readonly type: "normal";
      readonly std: number;
      readonly zeroRow?: number | undefined;
      readonly isRedrawn?: boolean;
    };

/** A parameter's Hugging Face name, shape and initialiser. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /**
   * What the constructor of PyTorch's module draws into it before transformers draws it anew: normal values for `nn.Embedding`
   * and `Conv1D`, uniform ones for `nn.Linear`, its bias too. Norms draw nothing. It moves the generator on.
   */
  readonly constructed?: "normal" | "uniform";
}

/** A classifier's parameters by the stage of the forward pass that reads them. */
export interface ParameterStages {
  readonly embeddings: readonly ParameterSpec[];
  /** One list a transformer layer, from the lowest. */
  readonly layers: readonly (readonly ParameterSpec[])[];
  /** The base model's own, on the way from its last layer to one vector a text. Most have none. */
  readonly pooling: readonly ParameterSpec[];
  /** From that vector to the logits. */
  readonly head: readonly ParameterSpec[];
}

/** Widths of one transformer layer. */
interface LayerSizes {
  readonly hiddenSize: number;
  /** Neurons of the feed-forward network. */
  readonly intermediateSize: number;
  readonly heads: number;
  /** Heads times their dimension, and the same of keys and values; the hidden size where they are not given. */
  readonly attentionSize?: number;
  readonly keySize?: number;
  /** The network has a gate: a product of as many neurons again. */
  readonly isGated?: boolean;
  /** Tokens that a token sees at most, itself one of them; absent for all of them. */
  readonly window?: number | undefined;
}

/** The sizes that a config.json gives. */
export interface ModelSizes {
  readonly layers: readonly LayerSizes[];
  readonly vocabularySize: number;
  /** Longest input in tokens. */
  readonly maxLength: number;
  /** Width of the vector that the head takes. */
  readonly pooledSize: number;
}

/** PyTorch code of an architecture that transformers does not know, saved beside its weights. */
export interface PythonCode {
  /** Name of the file. */
  readonly file: string;
  readonly source: string;
  /** `auto_map` of config.json and of tokenizer_config.json. */
  readonly autoMap: Readonly<Record<string, string>>;
  /** Absent where transformers knows the tokenizer. */
  readonly tokenizerAutoMap?: Readonly<Record<string, readonly (string | null)[]>>;
}

/** What makes an architecture a language model: a product with the output embeddings gives the next token's logits. */
export interface LanguageHead<Config> {
  /** The value of `architectures` in config.json, such as "LlamaForCausalLM". */
  readonly className: string;
  /** The output embeddings where they are a parameter of their own: none where they are the input's. */
  parameters(config: Config): readonly ParameterSpec[];
  /** Name of the output embeddings, `[vocabulary, width]`, without ".weight". */
  weight(config: Config): string;
  /** The last layer's hidden states, normalised: what the product takes. `[rows, width]`. */
  finish(context: ModelContext, config: Config, hidden: tf.Tensor2D): tf.Tensor2D;
}

/** One architecture, in a file named after its `model_type`. The caller wraps each stage in `tf.tidy`. */
export interface Architecture<Config = unknown> {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** The value of `architectures` in an exported classifier's config.json. */
  readonly classifierName: string;
  /** What the base model's parameters begin with in a classifier's file; a file of the base model alone leaves it out. */
  readonly basePrefix: string;
  /** The linear that gives the logits: all that depends on the labels. */
  readonly outputLayer: string;
  /** Only where transformers does not know the architecture. */
  readonly python?: PythonCode;
  /** Only where an encoder pools as sentence-transformers does. */
  readonly pooling?: SentencePooling;
  /** Refuses a config.json that this architecture cannot run. Unknown keys are kept. */
  readonly configSchema: z.ZodType<Config>;
  /** Every parameter of a classifier with so many labels. */
  parameters(config: Config, numLabels: number): ParameterStages;
  sizes(config: Config): ModelSizes;
  /** Token ids to hidden states: float32 `[rows, width]`. */
  embed(context: ModelContext, config: Config, rows: Rows): tf.Tensor2D;
  /** Transformer layer `index`, from 0: `[rows, width]` to `[rows, width]`. */
  layer(
    context: ModelContext,
    config: Config,
    index: number,
    hidden: tf.Tensor2D,
    rows: Rows,
  ): tf.Tensor2D;
  /** The last layer's hidden states to one vector a text: `[batch, pooledSize]`. */
  pool(context: ModelContext, config: Config, hidden: tf.Tensor2D, rows: Rows): tf.Tensor2D;
  /** That vector to logits: `[batch, numLabels]`. */
  classify(context: ModelContext, config: Config, pooled: tf.Tensor2D): tf.Tensor2D;
  /** Only decoders have it. */
  readonly language?: LanguageHead<Config>;
}
