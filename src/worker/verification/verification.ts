// "Verify in Python": the first updates of a run as files, with a script that replays them on PyTorch alone.
import type { LogRow } from "../../config/events.ts";
import { readOptimArgs } from "../../config/optim-args.ts";
import type { Task } from "../../config/problem-type.ts";
import { learningRateAt } from "../../config/schedule.ts";
import type { StepPlan } from "../../config/step-arithmetic.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { serializeSafetensors } from "../../formats/safetensors.ts";
import { createOptimizer } from "../../trainer/optimizers/create-optimizer.ts";
import { disposeOptimizer, initOptimizer, isDecayed } from "../../trainer/optimizers/optimizer.ts";
import { readValues } from "../../trainer/tensor-values.ts";
import { type MicroBatch, trainStep } from "../../trainer/train-step.ts";
import type { TrainedModel, UpdateParts } from "../run-task.ts";
import script from "./verify.py?raw";

/** Updates that are replayed, where the run has so many. */
const mostUpdates = 20;

export interface VerificationParts {
  readonly name: string;
  /** Back end and adapter, in words. */
  readonly backend: string;
  /** Relative difference that still agrees. */
  readonly tolerance: number;
  readonly args: TrainingArguments;
  readonly plan: StepPlan;
  readonly task: Task;
  /** config.json of the model. */
  readonly config: Readonly<Record<string, unknown>>;
  /** With the weights that the run started from. It is trained on. */
  readonly model: Pick<TrainedModel, "parameters" | "trainable" | "objective" | "afterUpdate">;
  /** The run draws numbers that PyTorch does not: its own log can then not be compared, and the replay leaves them out. */
  readonly isNoisy: boolean;
  /** The run's own log_history. */
  readonly logHistory: readonly LogRow[];
  /** The micro-batches of update `step`, from 0, with their tokens. */
  updateAt(step: number): UpdateParts;
  nextTask(): Promise<void>;
}

/** Computes the first updates anew and gives the files. The rates are those of a schedule that does not listen to scores. */
export async function verificationFiles(
  parts: VerificationParts,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
  const initial = await readValues(parts.model.parameters);
  const weights = new Map(
    [...initial].map(([name, values]) => [name, { dtype: "F32" as const, ...values }]),
  );
  const updates = await computeUpdates(parts);
  return [
    { name: "verify.py", bytes: utf8(script) },
    { name: "model.safetensors", bytes: serializeSafetensors(weights) as Uint8Array<ArrayBuffer> },
    { name: "config.json", bytes: json(parts.config) },
    { name: "run.json", bytes: json(describeRun(parts, updates)) },
  ];
}

interface Update {
  readonly learning_rate: number;
  readonly loss: number;
  readonly grad_norm: number;
  readonly batches: readonly object[];
}

async function computeUpdates(parts: VerificationParts): Promise<Update[]> {
  const { args, plan, model } = parts;
  const { trainable, objective } = model;
  const rule = createOptimizer(args);
  const state = initOptimizer(rule, trainable);
  const updates: Update[] = [];
  for (let step = 0; step < Math.min(mostUpdates, plan.maxSteps); step += 1) {
    const update = parts.updateAt(step);
    const { microBatches, tokenBatches } = update;
    const learningRate = learningRateAt(args, plan, step);
    const { loss, gradNorm } = await trainStep(trainable, rule, state, microBatches, {
      objective,
      learningRate,
      weightDecay: args.weight_decay,
      maxGradNorm: args.max_grad_norm,
    });
    await model.afterUpdate?.(update, undefined);
    const batches = microBatches.map((batch, index) => describeBatch(batch, tokenBatches[index]));
    updates.push({ learning_rate: learningRate, loss, grad_norm: gradNorm, batches });
    await parts.nextTask();
  }
  disposeOptimizer(state);
  return updates;
}

function describeBatch(
  { labels, weights, values }: MicroBatch,
  tokens: UpdateParts["tokenBatches"][number] | undefined,
) {
  const rows = (flat: Int32Array | undefined) =>
    Array.from({ length: tokens?.batchSize ?? 0 }, (_, row) => [
      ...(flat?.slice(row * (tokens?.length ?? 0), (row + 1) * (tokens?.length ?? 0)) ?? []),
    ]);
  return {
    input_ids: rows(tokens?.inputIds),
    attention_mask: rows(tokens?.attentionMask),
    // Of pairs: which of the two texts a token belongs to.
    ...(tokens !== undefined && "tokenTypeIds" in tokens
      ? { token_type_ids: rows(tokens.tokenTypeIds) }
      : {}),
    // Of a language model: the places in the flattened batch whose next token counts, and that token.
    ...(tokens !== undefined && "predictors" in tokens
      ? { predictors: [...tokens.predictors], labels: [...tokens.targets] }
      : { labels: [...labels] }),
    ...(weights === undefined ? {} : { weights: [...weights] }),
    ...(values === undefined ? {} : { values: [...values] }),
  };
}

function describeRun(parts: VerificationParts, updates: readonly Update[]) {
  const { args, model, logHistory, isNoisy } = parts;
  const { trainable } = model;
  const log = logHistory.flatMap((row) =>
    !isNoisy && "learning_rate" in row && row.step <= updates.length && row.loss !== null
      ? [{ step: row.step, loss: row.loss, grad_norm: row.grad_norm }]
      : [],
  );
  return {
    name: parts.name,
    backend: parts.backend,
    tolerance: parts.tolerance,
    note: describeLog(isNoisy, log.length),
    problem_type: parts.task,
    label_smoothing_factor: args.label_smoothing_factor,
    max_grad_norm: args.max_grad_norm,
    optim: args.optim,
    optim_options: optimOptions(args),
    learning_rate: args.learning_rate,
    weight_decay: args.weight_decay,
    adam_beta1: args.adam_beta1,
    adam_beta2: args.adam_beta2,
    adam_epsilon: args.adam_epsilon,
    trained: [...trainable.keys()],
    decayed: [...trainable.keys()].filter(isDecayed),
    updates,
    log,
  };
}

function describeLog(isNoisy: boolean, rows: number): string {
  if (isNoisy) {
    return "The run trains with dropout or NEFTune, which PyTorch draws differently: both sides leave them out, and the run's own log is not compared.";
  }
  return rows > 0
    ? ""
    : "The run logged no row within these updates: only the updates are compared.";
}

/** Under PyTorch's names. */
function optimOptions({ optim, optim_args }: TrainingArguments): object {
  switch (optim) {
    case "sgd":
      return readOptimArgs("sgd", optim_args);
    case "adagrad": {
      const { lrDecay, initialAccumulatorValue, epsilon } = readOptimArgs("adagrad", optim_args);
      return {
        lr_decay: lrDecay,
        initial_accumulator_value: initialAccumulatorValue,
        eps: epsilon,
      };
    }
    case "rmsprop": {
      const { epsilon, ...same } = readOptimArgs("rmsprop", optim_args);
      return { ...same, eps: epsilon };
    }
    default:
      return {};
  }
}

const utf8 = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
const json = (value: unknown) => utf8(`${JSON.stringify(value)}\n`);
