// A text classifier in memory: an encoder, its head, and their parameters as variables. It owns the variables.
import * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "../data/collate.ts";
import { classificationHeadParameters, classify } from "../models/classification-head.ts";
import type { Architecture, ParameterSpec } from "../models/model.ts";
import { findTokenPositions } from "../models/token-positions.ts";
import { initializeParameters } from "./initialize.ts";

export interface Classifier {
  readonly architecture: Architecture;
  /** config.json as the architecture reads it. */
  readonly config: unknown;
  readonly labels: readonly string[];
  /** Encoder and head, under their Hugging Face names. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
}

/** Names of the head's parameters. */
export function headNames(): readonly string[] {
  return classificationHeadParameters(1, 1).map(({ name }) => name);
}

/** Every parameter of a classifier with so many labels. */
function classifierSpecs(
  architecture: Architecture,
  config: unknown,
  labelCount: number,
): readonly ParameterSpec[] {
  const head = classificationHeadParameters(labelCount, architecture.pooledSize(config));
  return [...architecture.parameters(config), ...head];
}

/** Builds a classifier. Parameters that `weights` does not hold are drawn from `seed`, each as its spec says. */
export function createClassifier(options: {
  architecture: Architecture;
  config: unknown;
  labels: readonly string[];
  weights: ReadonlyMap<string, Float32Array>;
  seed: number;
}): Classifier {
  const { architecture, config, labels, weights, seed } = options;
  const specs = classifierSpecs(architecture, config, labels.length);
  const drawn = initializeParameters(
    specs.filter(({ name }) => !weights.has(name)),
    seed,
  );
  const parameters = new Map(
    specs.map(({ name, shape }) => {
      const values = weights.get(name) ?? drawn.get(name) ?? new Float32Array();
      return [name, toVariable(values, shape)] as const;
    }),
  );
  return { architecture, config, labels, parameters };
}

function toVariable(values: Float32Array, shape: readonly number[]): tf.Variable {
  const initial = tf.tensor(values, [...shape], "float32");
  const variable = tf.variable(initial);
  initial.dispose();
  return variable;
}

/** Pooled vectors of a batch: float32 `[batch, pooledSize]`. */
export function encode(classifier: Classifier, batch: TokenBatch): tf.Tensor2D {
  return tf.tidy(() => {
    const shape: [number, number] = [batch.batchSize, batch.length];
    const inputIds = tf.tensor2d(batch.inputIds, shape, "int32");
    const attentionMask = tf.tensor2d(batch.attentionMask, shape, "int32");
    const { architecture, config, parameters } = classifier;
    // On a GPU each new count of tokens would be a new set of buffers, and padding is cheap there.
    const places =
      tf.getBackend() === "webgpu" ? undefined : findTokenPositions(batch.attentionMask);
    const packed = places === undefined ? {} : { tokenPositions: tf.tensor1d(places, "int32") };
    return architecture.encode({ parameters }, config, { inputIds, attentionMask, ...packed });
  });
}

/** Pooled vectors that were computed before, as a tensor: float32 `[rows, pooledSize]`. */
export function pooledTensor(vectors: readonly Float32Array[]): tf.Tensor2D {
  const width = vectors[0]?.length ?? 0;
  const values = new Float32Array(vectors.length * width);
  vectors.forEach((vector, row) => {
    values.set(vector, row * width);
  });
  return tf.tensor2d(values, [vectors.length, width]);
}

/** Logits of pooled vectors: float32 `[batch, labels]`. */
export function headLogits(classifier: Classifier, pooled: tf.Tensor2D): tf.Tensor2D {
  return classify({ parameters: classifier.parameters }, pooled);
}

/** Puts other weights into a classifier's variables; every name must be known and complete. */
export function assignWeights(
  classifier: Classifier,
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

/** Frees the variables. */
export function disposeClassifier(classifier: Classifier): void {
  tf.dispose([...classifier.parameters.values()]);
}
