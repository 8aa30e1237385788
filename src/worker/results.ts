// How a run's final model does on the held-out rows: the figures of the Results page.
import { type EvaluationRows, shownCharacters } from "../config/evaluation-rows.ts";
import type { RunResults } from "../config/events.ts";
import { measureBaselines } from "../data/baselines.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import type { Evaluation } from "../trainer/evaluate.ts";
import { classMetrics, confusionMatrix } from "../trainer/metrics.ts";
import type { RunModel } from "./run-model.ts";

const mostMistakes = 100;

/** The figures, and the rows behind them. */
interface Measured {
  readonly results: RunResults;
  readonly rows: EvaluationRows;
}

/** Scores the model before and after training and compares with the baselines. */
export async function measureResults(parts: {
  model: RunModel;
  prepared: PreparedDataset;
  checkpoint: string | null;
  step: number;
  nextTask: () => Promise<void>;
}): Promise<Measured> {
  const { model, prepared, checkpoint, step, nextTask } = parts;
  const { labels, evaluation } = prepared;
  const after = await model.evaluate(nextTask);
  const before = await model.evaluateInitial(nextTask);
  const figuresOf = (predicted: readonly number[]) => {
    const actual = evaluation.map(({ label }) => label);
    const confusion = confusionMatrix(actual, predicted, labels.length);
    const perClass = classMetrics(confusion).map((metrics, id) => ({
      label: labels[id] ?? "",
      ...metrics,
    }));
    return { confusion, perClass };
  };
  const figuresBefore = figuresOf(before.predicted);
  const results: RunResults = {
    version: 1,
    checkpoint,
    step,
    labels: [...labels],
    accuracy: after.metrics.accuracy ?? 0,
    loss: after.loss,
    accuracyBefore: before.metrics.accuracy ?? 0,
    ...figuresOf(after.predicted),
    confusionBefore: figuresBefore.confusion,
    perClassBefore: figuresBefore.perClass,
    baselines: measureBaselines(prepared),
    mistakes: surestMistakes(prepared, after),
  };
  return { results, rows: describeRows(prepared, before, after) };
}

function describeRows(
  { labels, evaluation }: PreparedDataset,
  before: Evaluation,
  after: Evaluation,
): EvaluationRows {
  const sureness = ({ probabilities, predicted }: Evaluation, index: number) =>
    probabilities[index * labels.length + (predicted[index] ?? 0)] ?? 0;
  return {
    version: 1,
    labels: [...labels],
    rows: evaluation.map(({ line, text, label }, index) => ({
      line,
      text: text.slice(0, shownCharacters),
      label,
      predicted: after.predicted[index] ?? 0,
      confidence: sureness(after, index),
      predicted_before: before.predicted[index] ?? 0,
      confidence_before: sureness(before, index),
    })),
  };
}

function surestMistakes(
  { labels, evaluation }: PreparedDataset,
  { predicted, probabilities }: Evaluation,
): RunResults["mistakes"] {
  return evaluation
    .map((row, index) => {
      const guess = predicted[index] ?? 0;
      const probability = probabilities[index * labels.length + guess] ?? 0;
      return { row, guess, probability };
    })
    .filter(({ row, guess }) => row.label !== guess)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostMistakes)
    .map(({ row, guess, probability }) => ({
      line: row.line,
      text: row.text.slice(0, 500),
      label: labels[row.label] ?? "",
      predicted: labels[guess] ?? "",
      probability,
    }));
}
