// A text classifier in memory: an architecture and its parameters as variables. It owns the variables.
import * as tf from "@tensorflow/tfjs-core";
import type { TrainingArguments } from "../config/training-arguments.ts";
import type { TokenBatch } from "../data/collate.ts";
import type { InputValues } from "../engine/capture/step-inputs.ts";
import { stepInput } from "../engine/capture/step-inputs.ts";
import {
  type FrozenPart,
  listParameters,
  type Model,
  runFrozen,
  runTrained,
} from "../models/forward.ts";
import type { Architecture, ParameterSpec, TrainingNoise } from "../models/model.ts";
import { type Rows, toRows } from "../models/rows.ts";
import { findTokenPositions } from "../models/token-positions.ts";
import { type DropoutKey, dropoutKey } from "../ops/dropout/dropout-mask.ts";
import { initializeModel, initializeParameters } from "./initialize.ts";

export interface Classifier {
  readonly architecture: Architecture;
  /** config.json as the architecture reads it. */
  readonly config: unknown;
  readonly labels: readonly string[];
  /** Every parameter, under its Hugging Face name. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Whether each layer is computed again on the way back instead of kept. */
  readonly gradientCheckpointing?: boolean;
}

/** Builds a classifier. Parameters that `weights` does not hold are drawn from `seed`, each as its spec says. */
export function createClassifier(options: {
  architecture: Architecture;
  config: unknown;
  labels: readonly string[];
  weights: ReadonlyMap<string, Float32Array>;
  seed: number;
  gradientCheckpointing?: boolean;
}): Classifier {
  const { architecture, config, labels, weights, seed, gradientCheckpointing = false } = options;
  const specs = listParameters(architecture.parameters(config, labels.length));
  const parameters = createVariables(specs, weights, architecture.basePrefix, seed);
  return { architecture, config, labels, parameters, gradientCheckpointing };
}

/** A variable for each parameter: its weights, or values drawn from `seed` where there are none. */
export function createVariables(
  specs: readonly ParameterSpec[],
  weights: ReadonlyMap<string, Float32Array>,
  basePrefix: string,
  seed: number,
): Map<string, tf.Variable> {
  const lacking = specs.filter(({ name }) => !weights.has(name));
  // A model that is loaded never runs its constructors' draws.
  const drawn =
    lacking.length === specs.length
      ? initializeModel(specs, basePrefix, seed)
      : initializeParameters(lacking, seed);
  return new Map(
    specs.map(({ name, shape }) => {
      const values = weights.get(name) ?? drawn.get(name) ?? new Float32Array();
      return [name, toVariable(values, shape)] as const;
    }),
  );
}

function toVariable(values: Float32Array, shape: readonly number[]): tf.Variable {
  const initial = tf.tensor(values, [...shape], "float32");
  const variable = tf.variable(initial);
  initial.dispose();
  return variable;
}

const modelOf = (
  { architecture, config, parameters, gradientCheckpointing }: Classifier,
  batch: TokenBatch,
  noise?: TrainingNoise,
): Model => ({
  architecture,
  config,
  context: noise === undefined ? { parameters } : { parameters, noise },
  ...(gradientCheckpointing === true && { layOutAgain: () => rowsOf(batch) }),
});

/** What micro-batch `index` of the update after `step` updates draws at random. */
export const trainingNoise = (
  args: Pick<TrainingArguments, "seed" | "neftune_noise_alpha">,
  step: number,
  index: number,
): TrainingNoise => {
  const drawn = new Map<string, DropoutKey>();
  return {
    drawn,
    keyOf(site) {
      const key = drawn.get(site) ?? dropoutKey(args.seed, step, index, site);
      drawn.set(site, key);
      return key;
    },
    neftuneAlpha: args.neftune_noise_alpha ?? 0,
  };
};

/** Where the tokens of a batch lie, or undefined where every position of the padded batch is computed. */
export function packedPositions(attentionMask: Int32Array): Int32Array | undefined {
  // On a GPU each new count of tokens would be a new set of buffers, and padding is cheap there.
  return tf.getBackend() === "webgpu" ? undefined : findTokenPositions(attentionMask);
}

/** Made inside the caller's `tf.tidy`. */
function rowsOf(batch: TokenBatch): Rows {
  const shape: [number, number] = [batch.batchSize, batch.length];
  const places = packedPositions(batch.attentionMask);
  return toRows({
    inputIds: stepInput<tf.Rank.R2>(batch.inputIds, shape),
    attentionMask: stepInput<tf.Rank.R2>(batch.attentionMask, shape),
    ...(batch.tokenTypeIds === undefined
      ? {}
      : { tokenTypeIds: stepInput<tf.Rank.R2>(batch.tokenTypeIds, shape) }),
    ...(places === undefined ? {} : { tokenPositions: tf.tensor1d(places, "int32") }),
  });
}

/** The arrays of a batch that `logitsOf` reads, and a word for their sizes. */
export function batchInputs(batch: TokenBatch): {
  key: string;
  inputs: Record<string, InputValues>;
} {
  const { inputIds, attentionMask, tokenTypeIds, batchSize, length } = batch;
  return {
    key: `${batchSize}x${length}${tokenTypeIds === undefined ? "" : " pairs"}`,
    inputs: { inputIds, attentionMask, ...(tokenTypeIds && { tokenTypeIds }) },
  };
}

/** Logits of a batch: float32 `[batch, labels]`. `noise` is given in training alone. */
export function logitsOf(
  classifier: Classifier,
  batch: TokenBatch,
  noise?: TrainingNoise,
): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = rowsOf(batch);
    const model = modelOf(classifier, batch, noise);
    return runTrained(model, () => rows, 0, runFrozen(model, rows, 0));
  });
}

/** What leaves the frozen part for a batch: float32 `[rows, width]`, or `[batch, pooledSize]` where the base is frozen. */
export function frozenOutput(
  classifier: Classifier,
  batch: TokenBatch,
  frozen: Exclude<FrozenPart, "nothing">,
): tf.Tensor2D {
  return tf.tidy(() => runFrozen(modelOf(classifier, batch), rowsOf(batch), frozen));
}

/** Logits of a batch from what left the frozen part: float32 `[batch, labels]`. */
export function logitsFrom(
  classifier: Classifier,
  batch: TokenBatch,
  frozen: Exclude<FrozenPart, "nothing">,
  output: tf.Tensor2D,
  noise?: TrainingNoise,
): tf.Tensor2D {
  return tf.tidy(() =>
    runTrained(modelOf(classifier, batch, noise), () => rowsOf(batch), frozen, output),
  );
}

/** Puts other weights into a model's variables; every name must be known and complete. */
export function assignWeights(
  classifier: Pick<Classifier, "parameters">,
  weights: ReadonlyMap<string, Float32Array>,
): void {
  for (const [name, variable] of classifier.parameters) {
    const values = weights.get(name);
    if (values === undefined) throw new Error(`The weights have no ${name}.`);
    const next = tf.tensor(values, variable.shape, "float32");
    variable.assign(next);
    next.dispose();
  }
}

/** Frees a model's variables. */
export function disposeClassifier(classifier: Pick<Classifier, "parameters">): void {
  tf.dispose([...classifier.parameters.values()]);
}
