import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../../src/config/dataset.ts";
import type { RunEvent, RunEventBody } from "../../../../src/config/events.ts";
import type { RunRecord, TrainingMode } from "../../../../src/config/run-record.ts";
import { trainingArgumentsSchema } from "../../../../src/config/training-arguments.ts";
import { newRun, type Run, reduceRun } from "../../../../src/state/run-state.ts";
import { comparedRuns, judgeComparison } from "../../../../src/ui/run/comparison.ts";
import { findExplosion, judge } from "../../../../src/ui/run/verdict.ts";

const recordOf = (mode: TrainingMode, comparison: string | null = null): RunRecord => ({
  version: 1,
  id: mode,
  name: `reviews-${mode}`,
  created_at: "2026-11-24T10:00:00.000Z",
  mode,
  model_name_or_path: "m",
  dataset: datasetChoiceSchema.parse({
    id: "d",
    name: "rows.csv",
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
  }),
  backend: "wasm",
  comparison,

  continued_from: null,
  arguments: trainingArgumentsSchema.parse({}),
});

interface Score {
  readonly accuracy: number;
  readonly loss: number;
}

/** A run with one training loss an update, and a scoring after every ten. */
function played(
  losses: readonly number[],
  scores: readonly Score[],
  end: readonly RunEventBody[] = [],
  record = recordOf("full"),
): Run {
  const bodies: RunEventBody[] = [{ type: "phaseChanged", phase: "training" }];
  let best = 0;
  losses.forEach((loss, index) => {
    const step = index + 1;
    bodies.push({
      type: "logged",
      row: { epoch: step / 10, grad_norm: 1, learning_rate: 0.1, loss, step },
    });
    const score = step % 10 === 0 ? scores[step / 10 - 1] : undefined;
    if (score === undefined) return;
    const isBest = score.accuracy > best;
    best = Math.max(best, score.accuracy);
    bodies.push({
      type: "evaluated",
      isBest,
      row: {
        epoch: step / 10,
        eval_accuracy: score.accuracy,
        eval_loss: score.loss,
        eval_runtime: 1,
        eval_samples_per_second: 1,
        eval_steps_per_second: 1,
        step,
      },
    });
  });
  const events = [...bodies, ...end].map(
    (body): RunEvent => ({ version: 1, runId: record.id, time: 0, ...body }),
  );
  return reduceRun(newRun(record), events);
}

const falling = (count: number) => Array.from({ length: count }, (_, i) => 0.7 - i * 0.01);
const completed: RunEventBody = { type: "ended", phase: "completed" };

test("accuracy that rises at each scoring is told with how often it rose", () => {
  const run = played(falling(40), [
    { accuracy: 0.6, loss: 0.6 },
    { accuracy: 0.7, loss: 0.5 },
    { accuracy: 0.75, loss: 0.45 },
    { accuracy: 0.8, loss: 0.4 },
  ]);
  expect(judge(run)).toEqual({
    lead: "Still improving.",
    figures: "The score got better at each of the last 3 scorings. Accuracy 0.800.",
  });
});

test("accuracy that stands while the evaluation loss falls is still an improvement", () => {
  const run = played(falling(30), [
    { accuracy: 0.8, loss: 0.6 },
    { accuracy: 0.8, loss: 0.5 },
    { accuracy: 0.8, loss: 0.45 },
  ]);
  expect(judge(run)).toMatchObject({
    lead: "Still improving.",
    figures: expect.stringContaining("The evaluation loss still falls."),
  });
});

test("two scorings without a better one, at a loss that does not fall, are levelling off", () => {
  const run = played(falling(40), [
    { accuracy: 0.8, loss: 0.45 },
    { accuracy: 0.85, loss: 0.4 },
    { accuracy: 0.84, loss: 0.39 },
    { accuracy: 0.84, loss: 0.39 },
  ]);
  expect(judge(run)).toMatchObject({
    lead: "Levelling off.",
    figures: expect.stringContaining("No better scoring for 2 scorings in a row."),
  });
});

test("an evaluation loss that rises while the training loss falls is overfitting, from its lowest point on", () => {
  const scores = [
    { accuracy: 0.8, loss: 0.45 },
    { accuracy: 0.82, loss: 0.4 },
    { accuracy: 0.81, loss: 0.43 },
    { accuracy: 0.81, loss: 0.5 },
  ];
  const verdict = judge(played(falling(40), scores));
  expect(verdict.lead).toBe("It begins to learn the rows by heart.");
  expect(verdict.figures).toContain("rose from 0.400 to 0.500 since step 20");
  expect(judge(played(falling(40), scores, [completed])).lead).toBe(
    "Best at step 20, overfitted after it.",
  );
});

test("an evaluation loss that rises with the training loss is not overfitting", () => {
  const rising = Array.from({ length: 40 }, (_, i) => 0.5 + i * 0.001);
  const scores = [0.4, 0.41, 0.42, 0.43].map((loss) => ({ accuracy: 0.8, loss }));
  expect(judge(played(rising, scores)).lead).toBe("Levelling off.");
});

test("a training loss that leaves where it was is diverging, a noisy one is not", () => {
  const leaving = [...falling(20), ...Array.from({ length: 10 }, (_, i) => 0.9 + i * 0.1)];
  expect(judge(played(leaving, [])).lead).toBe("It is diverging.");
  expect(judge(played(leaving, [])).figures).toContain("rose from 0.530 to 1.600");
  const noisy = Array.from({ length: 200 }, (_, i) => 0.5 + 0.3 * Math.sin(i * 7.3));
  expect(findExplosion(played(noisy, []))).toBeNull();
  expect(findExplosion(played([9, 9, 9], []))).toBeNull();
});

test("a run whose last scoring is its best by far says that more epochs may help", () => {
  const run = played(
    falling(20),
    [
      { accuracy: 0.7, loss: 0.5 },
      { accuracy: 0.8, loss: 0.4 },
    ],
    [completed],
  );
  expect(judge(run)).toEqual({
    lead: "Best at step 20, and still improving.",
    figures: "Accuracy 0.800. More epochs may help.",
  });
});

test("a run that was never scored, and one that failed, say so", () => {
  expect(judge(played(falling(5), [], [completed])).lead).toBe("Nothing was scored.");
  const failed: RunEventBody = { type: "ended", phase: "failed", error: { message: "The disk." } };
  expect(judge(played(falling(5), [], [failed]))).toEqual({
    lead: "The run failed.",
    figures: "The disk.",
  });
});

test("a comparison tells what pretraining is worth in points of accuracy", () => {
  const runOf = (mode: TrainingMode, accuracy: number) =>
    played(falling(10), [{ accuracy, loss: 0.4 }], [completed], recordOf(mode, "c"));
  const runs = [runOf("full", 0.88), runOf("scratch", 0.7), runOf("head", 0.86)];
  const loaded = new Map(runs.map((run) => [run.record.id, run]));
  const compared = comparedRuns("c", runs, [], loaded);
  expect(compared.map(({ record }) => record.mode)).toEqual(["scratch", "head", "full"]);
  expect(judgeComparison(compared)).toBe(
    "Pretraining is worth 18.0 points: everything reaches 0.880, random weights 0.700.",
  );
  const early = comparedRuns("c", [], [{ record: recordOf("full", "c") }], new Map());
  expect(early.map(({ isQueued }) => isQueued)).toEqual([true]);
  expect(judgeComparison(early)).toMatch(/^The verdict stands here/u);
});

test("a comparison of language models is in nats a token, and the smaller perplexity wins", () => {
  const runOf = (mode: TrainingMode, eval_perplexity: number): Run => {
    const run = played(falling(10), [{ accuracy: 0.5, loss: 1 }], [completed], recordOf(mode, "c"));
    const evaluationRows = run.evaluationRows.map((row) => ({ ...row, eval_perplexity }));
    return { ...run, evaluationRows };
  };
  const judged = (full: number, scratch: number) => {
    const runs = [runOf("full", full), runOf("scratch", scratch)];
    const loaded = new Map(runs.map((run) => [run.record.id, run]));
    return judgeComparison(comparedRuns("c", runs, [], loaded));
  };
  expect(judged(2.7, 290)).toBe(
    "Pretraining is worth 4.68 nats a token: everything reaches 2.700, random weights 290.000.",
  );
  expect(judged(300, 290)).toMatch(/^Pretraining gains nothing here/u);
});
