import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { learningRateAt } from "../../../src/config/schedule.ts";
import type { SchedulerType } from "../../../src/config/scheduler-options.ts";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { afterScore, newMetricSchedule } from "../../../src/trainer/metric-schedule.ts";

/** Made with the code of transformers 5.18 (optimization.py) on PyTorch 1.13. */
interface Golden {
  by_step: {
    type: SchedulerType;
    options: Record<string, number | string>;
    warmup_steps: number;
    max_steps: number;
    rates: number[];
  }[];
  scores: number[];
  by_score: {
    type: SchedulerType;
    options: Record<string, number | string | boolean>;
    learning_rate: number;
    rates: number[];
  }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../golden/schedules.json", import.meta.url), "utf8"),
);

/** The rates of every update. */
function ratesOf(
  type: SchedulerType,
  options: Record<string, number | string>,
  warmup_steps: number,
  max_steps: number,
): number[] {
  const args = trainingArgumentsSchema.parse({
    learning_rate: 0.01,
    lr_scheduler_type: type,
    lr_scheduler_kwargs: options,
    warmup_steps,
    max_steps,
  });
  const plan = planSteps(args, 100);
  return Array.from({ length: max_steps }, (_, step) => learningRateAt(args, plan, step));
}

test.each(golden.by_step)(
  "$type $options with $warmup_steps warm-up updates of $max_steps uses transformers' rates",
  ({ type, options, warmup_steps, max_steps, rates }) => {
    const own = ratesOf(type, options, warmup_steps, max_steps);
    rates.forEach((rate, step) => {
      expect(Math.abs((own[step] ?? 9) - rate), `step ${step}`).toBeLessThan(1e-12);
    });
  },
);

// The vectors of the notes (A1), measured with transformers 5.18 at lr 0.01 and 6 updates.
test.each([
  ["linear", {}, 2, [0, 0.005, 0.01, 0.0075, 0.005, 0.0025]],
  ["cosine", {}, 2, [0, 0.005, 0.01, 0.008536, 0.005, 0.001464]],
  ["polynomial", {}, 0, [0.01, 0.008333, 0.006667, 0.005, 0.003333, 0.001667]],
  ["inverse_sqrt", {}, 2, [0, 0.005, 0.01, 0.008165, 0.007071, 0.006325]],
  ["cosine_with_restarts", { num_cycles: 2 }, 0, [0.01, 0.0075, 0.0025, 0.01, 0.0075, 0.0025]],
  ["cosine_with_min_lr", { min_lr: 1e-3 }, 0, [0.01, 0.009397, 0.00775, 0.0055, 0.00325, 0.001603]],
  ["warmup_stable_decay", { num_decay_steps: 2 }, 2, [0, 0.005, 0.01, 0.01, 0.01, 0.005]],
] as const)("%s %j uses the rates of the notes", (type, options, warmup, rates) => {
  const own = ratesOf(type, options, warmup, 6);
  rates.forEach((rate, step) => {
    expect(own[step]).toBeCloseTo(rate, 6);
  });
});

test.each(golden.by_score)(
  "$type $options follows the scores as transformers does",
  ({ type, options, learning_rate, rates }) => {
    const args = trainingArgumentsSchema.parse({
      learning_rate,
      lr_scheduler_type: type,
      lr_scheduler_kwargs: options,
    });
    let state = newMetricSchedule(args);
    const own = golden.scores.map((score) => {
      state = state === null ? null : afterScore(args, state, score);
      return state?.learningRate ?? Number.NaN;
    });
    rates.forEach((rate, index) => {
      expect(Math.abs((own[index] ?? 9) - rate), `score ${index}`).toBeLessThan(1e-12);
    });
  },
);
