// A run of a causal language model, as the session takes it.
import type { RunRecord, TrainingMode } from "../config/run-record.ts";
import { collateLanguage, type LanguageRow } from "../data/collate-language.ts";
import type { RunningBackend } from "../engine/backend.ts";
import { type CapturedForward, createCapturedForward } from "../engine/capture/captured-forward.ts";
import { createCapturedSteps } from "../engine/capture/captured-steps.ts";
import { StudioError } from "../lib/errors.ts";
import { type FrozenPart, languageStages, listTrained } from "../models/forward.ts";
import { assignWeights, disposeClassifier, trainingNoise } from "../trainer/classifier.ts";
import { createLanguageModel, type LanguageModel } from "../trainer/language-model.ts";
import {
  countTargets,
  createLanguageObjective,
  evaluateLanguage,
  languageMicroBatch,
} from "../trainer/language-objective.ts";
import { type ModelProducts, modelProducts } from "../trainer/operations.ts";
import type { BaseModel } from "./base-model.ts";
import { inFullPrecision } from "./checkpoint-files.ts";
import type { LanguageData } from "./language-data.ts";
import { refuseTooLargeLanguage } from "./refuse-memory.ts";
import type { RunTask, TrainedModel } from "./run-task.ts";
import { countTokens, newTokenCount, paddingShare } from "./token-count.ts";

interface LanguageTaskParts {
  readonly record: RunRecord;
  readonly base: BaseModel;
  readonly backend: Pick<RunningBackend, "backend" | "memory">;
  readonly data: LanguageData;
}

/** config.json of a language model's checkpoint: the base model's own, and what its head is. */
export function languageConfig({ architecture, config, parsedConfig }: BaseModel) {
  const { head } = languageStages(architecture, parsedConfig);
  const { id2label: _, label2id: __, problem_type: ___, ...rest } = config;
  return { ...inFullPrecision(rest), architectures: [head.className] };
}

/** The task of rows that are read already. @throws StudioError where a run cannot start with them. */
export function languageTask(parts: LanguageTaskParts): RunTask {
  const { record, base, data } = parts;
  refuse(parts);
  return {
    trainRows: data.train.rows.length,
    evaluationRows: data.evaluation.rows.length,
    config: languageConfig(base),
    notes: data.notes,
    createModel: async () => createTrained(parts),
    baselines: () => null,
    async results(model, { checkpoint, step, nextTask }) {
      const { loss, tokenLoss, metrics, tokens } = await evaluateWith(parts, model, nextTask);
      const initial = initialLanguageModel(record, base);
      try {
        const before = await evaluate(parts, { model: initial }, nextTask);
        return {
          results: {
            ...{ version: 1, problem_type: "language_modeling", checkpoint, step },
            ...{ loss, token_loss: tokenLoss, ...metrics, tokens },
            // Packed ones hold several.
            rows: data.evaluation.rows.reduce((sum, texts) => sum + texts.length, 0),
            before: { loss: before.loss, token_loss: before.tokenLoss, ...before.metrics },
          },
          rows: null,
        };
      } finally {
        disposeClassifier(initial);
      }
    },
  };
}

function refuse({ record, base, backend, data }: LanguageTaskParts): void {
  // Refuses an encoder by name.
  languageStages(base.architecture, base.parsedConfig);
  if (data.train.rows.length === 0) {
    const { max_length } = record.arguments;
    throw new StudioError(
      `No row has a token that would count in the loss: all ${data.train.figures.maskedRows} are empty, or longer than max_length ${max_length} before it comes.`,
      { hint: "Raise max_length, or let the prompts count too." },
    );
  }
  if (record.mode === "head" && base.parsedConfig !== null) {
    const { stages } = languageStages(base.architecture, base.parsedConfig);
    if (stages.head.length === 0) {
      throw new StudioError(
        `${base.summary.name} has no head of its own: its output embeddings are the input's.`,
        { hint: "Train the last layers or everything." },
      );
    }
  }
  const longest = [...data.train.rows, ...data.evaluation.rows].map(lengthOf).sort((a, b) => b - a);
  refuseTooLargeLanguage({ record, base, backend, longest });
}

/** The model that a run starts from: base weights, or random ones. */
export function initialLanguageModel(record: RunRecord, base: BaseModel): LanguageModel {
  return createLanguageModel({
    architecture: base.architecture,
    config: base.parsedConfig,
    weights: record.mode === "scratch" ? new Map() : base.weights,
    seed: record.arguments.seed,
    gradientCheckpointing: record.arguments.gradient_checkpointing,
  });
}

/** A model, and what replays its passes: plans know the parameters of the run's own. */
interface Evaluated {
  readonly model: LanguageModel;
  readonly forward?: CapturedForward | undefined;
}

const owned = new WeakMap<TrainedModel, Evaluated>();

function createTrained(parts: LanguageTaskParts): TrainedModel {
  const { record, base, data } = parts;
  const args = record.arguments;
  const model = initialLanguageModel(record, base);
  const objective = createLanguageObjective(model, args.label_smoothing_factor);
  const trainable = trainedParameters(model, record);
  const perToken = 6 * count([...model.parameters].filter(([name]) => !isEmbedding(name)));
  const accuracies: number[] = [];
  const window = newTokenCount();
  const steps = createCapturedSteps();
  const forward = steps === undefined ? undefined : createCapturedForward(steps);
  const trained: TrainedModel = {
    ...{ trainable, objective, parameters: model.parameters, steps },
    products: productsOf(model, record),
    trainableCount: count(trainable),
    parameterCount: count(model.parameters),
    trainLengths: data.train.rows.map(lengthOf),
    trainBatches(batches, step) {
      const made = batches.map((indices) => collate(parts, pick(data.train.rows, indices)));
      const { include_num_input_tokens_seen: counted } = args;
      return {
        microBatches: made.map((batch, index) =>
          languageMicroBatch(
            model,
            batch,
            step === undefined ? undefined : trainingNoise(args, step, index),
          ),
        ),
        tokenBatches: made,
        flos: made.reduce((sum, batch) => sum + perToken * batch.batchSize * batch.length, 0),
        tokens: made.reduce((sum, { batchSize, length, tokens }) => {
          if (counted === "no") return sum;
          return sum + (counted === "all" ? batchSize * length : tokens);
        }, 0),
      };
    },
    async afterUpdate({ microBatches, tokenBatches }, hits) {
      countTokens(window, tokenBatches);
      const targets = microBatches.reduce((sum, { labels }) => sum + countTargets(labels), 0);
      const accuracy = hits === undefined ? await objective.takeAccuracy() : hits / targets;
      if (accuracy !== null) accuracies.push(accuracy);
    },
    logFigures() {
      const own = accuracies.splice(0);
      const padding = paddingShare(window);
      Object.assign(window, newTokenCount());
      return {
        ...(own.length === 0
          ? {}
          : { mean_token_accuracy: own.reduce((sum, each) => sum + each, 0) / own.length }),
        ...(padding === null ? {} : { padding_share: padding }),
      };
    },
    evaluate: (nextTask, options) =>
      evaluate(parts, { model, forward }, nextTask, options?.dropLast),
    assign(weights) {
      assignWeights(model, weights);
      // The variables have other tensors now.
      steps?.reset();
    },
    dispose() {
      steps?.dispose();
      forward?.dispose();
      disposeClassifier(model);
    },
  };
  owned.set(trained, { model, forward });
  return trained;
}

function evaluateWith(
  parts: LanguageTaskParts,
  trained: TrainedModel,
  nextTask: () => Promise<void>,
) {
  const evaluated = owned.get(trained);
  if (evaluated === undefined) throw new Error("The model is of another task.");
  return evaluate(parts, evaluated, nextTask);
}

function evaluate(
  parts: LanguageTaskParts,
  { model, forward }: Evaluated,
  nextTask: () => Promise<void>,
  dropLast = false,
) {
  const { record, data } = parts;
  const { per_device_eval_batch_size: size, label_smoothing_factor } = record.arguments;
  const { rows } = data.evaluation;
  const groups = Array.from({ length: Math.ceil(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  ).filter((group) => !dropLast || group.length === size);
  function* batches() {
    for (const group of groups) yield collate(parts, group);
  }
  return evaluateLanguage(model, batches(), nextTask, label_smoothing_factor, forward);
}

const collate = ({ base, backend }: LanguageTaskParts, rows: readonly LanguageRow[]) =>
  collateLanguage(rows, base.tokenizer.padId, {
    backend: backend.backend,
    longest: base.summary.maxLength,
  });

const pick = (rows: readonly LanguageRow[], indices: readonly number[]): LanguageRow[] =>
  indices.flatMap((index) => {
    const row = rows[index];
    return row === undefined ? [] : [row];
  });

const lengthOf = (row: LanguageRow): number => row.reduce((sum, { ids }) => sum + ids.length, 0);

const count = (parameters: Iterable<readonly [string, { readonly size: number }]>): number =>
  [...parameters].reduce((sum, [, { size }]) => sum + size, 0);

const isEmbedding = (name: string) => /(?:embed_tokens|wte|wpe)\.weight$/u.test(name);

/** The parameters that the mode trains. */
function trainedParameters(
  { architecture, config, parameters }: LanguageModel,
  { mode, num_trainable_layers = 1 }: RunRecord,
): TrainedModel["trainable"] {
  const { stages } = languageStages(architecture, config);
  const names = new Set(
    listTrained(stages, frozenPart(mode, stages.layers.length, num_trainable_layers)).map(
      ({ name }) => name,
    ),
  );
  return new Map([...parameters].filter(([name]) => names.has(name)));
}

/** Frozen layers run forward in each update. */
function productsOf(
  { architecture, config, parameters, head }: LanguageModel,
  { mode, num_trainable_layers = 1 }: RunRecord,
): ModelProducts {
  const { stages } = languageStages(architecture, config);
  const frozen = frozenPart(mode, stages.layers.length, num_trainable_layers);
  const table = parameters.get(`${head.weight(config)}.weight`);
  return modelProducts({
    ...{ stages, frozen, isCausal: true, runsFrozen: true },
    sizes: architecture.sizes(config),
    tiedTable: stages.head.length === 0 ? (table?.size ?? 0) : 0,
  });
}

function frozenPart(mode: TrainingMode, layers: number, trained: number): FrozenPart {
  if (mode === "head") return "base";
  return mode === "last" ? Math.max(0, layers - trained) : "nothing";
}
