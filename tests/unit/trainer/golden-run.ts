// A golden run (tests/golden, made by transformers' Trainer) done again by ours, and how far apart the two are, for every back end.
// It reads no tensor synchronously: on a GPU that loses the device.
import { importArguments } from "../../../src/config/argument-files.ts";
import type { LogRow } from "../../../src/config/events.ts";
import { type ProblemType, problemTypes } from "../../../src/config/problem-type.ts";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import type { TrainingArguments } from "../../../src/config/training-arguments.ts";
import { collate, type TokenBatch } from "../../../src/data/collate.ts";
import { epochBatches } from "../../../src/data/sampler.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { matchTensors } from "../../../src/models/match-tensors.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import {
  type Classifier,
  createClassifier,
  disposeClassifier,
  logitsOf,
} from "../../../src/trainer/classifier.ts";
import { evaluate } from "../../../src/trainer/evaluate.ts";
import { createObjective } from "../../../src/trainer/objective.ts";
import { createOptimizer } from "../../../src/trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer } from "../../../src/trainer/optimizers/optimizer.ts";
import { newProgress, train } from "../../../src/trainer/train.ts";
import { type MicroBatch, trainStep } from "../../../src/trainer/train-step.ts";

export type ReadGolden = (path: string) => Promise<Uint8Array>;

export interface GoldenRow {
  readonly input_ids: readonly number[];
  readonly attention_mask: readonly number[];
  readonly labels: number | readonly number[];
}

/** A row of the reference's log_history. */
type GoldenLogRow = Readonly<Record<string, number>>;

export interface GoldenRun {
  /** Such as `bert` or `bert/sgd`. */
  readonly name: string;
  /** Folder of model and rows below the golden folder. */
  readonly folder: string;
  /** What differs from the arguments of all golden runs. */
  readonly arguments: object;
  readonly log: readonly GoldenLogRow[];
  /** File of the weights after the run, or null where the reference kept none. */
  readonly after: string | null;
}

/** The runs of the encoders among `models`: the full run of each, and all variants that start from one of them. */
export async function listGoldenRuns(
  read: ReadGolden,
  models: readonly string[],
): Promise<GoldenRun[]> {
  const full = await Promise.all(
    models.map(async (folder): Promise<GoldenRun> => {
      const expected = await readJson<{ full: GoldenLogRow[] }>(read, `${folder}/expected.json`);
      const after = `${folder}/after-full.safetensors`;
      return { name: folder, folder, arguments: {}, log: expected.full, after };
    }),
  );
  const variants = await readJson<Record<string, { arguments?: object; log: GoldenLogRow[] }>>(
    read,
    "variants/expected.json",
  ).catch(() => ({}));
  const found = Object.entries(variants).flatMap(([name, { arguments: changed, log }]) => {
    const [model = "", variant] = name.split("/");
    const base = models.find((each) => model === each || model.startsWith(`${each}-`));
    if (base === undefined) return [];
    const folder = variant === undefined ? `variants/${name}` : model;
    return { name, folder, arguments: changed ?? {}, log, after: null };
  });
  return [...full, ...found];
}

/** Largest differences between a run of ours and the reference's. */
export interface RunErrors {
  /** Relative, of any update's logged loss. */
  readonly loss: number;
  /** Relative, of any update's gradient norm before clipping. */
  readonly gradNorm: number;
  /** Absolute, of any update's learning rate. */
  readonly learningRate: number;
  /** Relative, of any evaluation's loss. */
  readonly evalLoss: number;
  /** Absolute, of any evaluation's accuracy or mean squared error. */
  readonly evalMetric: number;
  /** Relative, of train_loss. */
  readonly trainLoss: number;
  /** Relative L2 distance of the worst final tensor, key biases aside; 0 where the reference kept none. */
  readonly weights: number;
  /** Largest absolute difference of a final key bias. */
  readonly keyBias: number;
}

/** What a run may differ by, on a back end that rounds as the processor does, and on a graphics card. */
export const runLimits = (backend: string): RunErrors => {
  const relative = backend === "webgpu" ? 1e-4 : 1e-5;
  return {
    loss: relative,
    gradNorm: relative,
    learningRate: 1e-12,
    evalLoss: relative,
    // One of 16 held-out rows on the other side of a border would be 0.06.
    evalMetric: relative,
    trainLoss: relative,
    weights: 1e-4,
    keyBias: 1e-3,
  };
};

/** Does the run again on the current back end. */
export async function measureRun(run: GoldenRun, read: ReadGolden): Promise<RunErrors> {
  const model = await loadModel(run.folder, read);
  const args = argumentsOf(run);
  const log = await trainAgain(model, args);
  const after = run.after === null ? null : parseSafetensors(await read(run.after), run.after);
  const weights = await weightErrors(model.classifier, after?.tensors ?? new Map());
  disposeClassifier(model.classifier);
  return { ...logErrors(log, run.log), ...weights };
}

/** The arguments of all golden runs (make_golden.py), and what this one changes. */
export function argumentsOf(run: GoldenRun): TrainingArguments {
  const steps = Math.max(...run.log.map(({ step }) => step ?? 0));
  const common = {
    per_device_train_batch_size: 8,
    per_device_eval_batch_size: 8,
    max_steps: steps,
    learning_rate: 5e-3,
    weight_decay: 0.01,
    warmup_steps: 3,
    logging_steps: 1,
    eval_strategy: "steps",
    eval_steps: 5,
    save_strategy: "no",
    train_sampling_strategy: "sequential",
  };
  return importArguments(JSON.stringify({ ...common, ...run.arguments })).args;
}

export async function loadModel(folder: string, read: ReadGolden) {
  const config = await readJson<Record<string, unknown>>(read, `${folder}/config.json`);
  const rows = await readJson<{ train: GoldenRow[]; eval: GoldenRow[] }>(
    read,
    `${folder}/rows.json`,
  );
  const architecture = findArchitecture(String(config.model_type));
  const parsed = architecture.configSchema.parse(config);
  const name = `${folder}/model.safetensors`;
  const file = { name, tensors: parseSafetensors(await read(name), name).tensors };
  const { tensors } = matchTensors(architecture, parsed, file, true);
  const classifier = createClassifier({
    architecture,
    config: parsed,
    labels: Object.values(config.id2label as Record<string, string>),
    weights: new Map([...tensors].map(([tensor, { data }]) => [tensor, data])),
    seed: 0,
  });
  const problemType: ProblemType =
    problemTypes.find((type) => type === config.problem_type) ?? "single_label_classification";
  return { classifier, rows, problemType };
}
type LoadedModel = Awaited<ReturnType<typeof loadModel>>;

async function trainAgain(
  { classifier, rows, problemType }: LoadedModel,
  args: TrainingArguments,
): Promise<readonly LogRow[]> {
  const objective = createObjective(problemType, args.label_smoothing_factor);
  const rule = createOptimizer(args);
  const state = initOptimizer(rule, classifier.parameters);
  const lengths = rows.train.map(({ attention_mask }) => total(attention_mask));
  const plan = planSteps(args, rows.train.length);
  const progress = newProgress();
  const order = rows.eval.map((_, row) => row);
  const events = train({
    args,
    plan,
    progress,
    control: { stop: false },
    batchesOfEpoch: (epoch) => epochBatches(args, lengths, epoch),
    async trainStep(batches, learningRate) {
      const result = await trainStep(
        classifier.parameters,
        rule,
        state,
        batches.map((batch) => toBatch(classifier, rows.train, batch)),
        {
          objective,
          learningRate,
          weightDecay: args.weight_decay,
          maxGradNorm: args.max_grad_norm,
        },
      );
      return { ...result, flos: 0, tokens: 0 };
    },
    async evaluate() {
      const batches = [order.slice(0, 8), order.slice(8)];
      const scored = await evaluate(
        batches.map((batch) => toBatch(classifier, rows.eval, batch)),
        objective,
        async () => {},
      );
      return { ...scored, rows: order.length, batches: batches.length };
    },
    now: () => 0,
    nextTask: async () => {},
  });
  for await (const event of events) void event;
  disposeOptimizer(state);
  return progress.logHistory;
}

export function toBatch(
  classifier: Classifier,
  rows: readonly GoldenRow[],
  indices: readonly number[],
): MicroBatch & { readonly tokens: TokenBatch } {
  const chosen = indices.flatMap((index) => rows[index] ?? []);
  const isClass = chosen.every(({ labels }) => Number.isInteger(labels));
  const batch = collate(
    chosen.map(({ input_ids, attention_mask, labels }) => ({
      ids: input_ids.slice(0, total(attention_mask)),
      label: typeof labels === "number" && isClass ? labels : 0,
    })),
    1,
  );
  const values = Float32Array.from(chosen.flatMap(({ labels }) => labels));
  return {
    labels: batch.labels,
    ...(isClass ? {} : { values }),
    logits: () => logitsOf(classifier, batch),
    tokens: batch,
  };
}

export function logErrors(
  own: readonly LogRow[],
  reference: readonly GoldenLogRow[],
): Omit<RunErrors, "weights" | "keyBias"> {
  const pairs = reference.map((row, index) => [row, own[index]] as const);
  const worst = (key: string, isRelative: boolean): number =>
    Math.max(
      0,
      ...pairs.map(([row, mine]) => {
        const wanted = row[key];
        if (wanted === undefined) return 0;
        const got = (mine as unknown as GoldenLogRow | undefined)?.[key];
        const apart = Math.abs((got ?? Number.NaN) - wanted) / (isRelative ? Math.abs(wanted) : 1);
        return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
      }),
    );
  const misplaced = pairs.some(
    ([row, mine]) =>
      mine?.step !== row.step || Math.abs((mine?.epoch ?? -9) - (row.epoch ?? -1)) > 1e-9,
  );
  if (misplaced) throw new Error("The log rows do not stand at the reference's steps and epochs.");
  return {
    loss: worst("loss", true),
    gradNorm: worst("grad_norm", true),
    learningRate: worst("learning_rate", false),
    evalLoss: worst("eval_loss", true),
    evalMetric: Math.max(worst("eval_accuracy", false), worst("eval_mse", false)),
    trainLoss: worst("train_loss", true),
  };
}

export async function weightErrors(
  classifier: Pick<Classifier, "parameters">,
  reference: ReadonlyMap<string, { readonly data: Float32Array }>,
): Promise<Pick<RunErrors, "weights" | "keyBias">> {
  let weights = 0;
  let keyBias = 0;
  for (const [name, { data: wanted }] of reference) {
    const variable = classifier.parameters.get(name);
    const own = ((await variable?.data()) ?? new Float32Array()) as Float32Array;
    const apart = Array.from(wanted, (value, i) => (own[i] ?? Number.NaN) - value);
    if (name.endsWith("c_attn.bias")) {
      // GPT-2's biases of queries, keys and values are one tensor.
      const third = apart.length / 3;
      keyBias = Math.max(keyBias, ...apart.splice(third, third).map(Math.abs));
    }
    if (/(?:self\.key|k_lin|k_proj)\.bias$/u.test(name)) {
      keyBias = Math.max(keyBias, ...apart.map(Math.abs));
    } else weights = Math.max(weights, Math.hypot(...apart) / Math.hypot(...wanted));
  }
  return { weights, keyBias };
}

const total = (mask: readonly number[]): number => mask.reduce((sum, bit) => sum + bit, 0);

export async function readJson<Value>(read: ReadGolden, path: string): Promise<Value> {
  return JSON.parse(new TextDecoder().decode(await read(path)));
}
