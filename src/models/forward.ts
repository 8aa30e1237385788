// Runs an architecture's stages one after the other, or only those below or above the point where its frozen part ends.
import * as tf from "@tensorflow/tfjs-core";
import { recomputed } from "../engine/recomputed.ts";
import { StudioError } from "../lib/errors.ts";
import type {
  Architecture,
  LanguageHead,
  ModelContext,
  ParameterSpec,
  ParameterStages,
} from "./model.ts";
import { parameter } from "./parameter.ts";
import type { Rows } from "./rows.ts";

/**
 * The part of a model that keeps its weights: nothing; the embeddings and so many transformer layers (0: the embeddings
 * alone); or the whole base model, all but the head.
 */
export type FrozenPart = "nothing" | number | "base";

/** An architecture with its config.json and its parameters. */
export interface Model {
  readonly architecture: Architecture;
  /** config.json as the architecture reads it. */
  readonly config: unknown;
  readonly context: ModelContext;
  /** Gradient checkpointing: no layer keeps what it computed, and this lays the batch out again on the way back. */
  readonly layOutAgain?: () => Rows;
}

/** All parameters, in the order of the forward pass. */
export function listParameters({
  embeddings,
  layers,
  pooling,
  head,
}: ParameterStages): ParameterSpec[] {
  return [...embeddings, ...layers.flat(), ...pooling, ...head];
}

/** The head and the parameters of an architecture as a language model. @throws StudioError for an encoder. */
export function languageStages(
  architecture: Architecture,
  config: unknown,
): { head: LanguageHead<unknown>; stages: ParameterStages } {
  const head = architecture.language;
  if (head === undefined) {
    throw new StudioError(`A ${architecture.modelType} cannot write: it is no language model.`, {
      hint: "Choose a decoder, such as a Llama, Qwen or GPT-2.",
    });
  }
  return { head, stages: { ...architecture.parameters(config, 1), head: head.parameters(config) } };
}

/** Token ids to the last layer's hidden states `[rows, width]`. */
export function runLayers(model: Model, rows: Rows): tf.Tensor2D {
  const { architecture, config, context } = model;
  let hidden = architecture.embed(context, config, rows);
  for (let index = 0; index < architecture.sizes(config).layers.length; index += 1) {
    hidden = runLayer(model, index, hidden, rows);
  }
  return hidden;
}

/** One layer. What neither leaves it nor is read on the way back goes at once, not when the whole pass is done. */
function runLayer(model: Model, index: number, hidden: tf.Tensor2D, rows: Rows): tf.Tensor2D {
  const { architecture, config, context, layOutAgain } = model;
  const run = (x: tf.Tensor2D, laidOut: Rows) =>
    tf.tidy(() => architecture.layer(context, config, index, x, laidOut));
  if (layOutAgain === undefined) return run(hidden, rows);
  const specs = architecture.parameters(config, 1).layers[index] ?? [];
  return recomputed(
    hidden,
    specs.map(({ name }) => parameter(context, name)),
    (x) => run(x, rows),
    (x) => run(x, layOutAgain()),
  );
}

/** The parameters above the frozen part, in the order of the forward pass. */
export function listTrained(stages: ParameterStages, frozen: FrozenPart): ParameterSpec[] {
  if (frozen === "nothing") return listParameters(stages);
  if (frozen === "base") return [...stages.head];
  return [...stages.layers.slice(frozen).flat(), ...stages.pooling, ...stages.head];
}

/** What leaves the frozen part: hidden states `[rows, width]`, or one vector a text `[batch, pooledSize]`. */
export function runFrozen(
  model: Model,
  rows: Rows,
  frozen: Exclude<FrozenPart, "nothing">,
): tf.Tensor2D {
  const { architecture, config, context } = model;
  const layers = frozen === "base" ? architecture.sizes(config).layers.length : frozen;
  let hidden = architecture.embed(context, config, rows);
  for (let index = 0; index < layers; index += 1) {
    hidden = runLayer(model, index, hidden, rows);
  }
  return frozen === "base" ? architecture.pool(context, config, hidden, rows) : hidden;
}

/** Logits `[batch, numLabels]` of what left the frozen part. `rows` is not asked for where the whole base is frozen. */
export function runTrained(
  model: Model,
  rows: () => Rows,
  frozen: Exclude<FrozenPart, "nothing">,
  output: tf.Tensor2D,
): tf.Tensor2D {
  const { architecture, config, context } = model;
  if (frozen === "base") return architecture.classify(context, config, output);
  const laidOut = rows();
  let hidden = output;
  const { layers } = architecture.sizes(config);
  for (let index = frozen; index < layers.length; index += 1) {
    hidden = runLayer(model, index, hidden, laidOut);
  }
  const pooled = architecture.pool(context, config, hidden, laidOut);
  return architecture.classify(context, config, pooled);
}
