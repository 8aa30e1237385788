import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import type { RunEvent, RunEventBody, RunHeader } from "../../../src/config/events.ts";
import type { RunRecord } from "../../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import {
  bestCheckpoint,
  bestEvaluation,
  isLive,
  lastGoodCheckpoint,
  newRun,
  type Run,
  reduceRun,
  updateTime,
} from "../../../src/state/run-state.ts";
import { timeLeft } from "../../../src/ui/run/eta.ts";
import { judge, overfitSince } from "../../../src/ui/run/verdict.ts";

const record: RunRecord = {
  version: 1,
  id: "r",
  name: "reviews",
  created_at: "2026-11-24T10:00:00.000Z",
  mode: "full",
  model_name_or_path: "universal-sentence-encoder-lite",
  dataset: datasetChoiceSchema.parse({
    id: "d",
    name: "rows.csv",
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
    max_train_rows: null,
  }),
  backend: "wasm",
  comparison: null,

  continued_from: null,
  arguments: trainingArgumentsSchema.parse({
    per_device_train_batch_size: 10,
    evaluation_strategy: "epoch",
  }),
};
const header: RunHeader = {
  numExamples: 100,
  numEvaluationExamples: 25,
  totalTrainBatchSize: 10,
  updatesPerEpoch: 10,
  maxSteps: 30,
  trainableParameters: 5,
  allParameters: 9,
  backend: "wasm",
  adapter: "SIMD",
};

const play = (bodies: readonly RunEventBody[], run: Run = newRun(record)): Run =>
  reduceRun(
    run,
    bodies.map((body): RunEvent => ({ version: 1, runId: "r", time: 0, ...body })),
  );

const started = (fromStep = 0): RunEventBody => ({ type: "started", header, fromStep });
const stepped = (step: number): RunEventBody => ({
  ...{ type: "step", step, epoch: step / 10, loss: 0.4, grad_norm: 1, learning_rate: 0.1 },
  ...{ rowsPerSecond: 50, tokensPerSecond: 400, paddingShare: 0.25 },
});
const logged = (step: number, loss: number): RunEventBody => ({
  type: "logged",
  row: { epoch: step / 10, grad_norm: 1, learning_rate: 0.1, loss, step },
});
const evaluated = (
  step: number,
  accuracy: number,
  loss: number,
  isBest: boolean,
): RunEventBody => ({
  type: "evaluated",
  row: {
    epoch: step / 10,
    eval_accuracy: accuracy,
    eval_loss: loss,
    eval_runtime: 2,
    eval_samples_per_second: 1,
    eval_steps_per_second: 1,
    step,
  },
  isBest,
});
const saved = (step: number, bestStep: number | null): RunEventBody => ({
  type: "checkpointSaved",
  checkpoint: { path: `results/checkpoint-${step}`, step, bytes: 10, savedAt: 0 },
  bestStep,
  duration: 5,
});

test("a run that continues from a checkpoint forgets the rows after it", () => {
  const run = play([
    started(),
    logged(10, 0.6),
    evaluated(10, 0.7, 0.6, true),
    saved(10, 10),
    logged(20, 0.5),
    evaluated(20, 0.8, 0.5, true),
    { type: "phaseChanged", phase: "interrupted" },
    started(10),
    logged(20, 0.51),
  ]);
  expect(run.trainRows.map(({ step, loss }) => [step, loss])).toEqual([
    [10, 0.6],
    [20, 0.51],
  ]);
  expect(run.evaluationRows.map(({ step }) => step)).toEqual([10]);
  expect(run.checkpoints.map(({ step }) => step)).toEqual([10]);
});

test("a run that continues before its best evaluation goes back to the best one before it", () => {
  const before = play([
    started(),
    evaluated(10, 0.7, 0.6, true),
    saved(10, 10),
    evaluated(20, 0.8, 0.5, true),
    started(10),
  ]);
  expect(bestEvaluation(before)?.step).toBe(10);
  expect(judge(play([evaluated(20, 0.69, 0.61, false)], before)).lead).toBe("Still improving.");
});

test("a batch of events leaves the run before it as it was, and takes linear time", () => {
  const before = play([started(), logged(10, 0.6)]);
  const after = play([logged(20, 0.5)], before);
  expect([before.trainRows.length, after.trainRows.length]).toEqual([1, 2]);
  expect(after.evaluationRows).toBe(before.evaluationRows);
  const many = Array.from({ length: 50_000 }, (_, index) => logged(index + 1, 1));
  expect(play(many).trainRows).toHaveLength(50_000);
});

test("the download is the best saved checkpoint, or the newest where none was scored", () => {
  expect(bestCheckpoint(play([started(), saved(10, 10), saved(20, 10)]))?.step).toBe(10);
  expect(bestCheckpoint(play([started(), saved(10, null), saved(20, null)]))?.step).toBe(20);
  expect(bestCheckpoint(play([started()]))).toBeNull();
});

test("a deleted checkpoint leaves the list", () => {
  const run = play([
    started(),
    saved(10, 10),
    saved(20, 20),
    { type: "checkpointDeleted", path: "results/checkpoint-10", step: 10 },
  ]);
  expect(run.checkpoints.map(({ step }) => step)).toEqual([20]);
});

test("an ended run lives no more and keeps its error", () => {
  const run = play([
    started(),
    { type: "ended", phase: "failed", error: { message: "The loss is NaN." } },
  ]);
  expect(isLive(run)).toBe(false);
  expect(run.error?.message).toBe("The loss is NaN.");
  expect(isLive(play([started(), { type: "phaseChanged", phase: "paused" }]))).toBe(true);
});

test("steps move the figures but are kept out of the log", () => {
  const run = play([started(), stepped(3)]);
  expect(run.step).toBe(3);
  expect(run.latest?.loss).toBe(0.4);
  expect(run.events.map(({ type }) => type)).toEqual(["started"]);
});

test("the time left counts updates and the scorings to come", () => {
  const run = play([started(), evaluated(10, 0.7, 0.6, true), stepped(10)]);
  // 20 updates of 10 rows at 50 rows a second, 2 scorings to come and 2 at the end, 2 seconds each.
  expect(timeLeft(run)).toBe(4000 + 8000);
  expect(timeLeft(play([started()]))).toBeNull();
});

test("an update's time is that of its mean rows: 100 in 2 updates of 64, unless the short one is dropped or never reached", () => {
  const timeOf = (change: object) => {
    const args = { ...record.arguments, per_device_train_batch_size: 64, ...change };
    return updateTime(play([started(), stepped(1)], newRun({ ...record, arguments: args })));
  };
  expect(timeOf({})).toBe(1000);
  expect(timeOf({ dataloader_drop_last: true })).toBe(1280);
  expect(timeOf({ max_steps: 1 })).toBe(1280);
  expect(timeOf({ per_device_train_batch_size: 16, gradient_accumulation_steps: 4 })).toBe(1000);
});

test("an evaluation loss that rises twice while training falls is over-fitting", () => {
  const losses = Array.from({ length: 30 }, (_, index) => logged(index + 1, 1 - index * 0.03));
  const scores = [
    evaluated(10, 0.8, 0.4, true),
    evaluated(20, 0.79, 0.45, false),
    evaluated(30, 0.78, 0.5, false),
  ];
  const run = play([started(), ...losses, ...scores]);
  expect(overfitSince(run)?.step).toBe(10);
  expect(judge(run).lead).toBe("It begins to learn the rows by heart.");
  expect(overfitSince(play([started(), ...losses, scores[0] as RunEventBody]))).toBeNull();
});

test("a finished run is judged by its best scoring, beside the baselines", () => {
  const run = play([
    started(),
    {
      type: "baselinesMeasured",
      baselines: { metric: "accuracy", chance: 0.5, majority: 0.5, wordCounts: 0.81 },
    },
    evaluated(10, 0.9, 0.3, true),
    evaluated(20, 0.88, 0.31, false),
    { type: "ended", phase: "completed" },
  ]);
  expect(judge(run)).toEqual({
    lead: "Best at step 10.",
    figures: "Accuracy 0.900, 0.50 by chance, 0.81 for word counts.",
  });
});

test("rows know the time spent training until then, without pauses and interruptions", () => {
  const at = (time: number, body: RunEventBody): RunEvent => ({
    version: 1,
    runId: "r",
    time: time * 1000,
    ...body,
  });
  const phase = (name: "training" | "paused" | "preparing"): RunEventBody => ({
    type: "phaseChanged",
    phase: name,
  });
  const run = reduceRun(newRun(record), [
    at(100, phase("preparing")),
    at(130, started()),
    at(140, phase("training")),
    at(150, logged(1, 0.6)),
    at(160, phase("paused")),
    at(260, phase("training")),
    at(265, logged(2, 0.5)),
    // The worker died here and the run went on an hour later.
    at(4000, phase("preparing")),
    at(4001, started(2)),
    at(4010, phase("training")),
    at(4012, logged(3, 0.4)),
  ]);
  expect(run.trainRows.map(({ elapsed }) => elapsed)).toEqual([10, 25, 27]);
});

test.each([
  // A row tells the loss before its update: row 11 is checkpoint-10's own.
  ["the newest of those that still learn", [5, 4, 3, 40, 5e9], 20],
  ["none where all had left", [5, 400, 4e4, 4e6, 4e8], null],
  ["the newest where nothing was logged", [], 30],
])("the checkpoint to go back to is %s", (_, losses, expected) => {
  const rows = losses.map((loss, index) => logged(index * 10 + 1, loss));
  const run = play([started(), ...rows, ...[10, 20, 30].map((step) => saved(step, null))]);
  expect(lastGoodCheckpoint(run)?.step ?? null).toBe(expected);
});

test("a run that continues another one's checkpoint keeps its rows, its best score and the checkpoint", () => {
  const rows = [logged(1, 5), logged(2, 4), evaluated(2, 0.5, 4, true), logged(3, 3)];
  const [first] = play([saved(3, null)]).checkpoints;
  const run = play([
    {
      type: "historyTaken",
      checkpoint: first as NonNullable<typeof first>,
      rows: rows.flatMap((event) => ("row" in event ? [event.row] : [])),
      bestStep: 2,
    },
    started(3),
    logged(4, 2),
  ]);
  expect(run.trainRows.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  expect(bestEvaluation(run)?.step).toBe(2);
  expect(bestCheckpoint(run)?.step).toBe(3);
});
