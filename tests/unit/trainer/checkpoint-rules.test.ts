// Which checkpoint is the best, which are saved and which are deleted: sections A4 and A5 of the notes on the Trainer, line by
// line. What they mark [run] was measured with transformers 4.57.6 and 5.18.0; each row bears the reference's own line.
import { expect, test } from "vitest";
import { checkpointsToDelete } from "../../../src/config/rotation.ts";
import {
  bestMetric,
  isGreaterBetter,
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import { betterOf } from "../../../src/trainer/best-model.ts";
import { bestCheckpointStep, type TrainEvent, train } from "../../../src/trainer/train.ts";
import { collect, partsOf } from "./fake-run.ts";

/** Scored and saved after each of the updates, by accuracy. */
const everyStep: Partial<TrainingArguments> = {
  num_train_epochs: 1,
  per_device_train_batch_size: 1,
  evaluation_strategy: "steps",
  eval_steps: 1,
  save_strategy: "steps",
  save_steps: 1,
  metric_for_best_model: "accuracy",
};
const nan = Number.NaN;

const stepsOf = (events: readonly TrainEvent[], type: "save" | "delete" | "evaluating") =>
  events.flatMap((event) => (event.type === type ? [event.step] : []));

/** Plays a run and gives all that the rules decide. */
async function play(
  args: Partial<TrainingArguments>,
  accuracies: readonly number[],
  updates = accuracies.length,
) {
  const { parts } = partsOf({ ...everyStep, ...args }, updates, accuracies);
  const events = await collect(parts);
  return {
    saves: stepsOf(events, "save"),
    evaluations: stepsOf(events, "evaluating"),
    notSaved: events.flatMap((event) => (event.type === "bestNotSaved" ? [event.step] : [])),
    kept: parts.progress.savedSteps,
    best: parts.progress.best,
    checkpoint: bestCheckpointStep(parts.progress),
  };
}

const sequence = [0.5, 0.9, 0.7, 0.6, 0.5, 0.4];
const rising = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];

// A4
test.each<
  [string, Partial<TrainingArguments>, readonly number[], readonly number[], number | null]
>([
  ["limit None -> 1..6 kept", { save_total_limit: null }, sequence, [1, 2, 3, 4, 5, 6], 2],
  [
    "limit 1 -> 2 dirs (best + newest); the newest is kept at the end too: a listed difference",
    { save_total_limit: 1 },
    sequence,
    [2, 6],
    2,
  ],
  ["limit 2 -> 2,6", { save_total_limit: 2 }, sequence, [2, 6], 2],
  ["limit 3 -> 2,5,6", { save_total_limit: 3 }, sequence, [2, 5, 6], 2],
  ["Best last (.1 up to .6), limit 1 -> only 6", { save_total_limit: 1 }, rising, [6], 6],
  [
    "Best first, limit 2 -> 1,6",
    { save_total_limit: 2 },
    [0.9, 0.5, 0.4, 0.3, 0.2, 0.1],
    [1, 6],
    1,
  ],
  [
    "Protection applies with load_best_model_at_end False, once metric_for_best_model is set",
    { save_total_limit: 1, load_best_model_at_end: false },
    sequence,
    [2, 6],
    2,
  ],
  [
    "load_best_model_at_end with limit 1: the loss decides, best and newest stay",
    { save_total_limit: 1, load_best_model_at_end: true, metric_for_best_model: null },
    sequence,
    [2, 6],
    2,
  ],
  [
    "without a metric nothing is protected but the newest",
    { save_total_limit: 1, metric_for_best_model: null },
    sequence,
    [6],
    null,
  ],
])("A4: %s", async (_, args, accuracies, kept, checkpoint) => {
  const run = await play(args, accuracies);
  expect(run.kept).toEqual(kept);
  expect(run.checkpoint).toBe(checkpoint);
});

test.each<[string, readonly number[], number | null, number | null, readonly number[]]>([
  ["limit 0 keeps all", [1, 2, 3], 0, null, []],
  ["a negative limit keeps all", [1, 2, 3], -1, null, []],
  ["by step number, not by the order of the list: 9 is older than 10", [10, 9, 100], 2, null, [9]],
  ["the oldest others go until max(limit, |protected|) remain", [1, 2, 3, 4], 3, 1, [2]],
  ["|protected| is 2 with limit 1", [1, 2, 3], 1, 1, [2]],
  ["best and newest are one: |protected| is 1", [1, 2, 3], 1, 3, [1, 2]],
  ["a best that is not there protects nothing", [1, 2, 3], 1, 7, [1, 2]],
  ["fewer than the limit: nothing goes", [1, 2], 3, null, []],
  ["a lowered limit catches up at once", [1, 2, 3, 4, 5], 2, 2, [1, 3, 4]],
  ["no checkpoint, nothing to delete", [], 1, null, []],
])("A4: %s", (_, steps, limit, best, deleted) => {
  expect(checkpointsToDelete(steps, limit, best)).toEqual(deleted);
});

test("A4: deletion is after the new save: the peak is limit + 1, and with limit 1 and an old best + 2", async () => {
  const peakOf = async (limit: number) => {
    const { parts } = partsOf({ ...everyStep, save_total_limit: limit }, 6, sequence);
    const there = new Set<number>();
    let peak = 0;
    for await (const event of train(parts)) {
      if (event.type === "save") there.add(event.step);
      if (event.type === "delete") there.delete(event.step);
      peak = Math.max(peak, there.size);
    }
    return peak;
  };
  expect(await peakOf(2)).toBe(3);
  expect(await peakOf(3)).toBe(4);
  expect(await peakOf(1)).toBe(3);
});

// A5: which of two scores is the best
test.each<[string, number | null, number, boolean, boolean]>([
  ["start at -inf: the first one wins", null, -5, true, true],
  ["strictly greater wins", 0.5, 0.6, true, true],
  ["less does not", 0.5, 0.4, true, false],
  ["ties keep the earlier", 0.5, 0.5, true, false],
  ["strictly less wins where less is better", 0.5, 0.4, false, true],
  ["ties keep the earlier where less is better", 0.5, 0.5, false, false],
  ["NaN never wins, not even first", null, nan, true, false],
  ["NaN never wins over a number", 0.5, nan, false, false],
  ["minus infinity is no better than nothing was", 0.5, Number.NEGATIVE_INFINITY, true, false],
])("A5: %s", (_, before, value, greater, wins) => {
  const best = before === null ? null : { metric: before, step: 1 };
  const next = { metric: value, step: 2 };
  expect(betterOf(best, next, greater)).toEqual(wins ? next : best);
});

// A1 and A5: which metric, and which way
test.each<[string, Partial<TrainingArguments>, string | null, boolean]>([
  ["None stays None", {}, null, false],
  ['becomes "loss" with load_best_model_at_end', { load_best_model_at_end: true }, "loss", false],
  ['becomes "loss" with plateau', { lr_scheduler_type: "reduce_lr_on_plateau" }, "loss", false],
  ["loss -> False", { metric_for_best_model: "loss" }, "loss", false],
  ["acc -> True", { metric_for_best_model: "accuracy" }, "accuracy", true],
  ["f1 -> True", { metric_for_best_model: "f1" }, "f1", true],
  [
    "mse -> True, the wrong direction (refused by name)",
    { metric_for_best_model: "mse" },
    "mse",
    true,
  ],
  [
    "greater_is_better given wins",
    { metric_for_best_model: "mse", greater_is_better: false },
    "mse",
    false,
  ],
  [
    "greater_is_better given wins over loss too",
    { metric_for_best_model: "loss", greater_is_better: true },
    "loss",
    true,
  ],
])("A5, metric_for_best_model: %s", (_, args, metric, greater) => {
  const full = trainingArgumentsSchema.parse(args);
  expect(bestMetric(full)).toBe(metric);
  if (metric !== null) expect(isGreaterBetter(full)).toBe(greater);
});

// A5: what a run remembers and loads
interface Case {
  readonly args?: Partial<TrainingArguments>;
  readonly accuracies: readonly number[];
  readonly best: { readonly metric: number; readonly step: number } | null;
  readonly checkpoint: number | null;
  readonly saves?: readonly number[];
  readonly evaluations?: readonly number[];
  readonly notSaved?: readonly number[];
  readonly updates?: number;
}
test.each<[string, Case]>([
  [
    "ties keep the earlier",
    { accuracies: [0.5, 0.7, 0.7], best: { metric: 0.7, step: 2 }, checkpoint: 2 },
  ],
  ["NaN, .6 -> best .6", { accuracies: [nan, 0.6], best: { metric: 0.6, step: 2 }, checkpoint: 2 }],
  [
    "NaN only: there is no best, and nothing is loaded",
    { accuracies: [nan, nan], best: null, checkpoint: null },
  ],
  [
    "eval_steps 1, save_steps 2, best at step 3 (unsaved): best_model_checkpoint stays checkpoint-2",
    {
      args: { save_steps: 2 },
      accuracies: [0.1, 0.6, 0.9, 0.5],
      best: { metric: 0.9, step: 3 },
      checkpoint: 2,
      saves: [2, 4],
      notSaved: [1, 3],
    },
  ],
  [
    "If the only best is unsaved (step 1): best_model_checkpoint null and nothing is loaded",
    {
      args: { save_steps: 2 },
      accuracies: [0.9, 0.6, 0.5, 0.4],
      best: { metric: 0.9, step: 1 },
      checkpoint: null,
      saves: [2, 4],
      notSaved: [1],
    },
  ],
  [
    "at each SAVE, if dir checkpoint-<best_global_step> exists: a save later than the score",
    {
      args: { eval_steps: 2, save_steps: 1 },
      accuracies: [0.5, 0.9],
      updates: 4,
      best: { metric: 0.9, step: 4 },
      checkpoint: 4,
      saves: [1, 2, 3, 4],
      evaluations: [2, 4],
    },
  ],
  [
    'save_strategy "best": saves on each new best; no step schedule, no forced final save',
    {
      args: { save_strategy: "best" },
      accuracies: [0.5, 0.4, 0.7, 0.7, 0.1],
      best: { metric: 0.7, step: 3 },
      checkpoint: 3,
      saves: [1, 3],
      notSaved: [],
    },
  ],
  [
    'save_strategy "best" with limit 1: best and newest are one',
    {
      args: { save_strategy: "best", save_total_limit: 1 },
      accuracies: [0.5, 0.4, 0.7],
      best: { metric: 0.7, step: 3 },
      checkpoint: 3,
      saves: [1, 3],
    },
  ],
  [
    'save_strategy "no": a best is known, none is saved, and no warning asks for what cannot be',
    {
      args: { save_strategy: "no" },
      accuracies: [0.5, 0.9],
      best: { metric: 0.9, step: 2 },
      checkpoint: null,
      saves: [],
      notSaved: [],
    },
  ],
  [
    "save forced for the last step, and the eval too (v5)",
    {
      args: { eval_steps: 2, save_steps: 2 },
      accuracies: [0.1, 0.2, 0.3],
      updates: 5,
      best: { metric: 0.3, step: 5 },
      checkpoint: 5,
      saves: [2, 4, 5],
      evaluations: [2, 4, 5],
    },
  ],
  [
    "eval_delay not passed: no forced eval either, only the forced save",
    {
      args: { eval_steps: 2, save_steps: 2, eval_delay: 9 },
      accuracies: [],
      updates: 5,
      best: null,
      checkpoint: null,
      saves: [2, 4, 5],
      evaluations: [],
    },
  ],
  [
    "save_steps 0: only the final forced save",
    {
      args: { save_steps: 0 },
      accuracies: [0.9, 0.5, 0.4],
      best: { metric: 0.9, step: 1 },
      checkpoint: null,
      saves: [3],
      notSaved: [1],
    },
  ],
  [
    "by epochs: eval, then save, at the end of each, the last partial one too",
    {
      args: {
        num_train_epochs: 1.5,
        evaluation_strategy: "epoch",
        save_strategy: "epoch",
      },
      accuracies: [0.9, 0.5],
      updates: 4,
      best: { metric: 0.9, step: 4 },
      checkpoint: 4,
      saves: [4, 6],
      evaluations: [4, 6],
      notSaved: [],
    },
  ],
  [
    "a first score below every start value is a best all the same",
    { accuracies: [0, 0], best: { metric: 0, step: 1 }, checkpoint: 1 },
  ],
  [
    "greater_is_better False on accuracy: the least one",
    {
      args: { greater_is_better: false },
      accuracies: [0.5, 0.2, 0.4],
      best: { metric: 0.2, step: 2 },
      checkpoint: 2,
    },
  ],
])("A5: %s", async (_, { args = {}, accuracies, updates, best, checkpoint, ...expected }) => {
  const run = await play(args, accuracies, updates);
  expect(run.best).toEqual(best);
  expect(run.checkpoint).toBe(checkpoint);
  expect(run).toMatchObject(expected);
});

test("our extension, on the user's word: each new best is saved, also where no save is due", async () => {
  const { parts } = partsOf({ ...everyStep, save_steps: 2 }, 4, [0.1, 0.6, 0.9, 0.5]);
  parts.progress.savesNewBest = true;
  const events = await collect(parts);
  expect(stepsOf(events, "save")).toEqual([1, 2, 3, 4]);
  expect(events.some(({ type }) => type === "bestNotSaved")).toBe(false);
  expect(bestCheckpointStep(parts.progress)).toBe(3);
});
