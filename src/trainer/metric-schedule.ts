// The schedules that listen to the scores: torch's ReduceLROnPlateau and transformers' GreedyLR (5.18).
// Plain data in, plain data out: the state is saved with each checkpoint.
import { z } from "zod";
import { readSchedulerOptions, type SchedulerOptions } from "../config/scheduler-options.ts";
import { isMetricSchedule, type TrainingArguments } from "../config/training-arguments.ts";

/** What such a schedule carries from score to score. */
export const metricScheduleSchema = z.object({
  learningRate: z.number(),
  /** null before the first score. */
  best: z.number().nullable(),
  badScores: z.number(),
  goodScores: z.number(),
  cooldown: z.number(),
  warmup: z.number(),
  /** Scores at the least rate before GreedyLR starts anew. */
  resetIn: z.number(),
  /** Newest scores, for GreedyLR's smoothing. */
  window: z.array(z.number()),
});
export type MetricSchedule = z.output<typeof metricScheduleSchema>;

/** The state before the first score, or null for a schedule that does not listen. */
export function newMetricSchedule(args: TrainingArguments): MetricSchedule | null {
  if (!isMetricSchedule(args.lr_scheduler_type)) return null;
  const resetIn =
    args.lr_scheduler_type === "greedy"
      ? readSchedulerOptions("greedy", args.lr_scheduler_kwargs).reset_start
      : 0;
  return {
    learningRate: args.learning_rate,
    best: null,
    badScores: 0,
    goodScores: 0,
    cooldown: 0,
    warmup: 0,
    resetIn,
    window: [],
  };
}

/** The state after a score. */
export function afterScore(
  args: TrainingArguments,
  state: MetricSchedule,
  score: number,
): MetricSchedule {
  if (args.lr_scheduler_type === "greedy") {
    const options = readSchedulerOptions("greedy", args.lr_scheduler_kwargs);
    return greedy(options, state, score, args.learning_rate);
  }
  return plateau(
    readSchedulerOptions("reduce_lr_on_plateau", args.lr_scheduler_kwargs),
    state,
    score,
  );
}

function plateau(
  options: SchedulerOptions<"reduce_lr_on_plateau">,
  state: MetricSchedule,
  score: number,
): MetricSchedule {
  const better = isBetter(options, score, state.best);
  const cooling = state.cooldown > 0;
  const badScores = better || cooling ? 0 : state.badScores + 1;
  const next = {
    ...state,
    best: better ? score : state.best,
    badScores,
    cooldown: cooling ? state.cooldown - 1 : 0,
  };
  if (badScores <= options.patience) return next;
  const rate = Math.max(state.learningRate * options.factor, options.min_lr);
  return {
    ...next,
    learningRate: state.learningRate - rate > options.eps ? rate : state.learningRate,
    cooldown: options.cooldown,
    badScores: 0,
  };
}

function greedy(
  options: SchedulerOptions<"greedy">,
  state: MetricSchedule,
  score: number,
  initialRate: number,
): MetricSchedule {
  const window = options.smooth ? [...state.window, score].slice(-options.window_size) : [];
  const current = options.smooth
    ? window.reduce((sum, value) => sum + value, 0) / window.length
    : score;
  const waiting = { ...state, window, badScores: 0, goodScores: 0 };
  if (state.cooldown > 0) return { ...waiting, cooldown: state.cooldown - 1 };
  if (state.warmup > 0) return { ...waiting, warmup: state.warmup - 1 };
  const better = isBetter(options, current, state.best);
  const next = {
    ...state,
    window,
    best: better ? current : state.best,
    goodScores: better ? state.goodScores + 1 : 0,
    badScores: better ? 0 : state.badScores + 1,
  };
  if (next.goodScores > options.patience) return raise(options, next);
  return next.badScores > options.patience ? lower(options, next, initialRate) : next;
}

function raise(options: SchedulerOptions<"greedy">, state: MetricSchedule): MetricSchedule {
  const { learningRate } = state;
  const rate = Math.min(learningRate / options.factor, options.max_lr);
  return {
    ...state,
    learningRate: rate - learningRate > options.eps ? rate : learningRate,
    resetIn: options.reset_start,
    warmup: options.warmup,
    goodScores: 0,
  };
}

function lower(
  options: SchedulerOptions<"greedy">,
  state: MetricSchedule,
  initialRate: number,
): MetricSchedule {
  const wanted = Math.max(state.learningRate * options.factor, options.min_lr);
  const learningRate = state.learningRate - wanted > options.eps ? wanted : state.learningRate;
  const resetIn = learningRate > options.min_lr ? state.resetIn : state.resetIn - 1;
  const isReset = learningRate <= options.min_lr && resetIn <= 0;
  return {
    ...state,
    learningRate: isReset ? initialRate : learningRate,
    best: isReset ? null : state.best,
    resetIn: isReset ? options.reset_start : resetIn,
    window: isReset ? [] : state.window,
    cooldown: options.cooldown,
    badScores: 0,
  };
}

function isBetter(
  options: { mode: "min" | "max"; threshold: number; threshold_mode: "rel" | "abs" },
  score: number,
  best: number | null,
): boolean {
  // Nothing beats an infinite loss by a share of it, but everything finite is better.
  if (best === null) return options.mode === "min" ? score < Infinity : score > -Infinity;
  const { mode, threshold, threshold_mode } = options;
  const sign = mode === "min" ? -1 : 1;
  const bar = threshold_mode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
  return mode === "min" ? score < bar : score > bar;
}
