// The files of a checkpoint as a save writes them, under the Trainer's names. restore-checkpoint.ts reads them back.
import { z } from "zod";
import { logRowSchema } from "../config/events.ts";
import { type Pins, pinsSchema } from "../config/pins.ts";
import type { ProblemType } from "../config/problem-type.ts";
import type { RunRecord } from "../config/run-record.ts";
import { learningRateAt } from "../config/schedule.ts";
import { epochAfter, type StepPlan } from "../config/step-arithmetic.ts";
import { serializeOptimizer, serializeScheduler } from "../formats/optimizer-file.ts";
import { serializeWeights } from "../formats/sharded-safetensors.ts";
import { serializeTrainerState } from "../formats/trainer-state.ts";
import { checkpointPath } from "../storage/checkpoints.ts";
import type { FileToWrite } from "../storage/folders.ts";
import { metricScheduleSchema } from "../trainer/metric-schedule.ts";
import { isDecayed, type OptimizerValues } from "../trainer/optimizers/optimizer.ts";
import { torchSettings } from "../trainer/optimizers/torch-settings.ts";
import type { TensorValues } from "../trainer/tensor-values.ts";
import { bestCheckpointStep, type TrainProgress } from "../trainer/train.ts";
import type { BaseModel } from "./base-model.ts";

/** All that one checkpoint holds. */
export interface Snapshot {
  readonly record: RunRecord;
  readonly plan: StepPlan;
  readonly base: BaseModel;
  /** config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly progress: TrainProgress;
  readonly weights: ReadonlyMap<string, TensorValues>;
  /** null where only the model is saved. */
  readonly optimizer: OptimizerValues | null;
  readonly pins: Pins;
}

/** What the Trainer's files do not say and an exact resume needs: our own file beside them. */
export const studioStateSchema = z.object({
  version: z.literal(1),
  /** What the run was computed on. */
  pins: pinsSchema,
  globalStep: z.number(),
  best: z.object({ metric: z.number(), step: z.number() }).nullable(),
  bestSavedStep: z.number().nullable(),
  savedSteps: z.array(z.number()),
  logHistory: z.array(logRowSchema),
  lossSum: z.number(),
  windowLossSum: z.number(),
  windowStart: z.number(),
  totalFlos: z.number(),
  gradNorm: z.number(),
  learningRate: z.number(),
  elapsed: z.number(),
  // Older checkpoints lack what follows: none of it was in use when they were written.
  inputTokensSeen: z.number().default(0),
  scoresWithoutGain: z.number().default(0),
  stoppedEarly: z.boolean().default(false),
  metricSchedule: metricScheduleSchema.nullable().default(null),
  epochEndPending: z.boolean().default(false),
  stopSave: z.number().nullable().default(null),
  savesNewBest: z.boolean().default(false),
  partRows: z.number().int().positive().nullable().default(null),
  seenTokens: z
    .object({ tokens: z.number(), places: z.number() })
    .default(() => ({ tokens: 0, places: 0 })),
});

/** The files, under the Trainer's names where it has one. Equal snapshots give equal bytes. */
export function snapshotFiles(snapshot: Snapshot): FileToWrite[] {
  const { record, base, progress, pins } = snapshot;
  const sources = new Map(
    [...snapshot.weights].map(([name, values]) => [name, { dtype: "F32" as const, ...values }]),
  );
  return [
    { name: "config.json", bytes: json(snapshot.config) },
    ...serializeWeights(sources),
    ...modelCode(base),
    ...(snapshot.optimizer === null ? [] : optimizerFiles(snapshot, snapshot.optimizer)),
    { name: "trainer_state.json", bytes: utf8(trainerState(snapshot)) },
    { name: "training_args.json", bytes: json(record.arguments) },
    { name: "studio_state.json", bytes: json({ version: 1, pins, ...progress }) },
  ];
}

function optimizerFiles(
  { record, plan, progress }: Snapshot,
  optimizer: OptimizerValues,
): FileToWrite[] {
  const args = record.arguments;
  const baseRate = args.learning_rate;
  const step = progress.globalStep;
  // As in the Trainer: saved after an update, both files hold the rate of the next one.
  const nextRate = progress.metricSchedule?.learningRate ?? learningRateAt(args, plan, step);
  return [
    {
      name: "optimizer.pt",
      bytes: serializeOptimizer({
        ...torchSettings(args),
        step,
        parameters: optimizer.parameters,
        isDecayed,
        weightDecay: args.weight_decay,
        learningRate: nextRate,
        initialLearningRate: baseRate,
      }),
    },
    { name: "scheduler.pt", bytes: serializeScheduler({ baseRate, nextRate, step }) },
  ];
}

/** A config.json beside weights of 32 bits, which is how the studio saves them: transformers 5 casts them to what it says. */
export const inFullPrecision = ({ torch_dtype: _, ...config }: Record<string, unknown>) => ({
  ...config,
  dtype: "float32",
});

/** The base model's config.json with what makes it a classifier of these labels, or a regression to these targets. */
export function classifierConfig(
  base: BaseModel,
  labels: readonly string[],
  problemType: ProblemType,
): Record<string, unknown> {
  const { python, language, pooling } = base.architecture;
  return {
    ...inFullPrecision(base.config),
    // A decoder finds the last token by it.
    ...(language === undefined ? {} : { pad_token_id: base.tokenizer.padId }),
    architectures: [base.architecture.classifierName],
    ...(pooling === undefined ? {} : { sentence_pooling: pooling }),
    problem_type: problemType,
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    ...(python === undefined ? {} : { auto_map: python.autoMap }),
  };
}

/** The tokenizer's files, and the PyTorch code of a model that transformers does not know. */
export function modelCode({ tokenizerFiles, architecture }: BaseModel): readonly FileToWrite[] {
  const { python } = architecture;
  if (python === undefined) return tokenizerFiles;
  const { tokenizerAutoMap } = python;
  return [
    ...tokenizerFiles.map((file) =>
      file.name === "tokenizer_config.json" && tokenizerAutoMap !== undefined
        ? { name: file.name, bytes: withAutoMap(file.bytes, tokenizerAutoMap) }
        : file,
    ),
    { name: python.file, bytes: utf8(python.source) },
  ];
}

function withAutoMap(bytes: Uint8Array, autoMap: object): Uint8Array<ArrayBuffer> {
  return json({ ...JSON.parse(new TextDecoder().decode(bytes)), auto_map: autoMap });
}

function trainerState({ record, plan, progress }: Snapshot): string {
  const { output_dir } = record.arguments;
  const { best } = progress;
  const bestSavedStep = bestCheckpointStep(progress);
  return serializeTrainerState(
    {
      best_global_step: best?.step ?? null,
      best_metric: best?.metric ?? null,
      best_model_checkpoint:
        bestSavedStep === null ? null : checkpointPath(output_dir, bestSavedStep),
      epoch: epochAfter(plan, record.arguments, progress.globalStep),
      global_step: progress.globalStep,
      log_history: progress.logHistory,
      num_input_tokens_seen: progress.inputTokensSeen,
      early_stopping_patience_counter: progress.scoresWithoutGain,
      total_flos: progress.totalFlos,
    },
    record.arguments,
    plan,
  );
}

const utf8 = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => utf8(`${JSON.stringify(value, null, 2)}\n`);
