// Reads a checkpoint back, ours or the Trainer's: weights, optimiser state and where the run stood. It makes no tensors.
import { z } from "zod";
import { type LogRow, logRowSchema } from "../config/events.ts";
import type { Pins } from "../config/pins.ts";
import { nameOptimizerState, parseOptimizer } from "../formats/optimizer-file.ts";
import { readWeights } from "../formats/sharded-safetensors.ts";
import { StudioError } from "../lib/errors.ts";
import { newerData } from "../lib/version.ts";
import { readFile } from "../storage/folders.ts";
import { isDecayed, type OptimizerValues } from "../trainer/optimizers/optimizer.ts";
import { newProgress, type TrainProgress } from "../trainer/train.ts";
import { studioStateSchema } from "./checkpoint-files.ts";

/** What a resumed run starts from. */
export interface RestoredCheckpoint {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly optimizer: OptimizerValues;
  readonly progress: TrainProgress;
  /** What the run was computed on, or null for a checkpoint of the Trainer. */
  readonly pins: Pins | null;
}

/**
 * Reads a checkpoint, every byte checked.
 * @param trainable names of the trained parameters, in the model's order.
 * @throws StudioError that names what is missing or does not fit.
 */
export async function readCheckpoint(
  path: string,
  trainable: readonly string[],
): Promise<RestoredCheckpoint> {
  const { progress, pins } = await readProgress(path);
  const file = `${path}/optimizer.pt`;
  const parsed = parseOptimizer(await need(path, "optimizer.pt"), file);
  const parameters = nameOptimizerState(parsed, trainable, isDecayed, file);
  return {
    weights: await readCheckpointWeights(path),
    optimizer: { step: progress.globalStep, parameters },
    progress,
    pins,
  };
}

async function readProgress(path: string): Promise<Pick<RestoredCheckpoint, "progress" | "pins">> {
  const own = await readFile(path, "studio_state.json");
  if (own === undefined) {
    const state = parseJson(await need(path, "trainer_state.json"), `${path}/trainer_state.json`);
    return { progress: progressOfTrainerState(state, path), pins: null };
  }
  const json = parseJson(own, `${path}/studio_state.json`);
  const parsed = studioStateSchema.safeParse(json);
  if (!parsed.success) {
    throw newerData(path);
  }
  const { version: _, pins, ...progress } = parsed.data;
  return { progress, pins };
}

const trainerStateSchema = z.looseObject({
  global_step: z.int().nonnegative(),
  best_metric: z.number().nullable().default(null),
  best_global_step: z.int().nullable().default(null),
  log_history: z.array(z.unknown()),
  total_flos: z.number().default(0),
});

/**
 * Where a run of the Trainer stood. What its state does not keep starts anew, as in the Trainer's own resume: the window of
 * the next log row. `train_loss` goes on from the log rows, which the Trainer itself forgets.
 */
function progressOfTrainerState(state: unknown, path: string): TrainProgress {
  const parsed = trainerStateSchema.safeParse(state);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new StudioError(
      `${path}/trainer_state.json cannot be read: ${issue?.path.join(".")}: ${issue?.message}.`,
    );
  }
  const { global_step, best_metric, best_global_step, total_flos } = parsed.data;
  const logHistory = parsed.data.log_history.flatMap((row): LogRow[] => {
    const known = logRowSchema.safeParse(row);
    return known.success ? [known.data] : [];
  });
  let logged = 0;
  let lossSum = 0;
  for (const row of logHistory) {
    if (!("loss" in row)) continue;
    lossSum += (row.loss ?? 0) * (row.step - logged);
    logged = row.step;
  }
  return {
    ...newProgress(),
    globalStep: global_step,
    best:
      best_metric === null || best_global_step === null
        ? null
        : { metric: best_metric, step: best_global_step },
    logHistory,
    lossSum,
    windowStart: global_step,
    totalFlos: total_flos,
  };
}

/** The weights of a checkpoint, under their Hugging Face names. */
export async function readCheckpointWeights(path: string): Promise<Map<string, Float32Array>> {
  const file = await readWeights({ prefix: `${path}/`, read: (name) => readFile(path, name) });
  if (file === undefined) {
    throw new StudioError(`${path} has no model.safetensors.`, { hint: "Use another checkpoint." });
  }
  return new Map([...file.tensors].map(([name, entry]) => [name, entry.data]));
}

async function need(path: string, name: string): Promise<Uint8Array> {
  const bytes = await readFile(path, name);
  if (bytes !== undefined) return bytes;
  throw new StudioError(`${path} has no ${name}.`, {
    hint: "Without it a run cannot be resumed. Start a new run from these weights instead.",
  });
}

function parseJson(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new StudioError(`${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}
