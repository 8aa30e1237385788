import fc from "fast-check";
import { expect, test } from "vitest";
import { presetArguments, presets } from "../../../src/config/presets.ts";
import { repairStrategies } from "../../../src/config/repair-strategies.ts";
import { trainingModes } from "../../../src/config/run-record.ts";
import { planSteps } from "../../../src/config/step-arithmetic.ts";
import { simulateRun } from "../../../src/config/timeline.ts";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import { validateArguments } from "../../../src/config/validate-arguments.ts";
import { newProgress, train } from "../../../src/trainer/train.ts";

/** What the training loop itself does with these arguments, when scoring number `best` is the best. */
async function reallyTrain(args: TrainingArguments, rows: number, best: number) {
  const plan = planSteps(args, rows);
  let scored = args.eval_on_start ? -1 : 0;
  const events = train({
    args,
    plan,
    progress: newProgress(),
    control: { stop: false },
    batchesOfEpoch: () => Array.from({ length: plan.batchesPerEpoch }, () => [0]),
    trainStep: async () => ({ loss: 1, gradNorm: 1, flos: 1, tokens: 1 }),
    async evaluate() {
      const gain = scored <= best ? scored : -scored;
      scored += 1;
      return {
        loss: 1 - gain / 1000,
        metrics: { accuracy: 0.5 + gain / 1000 },
        rows: 1,
        batches: 1,
      };
    },
    now: () => 0,
    nextTask: async () => {},
  });
  const evaluations: number[] = [];
  const saves = new Map<number, number | null>();
  let last = 0;
  let end = 0;
  for await (const event of events) {
    if (event.type === "evaluating") evaluations.push(event.step);
    if (event.type === "save") {
      saves.set(event.step, null);
      last = event.step;
    }
    if (event.type === "delete") saves.set(event.step, last);
    if (event.type === "end") end = event.row.step;
  }
  return { evaluations, saves: [...saves], end };
}

const interval = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(0.1, 0.25, 0.4));

test("the timeline of a coming run is what the training loop then does, for any arguments", async () => {
  const property = fc.asyncProperty(
    fc.record({
      num_train_epochs: fc.constantFrom(0.5, 1, 2, 2.5, 4),
      per_device_train_batch_size: fc.constantFrom(1, 3, 8),
      gradient_accumulation_steps: fc.constantFrom(1, 2, 3),
      logging_steps: fc.integer({ min: 1, max: 20 }),
      evaluation_strategy: fc.constantFrom("no" as const, "steps" as const, "epoch" as const),
      eval_steps: fc.option(interval),
      eval_delay: fc.constantFrom(0, 1, 5),
      eval_on_start: fc.boolean(),
      save_strategy: fc.constantFrom(
        "no" as const,
        "steps" as const,
        "epoch" as const,
        "best" as const,
      ),
      save_steps: interval,
      save_total_limit: fc.option(fc.integer({ min: 1, max: 4 })),
      metric_for_best_model: fc.constantFrom("accuracy" as const, "loss" as const, null),
      early_stopping_patience: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 0, max: 8 }),
    async (given, rows, best) => {
      const args = trainingArgumentsSchema.parse(given);
      const timeline = simulateRun(args, planSteps(args, rows), best);
      const real = await reallyTrain(args, rows, best);
      expect(timeline.evaluations).toEqual(real.evaluations);
      expect(timeline.checkpoints.map(({ step, deletedAt }) => [step, deletedAt])).toEqual(
        real.saves,
      );
      expect(timeline.lastStep).toBe(real.end);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test("with a limit of 2 the best and the newest remain, and each deletion is told with its save", () => {
  const args = trainingArgumentsSchema.parse({
    per_device_train_batch_size: 10,
    num_train_epochs: 5,
    evaluation_strategy: "epoch",
    save_strategy: "epoch",
    save_total_limit: 2,
    load_best_model_at_end: true,
  });
  const { checkpoints, epochs } = simulateRun(args, planSteps(args, 100), 1);
  expect(epochs).toEqual([10, 20, 30, 40, 50]);
  expect(checkpoints).toEqual([
    { step: 10, deletedAt: 30, kept: null },
    { step: 20, deletedAt: null, kept: "best" },
    { step: 30, deletedAt: 40, kept: null },
    { step: 40, deletedAt: 50, kept: null },
    { step: 50, deletedAt: null, kept: "newest" },
  ]);
});

test("a run with a save each of ten million updates is cut, not simulated to the end", () => {
  const args = trainingArgumentsSchema.parse({ max_steps: 10_000_000, save_steps: 1 });
  const before = performance.now();
  const timeline = simulateRun(args, planSteps(args, 1000));
  expect(timeline.isCut).toBe(true);
  expect(timeline.checkpoints).toHaveLength(20_000);
  expect(performance.now() - before).toBeLessThan(5000);
});

const context = {
  trainRows: 2400,
  evaluationRows: 600,
  takenFolders: [],
  modelMaxLength: 128,
  task: "single_label_classification",
  trainsEmbeddings: true,
} as const;

test("From the notes is what the notes say, and the Trainer refuses it", () => {
  const args = presetArguments("notes", "full", 2400);
  expect(args).toMatchObject({
    logging_steps: 100,
    save_steps: 500,
    save_strategy: "steps",
    evaluation_strategy: "epoch",
    save_total_limit: 2,
    load_best_model_at_end: true,
    metric_for_best_model: "accuracy",
    greater_is_better: true,
    per_device_train_batch_size: 8,
    per_device_eval_batch_size: 8,
  });
  expect(validateArguments(args, context).map(({ argument }) => argument)).toEqual([
    "save_strategy",
  ]);
});

test("either repair of the notes makes a run that the Trainer takes, and its scorings divide its saves", () => {
  const args = presetArguments("notes", "full", 2400);
  const repairs = repairStrategies(args, planSteps(args, 2400));
  expect(repairs).toEqual([
    { kind: "saveAsScored", change: { save_strategy: "epoch" } },
    { kind: "scoreAsSaved", change: { evaluation_strategy: "steps", eval_steps: 250 } },
  ]);
  for (const { change } of repairs) {
    expect(validateArguments({ ...args, ...change }, context)).toEqual([]);
  }
});

test("every repair of every refused pair of strategies makes the arguments pass", () => {
  const strategies = ["no", "steps", "epoch"] as const;
  for (const evaluation_strategy of strategies) {
    for (const save_strategy of strategies) {
      for (const save_steps of [500, 7, 0.2, 997]) {
        const args = trainingArgumentsSchema.parse({
          evaluation_strategy,
          save_strategy,
          save_steps,
          load_best_model_at_end: true,
        });
        const repairs = repairStrategies(args, planSteps(args, 2400));
        expect(repairs.length > 0).toBe(evaluation_strategy !== save_strategy);
        for (const { change } of repairs) {
          expect(validateArguments({ ...args, ...change }, context)).toEqual([]);
        }
      }
    }
  }
});

test("every preset but the notes can be started in every mode, and each mode has its own learning rate", () => {
  for (const rows of [3, 300, 2400]) {
    for (const mode of trainingModes) {
      for (const preset of presets) {
        if (preset === "notes") continue;
        const args = presetArguments(preset, mode, rows);
        expect(validateArguments(args, { ...context, trainRows: rows })).toEqual([]);
      }
    }
  }
  const rateOf = (mode: "head" | "full") => presetArguments("balanced", mode, 2400).learning_rate;
  expect(rateOf("head")).toBeGreaterThan(10 * rateOf("full"));
});

test("a head with a hidden layer takes a lower rate than one linear layer, and no other mode asks for it", () => {
  const rateOf = (mode: "head" | "last" | "full", hasDeepHead: boolean) => {
    const subject = { problemType: "single_label_classification", hasDeepHead } as const;
    return presetArguments("balanced", mode, 2400, subject).learning_rate;
  };
  expect([rateOf("head", false), rateOf("head", true)]).toEqual([0.03, 0.001]);
  expect(rateOf("last", true)).toBe(rateOf("last", false));
  expect(rateOf("full", true)).toBe(rateOf("full", false));
});
