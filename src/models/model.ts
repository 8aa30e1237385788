// What an architecture is: a config schema, a list of named parameters and pure functions of them.
// It holds no weights: those live in a map under their Hugging Face names, with Hugging Face shapes.
import type * as tf from "@tensorflow/tfjs-core";
import type { z } from "zod";

/** Parameters under their Hugging Face names. A linear weight is `[out, in]`. */
type Parameters = ReadonlyMap<string, tf.Tensor>;

/** Everything a forward pass may read besides its inputs. */
export interface ModelContext {
  readonly parameters: Parameters;
}

/** One padded batch of token ids. */
export interface EncoderInputs {
  /** int32 `[batch, seq]`; padded positions hold the pad id. */
  readonly inputIds: tf.Tensor2D;
  /** int32 `[batch, seq]`; 1 for a token, 0 for padding. */
  readonly attentionMask: tf.Tensor2D;
  /**
   * int32 `[tokens]`: where the mask is 1, as positions in the flattened batch. Where it is given, the model computes these
   * tokens only, and padding costs nothing; the result is the same.
   */
  readonly tokenPositions?: tf.Tensor1D;
}

/** How a parameter is drawn when a run starts from random weights. */
type Initializer =
  | { readonly type: "zeros" }
  | { readonly type: "ones" }
  | { readonly type: "normal"; readonly std: number };

/** A parameter's Hugging Face name, shape and initialiser. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** One architecture, in a file named after its `model_type`. */
export interface Architecture<Config = unknown> {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** The value of `architectures` in an exported classifier's config.json. */
  readonly classifierName: string;
  /** Refuses a config.json that this architecture cannot run. Unknown keys are kept. */
  readonly configSchema: z.ZodType<Config>;
  /** Every parameter of the encoder, in the order of the forward pass. */
  parameters(config: Config): readonly ParameterSpec[];
  /** Width of the pooled vector. */
  pooledSize(config: Config): number;
  /** Number of transformer layers. */
  layers(config: Config): number;
  /** Longest input in tokens. */
  maxLength(config: Config): number;
  /** The forward pass: float32 `[batch, pooledSize]`. The caller wraps it in `tf.tidy`. */
  encode(context: ModelContext, config: Config, inputs: EncoderInputs): tf.Tensor2D;
}
