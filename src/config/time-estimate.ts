// How long a run will take, from figures that were measured on this device: a short trial, or an earlier run like it.
import { z } from "zod";
import type { RunRecord } from "./run-record.ts";
import { countDue, countEvaluations, planSteps } from "./step-arithmetic.ts";

/** What was measured, in milliseconds. */
export const speedFiguresSchema = z.object({
  /** One update. */
  update: z.number().nonnegative(),
  /** One scoring of all held-out rows. */
  evaluation: z.number().nonnegative(),
  /** What comes before the first update: tokenising, and computing the outputs of frozen layers. */
  preparation: z.number().nonnegative(),
  /** One save; null where none was measured. */
  save: z.number().nonnegative().nullable(),
  /** Name of the run that gave the figures; null for a trial. */
  run: z.string().nullable(),
});
export type SpeedFigures = z.output<typeof speedFiguresSchema>;

export interface TimeEstimate {
  readonly preparation: number;
  readonly updates: number;
  readonly evaluations: number;
  readonly saves: number;
  readonly total: number;
}

/** Milliseconds of each part of a run, from its record and the figures of its device. */
export function estimateTime(
  { arguments: args }: Pick<RunRecord, "arguments">,
  trainRows: number,
  figures: SpeedFigures,
): TimeEstimate {
  const plan = planSteps(args, trainRows);
  const updates = plan.maxSteps * figures.update;
  // The final model and the untrained one are scored at the end.
  const evaluations = (countEvaluations(args, plan) + 2) * figures.evaluation;
  const saves = countDue(args.save_strategy, plan.saveSteps, plan) * (figures.save ?? 0);
  const { preparation } = figures;
  const total = preparation + updates + evaluations + saves;
  return { preparation, updates, evaluations, saves, total };
}

/** What decides how fast a run is. Runs with the same key take the same time an update on the same device. */
export function speedKey(
  record: Pick<
    RunRecord,
    "mode" | "num_trainable_layers" | "model_name_or_path" | "dataset" | "arguments"
  >,
  device: string,
  trainRows: number,
): string {
  const { arguments: args, dataset } = record;
  return JSON.stringify([
    device,
    record.model_name_or_path,
    record.mode,
    record.num_trainable_layers ?? null,
    dataset.id,
    dataset.text_column,
    trainRows,
    args.per_device_train_batch_size,
    args.per_device_eval_batch_size,
    args.gradient_accumulation_steps,
    args.max_length,
    args.optim,
  ]);
}
