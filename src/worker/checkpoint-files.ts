// The files of a checkpoint: what is written at a save, and what a resumed run reads back.
import { z } from "zod";
import { logRowSchema } from "../config/events.ts";
import type { RunRecord } from "../config/run-record.ts";
import { epochAfter, type StepPlan } from "../config/step-arithmetic.ts";
import { parseSafetensors, serializeSafetensors } from "../formats/safetensors.ts";
import { serializeTrainerState } from "../formats/trainer-state.ts";
import { StudioError } from "../lib/errors.ts";
import { checkpointPath } from "../storage/checkpoints.ts";
import { type FileToWrite, readFile } from "../storage/folders.ts";
import { metricScheduleSchema } from "../trainer/metric-schedule.ts";
import type { OptimizerValues } from "../trainer/optimizers/optimizer.ts";
import type { TensorValues } from "../trainer/tensor-values.ts";
import type { TrainProgress } from "../trainer/train.ts";
import type { BaseModel } from "./base-model.ts";

/** All that one checkpoint holds. */
export interface Snapshot {
  readonly record: RunRecord;
  readonly plan: StepPlan;
  readonly base: BaseModel;
  readonly labels: readonly string[];
  readonly progress: TrainProgress;
  readonly weights: ReadonlyMap<string, TensorValues>;
  /** null where only the model is saved. */
  readonly optimizer: OptimizerValues | null;
}

const progressFile = "studio_state.json";
const optimizerFile = "optimizer.safetensors";

const progressSchema = z.object({
  version: z.literal(1),
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
});

/** The files, under Hugging Face's names where it has one. `studio_state.json` is ours: what an exact resume needs besides. */
export function snapshotFiles(snapshot: Snapshot): FileToWrite[] {
  const { record, base, progress } = snapshot;
  return [
    { name: "config.json", bytes: json(classifierConfig(base, snapshot.labels)) },
    { name: "model.safetensors", bytes: floats(snapshot.weights) },
    ...base.tokenizerFiles,
    ...(snapshot.optimizer === null
      ? []
      : [{ name: optimizerFile, bytes: optimizerBytes(snapshot.optimizer) }]),
    { name: "trainer_state.json", bytes: utf8(trainerState(snapshot)) },
    { name: "training_args.json", bytes: json(record.arguments) },
    { name: progressFile, bytes: json({ version: 1, ...progress }) },
  ];
}

/** The base model's config.json with what makes it a classifier of these labels. */
export function classifierConfig(
  base: BaseModel,
  labels: readonly string[],
): Record<string, unknown> {
  return {
    ...base.config,
    architectures: [base.architecture.classifierName],
    problem_type: "single_label_classification",
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
}

function trainerState({ record, plan, progress }: Snapshot): string {
  const { output_dir } = record.arguments;
  const { bestSavedStep, best } = progress;
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

function floats(tensors: ReadonlyMap<string, TensorValues>, metadata?: Record<string, string>) {
  const sources = new Map(
    [...tensors].map(([name, values]) => [name, { dtype: "F32" as const, ...values }]),
  );
  return owned(serializeSafetensors(sources, metadata));
}

/** Tensors named `<slot>.<parameter>`, such as `exp_avg.classifier.weight`. */
function optimizerBytes({ step, parameters }: OptimizerValues): Uint8Array<ArrayBuffer> {
  const all = [...parameters].flatMap(([name, slots]) =>
    [...slots].map(([slot, values]) => [`${slot}.${name}`, values] as const),
  );
  return floats(new Map(all), { format: "pt", step: String(step) });
}

function readOptimizer(file: ReturnType<typeof parseSafetensors>): OptimizerValues {
  const parameters = new Map<string, Map<string, TensorValues>>();
  for (const [key, { shape, data }] of file.tensors) {
    const dot = key.indexOf(".");
    const name = key.slice(dot + 1);
    const slots = parameters.get(name) ?? new Map<string, TensorValues>();
    parameters.set(name, slots.set(key.slice(0, dot), { shape, data }));
  }
  return { step: Number(file.metadata.get("step") ?? 0), parameters };
}

/** What a resumed run starts from. */
export interface RestoredCheckpoint {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly optimizer: OptimizerValues;
  readonly progress: TrainProgress;
}

/** Reads a checkpoint back, every byte checked. Throws a StudioError that names what is missing. */
export async function readSnapshot(path: string): Promise<RestoredCheckpoint> {
  const optimizer = parseSafetensors(await need(path, optimizerFile), `${path}/${optimizerFile}`);
  const progress = progressSchema.parse(parse(await need(path, progressFile)));
  return {
    weights: await readSnapshotWeights(path),
    optimizer: readOptimizer(optimizer),
    progress,
  };
}

/** The weights of a checkpoint. */
export async function readSnapshotWeights(path: string): Promise<Map<string, Float32Array>> {
  const file = parseSafetensors(await need(path, "model.safetensors"), `${path}/model.safetensors`);
  return new Map([...file.tensors].map(([name, entry]) => [name, entry.data]));
}

async function need(path: string, name: string): Promise<Uint8Array> {
  const bytes = await readFile(path, name);
  if (bytes !== undefined) return bytes;
  throw new StudioError(`${path} has no ${name}.`, { hint: "Use another checkpoint." });
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => owned(new TextEncoder().encode(text));
const json = (value: unknown) => utf8(`${JSON.stringify(value, null, 2)}\n`);
const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
/** The same bytes, typed as not shared between threads. */
const owned = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
