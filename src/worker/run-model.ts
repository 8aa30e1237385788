// The classifier of one run with its rows: what is trained, which batches it sees, and how its held-out rows are scored.

import { problemTypeOf } from "../config/problem-type.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { classWeights } from "../data/class-weights.ts";
import { collate, type Example, type TokenBatch } from "../data/collate.ts";
import { encodeRow } from "../data/encode-row.ts";
import type { LabelledRow, PreparedDataset } from "../data/prepare-dataset.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { createCapturedForward } from "../engine/capture/captured-forward.ts";
import { type CapturedSteps, createCapturedSteps } from "../engine/capture/captured-steps.ts";
import { type FrozenPart, listTrained } from "../models/forward.ts";
import type { TrainingNoise } from "../models/model.ts";
import { withoutGradient } from "../ops/without-gradient/without-gradient.ts";
import type { CapturedBatch } from "../trainer/captured-batch.ts";
import {
  assignWeights,
  batchInputs,
  type Classifier,
  createClassifier,
  disposeClassifier,
  frozenOutput,
  logitsFrom,
  logitsOf,
  trainingNoise,
} from "../trainer/classifier.ts";
import { type Evaluation, evaluate } from "../trainer/evaluate.ts";
import { frozenValues } from "../trainer/frozen-outputs.ts";
import { createObjective, type Objective } from "../trainer/objective.ts";
import { type ModelProducts, modelProducts } from "../trainer/operations.ts";
import type { Trainable } from "../trainer/optimizers/optimizer.ts";
import type { MicroBatch } from "../trainer/train-step.ts";
import type { BaseModel } from "./base-model.ts";
import type { FeatureStore } from "./feature-cache.ts";
import { computeFrozenRows } from "./frozen-rows.ts";

export interface RunModel {
  readonly classifier: Classifier;
  readonly trainable: Trainable;
  readonly objective: Objective;
  /** On webgpu: what replays training steps and evaluations. */
  readonly steps: CapturedSteps | undefined;
  readonly products: ModelProducts;
  readonly trainableCount: number;
  readonly parameterCount: number;
  /** Micro-batches of the update after `step` updates, from row indices into the training rows. Without `step` nothing is dropped out. */
  trainBatches(
    batches: readonly (readonly number[])[],
    step?: number,
  ): {
    microBatches: MicroBatch[];
    /** The tokens of each of them. */
    tokenBatches: TokenBatch[];
    flos: number;
    /** Input tokens, counted as `include_num_input_tokens_seen` says. */
    tokens: number;
  };
  /** Tokens of each training row. */
  readonly trainLengths: readonly number[];
  /** Scores the held-out rows; without those of a short last batch where the arguments drop it. */
  evaluate(nextTask: () => Promise<void>, options?: { dropLast: boolean }): Promise<Evaluation>;
  /** Puts a checkpoint's weights in. */
  assign(weights: ReadonlyMap<string, Float32Array>): void;
  /** Frees all of it. */
  dispose(): void;
  /** Scores the held-out rows with the weights that the run started from. */
  evaluateInitial(nextTask: () => Promise<void>): Promise<Evaluation>;
}

interface RunModelParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly backend: Pick<RunningBackend, "backend">;
  readonly prepared: PreparedDataset;
  readonly features: FeatureStore;
  readonly gate: { pass(): Promise<void> };
}

/** The classifier that a run starts from: base weights or random ones, and a new output layer unless the base knows these labels. */
export function initialClassifier(
  record: RunRecord,
  base: BaseModel,
  labels: readonly string[],
): Classifier {
  const fromBase =
    record.mode === "scratch" ? new Map<string, Float32Array>() : new Map(base.weights);
  const knowsLabels =
    base.labels?.join("\n") === labels.join("\n") &&
    problemTypeOf(base.config, labels.length) === record.dataset.problem_type;
  const { outputLayer } = base.architecture;
  if (!knowsLabels)
    for (const part of ["weight", "bias"]) fromBase.delete(`${outputLayer}.${part}`);
  return createClassifier({
    architecture: base.architecture,
    config: base.parsedConfig,
    labels,
    weights: fromBase,
    seed: record.arguments.seed,
    gradientCheckpointing: record.arguments.gradient_checkpointing,
  });
}

/** Builds the model, tokenises the rows and, where a part is frozen, computes its outputs once. */
export async function createRunModel(
  parts: RunModelParts,
  note: (text: string) => void,
): Promise<RunModel> {
  const { record, base, prepared, backend, gate } = parts;
  const args = record.arguments;
  const examplesOf = (rows: readonly LabelledRow[]): Example[] =>
    rows.map((row) => ({
      ...encodeRow(base.tokenizer, row, args.max_length),
      label: row.label,
      values: row.values,
    }));
  const padding = { backend: backend.backend, longest: base.summary.maxLength };
  const trainExamples = examplesOf(prepared.train);
  await gate.pass();
  const evaluationExamples = examplesOf(prepared.evaluation);
  const classifier = initialClassifier(record, base, prepared.labels);

  const frozen = frozenPart(record, base);
  const outputs =
    frozen === "nothing" ? null : await computeFrozenRows(parts, classifier, frozen, note);
  const batchOf =
    (examples: readonly Example[], rows: readonly LabelledRow[]) =>
    (indices: readonly number[], from: Classifier, noise?: TrainingNoise): Batch => {
      const batch = collate(
        indices.map((index) => examples[index] ?? { ids: [], label: 0 }),
        base.tokenizer.padId,
        padding,
      );
      const { key, inputs } = batchInputs(batch);
      const drawn = noise === undefined ? {} : { noise };
      if (frozen === "nothing") {
        const captured = { key, inputs, ...drawn };
        return { batch, captured, logits: () => logitsOf(from, batch, noise) };
      }
      const kept = indices.map((index) => outputs?.get(rows[index]?.row ?? -1));
      const texts = kept.filter((text) => text !== undefined);
      const known = texts.length === kept.length ? frozenValues(texts, batch, frozen) : undefined;
      const output = () =>
        known?.tensor() ?? withoutGradient(() => frozenOutput(from, batch, frozen));
      const captured = {
        key: `${key} ${known === undefined ? "computed" : "known"}`,
        inputs: { ...inputs, ...(known && { frozen: known.values }) },
        ...drawn,
      };
      return { batch, captured, logits: () => logitsFrom(from, batch, frozen, output(), noise) };
    };
  const trainBatch = batchOf(trainExamples, prepared.train);
  const evaluationBatch = batchOf(evaluationExamples, prepared.evaluation);

  const count = (parameters: ReadonlyMap<string, { size: number }>) =>
    [...parameters.values()].reduce((sum, { size }) => sum + size, 0);
  const trainable = trainedParameters(classifier, frozen);
  const perToken =
    6 * count(new Map([...classifier.parameters].filter(([name]) => !name.includes("embeddings"))));

  const objective = createObjective(record.dataset.problem_type, args.label_smoothing_factor);
  const weights = classWeights(prepared);
  /** What the loss needs to know of a batch's rows. */
  const scored = ({ batch: { labels, values }, logits, captured }: Batch): MicroBatch => ({
    labels,
    logits,
    captured,
    ...(values === undefined ? {} : { values }),
    ...(weights === null
      ? {}
      : { weights: Float32Array.from(labels, (label) => weights[label] ?? 1) }),
  });

  const steps = createCapturedSteps();
  const forward = steps === undefined ? undefined : createCapturedForward(steps);
  const evaluateWith = (from: Classifier, nextTask: () => Promise<void>, dropLast = false) => {
    const indices = prepared.evaluation.map((_, index) => index);
    const size = args.per_device_eval_batch_size;
    const batches = inBatches(indices, size).filter((rows) => !dropLast || rows.length === size);
    return evaluate(
      batches.map((rows) => scored(evaluationBatch(rows, from))),
      objective,
      nextTask,
      // Plans know the parameters of the run's own classifier.
      from === classifier ? forward : undefined,
    );
  };
  return {
    classifier,
    trainable,
    objective,
    steps,
    products: productsOf(classifier, frozen),
    trainableCount: count(trainable),
    parameterCount: count(classifier.parameters),
    trainBatches(batches, step) {
      const made = batches.map((indices, index) =>
        trainBatch(
          indices,
          classifier,
          step === undefined ? undefined : trainingNoise(args, step, index),
        ),
      );
      return {
        microBatches: made.map(scored),
        tokenBatches: made.map(({ batch }) => batch),
        flos: made.reduce((sum, { batch }) => sum + perToken * batch.batchSize * batch.length, 0),
        tokens: made.reduce(
          (sum, { batch }) => sum + countTokens(batch, args.include_num_input_tokens_seen),
          0,
        ),
      };
    },
    trainLengths: trainExamples.map(({ ids }) => ids.length),
    evaluate: (nextTask, options) => evaluateWith(classifier, nextTask, options?.dropLast),
    assign(weights) {
      assignWeights(classifier, weights);
      // The variables have other tensors now.
      steps?.reset();
    },
    dispose() {
      steps?.dispose();
      forward?.dispose();
      disposeClassifier(classifier);
    },
    async evaluateInitial(nextTask) {
      const initial = initialClassifier(record, base, prepared.labels);
      try {
        return await evaluateWith(initial, nextTask);
      } finally {
        disposeClassifier(initial);
      }
    },
  };
}

/** Frozen parts are computed once, before the run: what runs is what is trained. */
function productsOf(
  { architecture, config, labels }: Classifier,
  frozen: FrozenPart,
): ModelProducts {
  return modelProducts({
    stages: architecture.parameters(config, labels.length),
    sizes: architecture.sizes(config),
    isCausal: architecture.language !== undefined,
    ...{ frozen, runsFrozen: false },
  });
}

function countTokens(
  batch: TokenBatch,
  counted: TrainingArguments["include_num_input_tokens_seen"],
): number {
  if (counted === "no") return 0;
  return counted === "all" ? batch.batchSize * batch.length : batch.tokens;
}

interface Batch {
  readonly batch: TokenBatch;
  readonly captured: CapturedBatch;
  logits(): ReturnType<typeof logitsOf>;
}

/** What keeps its weights in a run. */
function frozenPart({ mode, num_trainable_layers = 1 }: RunRecord, base: BaseModel): FrozenPart {
  if (mode === "head") return "base";
  if (mode !== "last") return "nothing";
  return Math.max(0, base.summary.layers.length - num_trainable_layers);
}

function trainedParameters(classifier: Classifier, frozen: FrozenPart): Trainable {
  const { architecture, config, labels, parameters } = classifier;
  const trained = listTrained(architecture.parameters(config, labels.length), frozen);
  const names = new Set(trained.map(({ name }) => name));
  return new Map([...parameters].filter(([name]) => names.has(name)));
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += size)
    batches.push(items.slice(start, start + size));
  return batches;
}
