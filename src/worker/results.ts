// How a run's final model does on the held-out rows: the figures of the Results page, by the problem type.
import { type EvaluationRows, shownCharacters } from "../config/evaluation-rows.ts";
import type {
  ClassResults,
  LabelSetResults,
  RegressionResults,
  RunResults,
} from "../config/events.ts";
import { labelThreshold } from "../config/problem-type.ts";
import { measureBaselines } from "../data/baselines.ts";
import type { LabelledRow, PreparedDataset } from "../data/prepare-dataset.ts";
import { countLabels, f1Of, labelSetScores, regressionScores } from "../lib/scores.ts";
import type { Evaluation } from "../trainer/evaluate.ts";
import { classMetrics, confusionMatrix } from "../trainer/metrics.ts";
import type { RunModel } from "./run-model.ts";

const mostMistakes = 100;

/** The figures, and the rows behind them. */
interface Measured {
  readonly results: RunResults;
  readonly rows: EvaluationRows;
}

/** The two scorings of the held-out rows. */
interface Scored {
  readonly prepared: PreparedDataset;
  readonly after: Evaluation;
  readonly before: Evaluation;
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
  const after = await model.evaluate(nextTask);
  const before = await model.evaluateInitial(nextTask);
  const scored = { prepared, after, before };
  const common = {
    version: 1 as const,
    checkpoint,
    step,
    labels: [...prepared.labels],
    loss: after.loss,
    baselines: measureBaselines(prepared),
  };
  const { problem_type } = prepared.choice;
  switch (problem_type) {
    case "single_label_classification":
      return {
        results: { ...common, problem_type, ...classFigures(scored) },
        rows: classRows(scored),
      };
    case "multi_label_classification":
      return {
        results: { ...common, problem_type, ...labelSetFigures(scored) },
        rows: valueRows(problem_type, scored),
      };
    case "regression":
      return {
        results: { ...common, problem_type, ...regressionFigures(scored) },
        rows: valueRows(problem_type, scored),
      };
    default:
      return problem_type satisfies never;
  }
}

type Figures<Results> = Omit<
  Results,
  "version" | "checkpoint" | "step" | "labels" | "loss" | "baselines" | "problem_type"
>;

function classFigures({ prepared, after, before }: Scored): Figures<ClassResults> {
  const { labels, evaluation } = prepared;
  const actual = evaluation.map(({ label }) => label);
  const figuresOf = ({ predicted }: Evaluation) => {
    const confusion = confusionMatrix(actual, predicted, labels.length);
    const perClass = classMetrics(confusion).map((metrics, id) => ({
      label: labels[id] ?? "",
      ...metrics,
    }));
    const hits = confusion.reduce((sum, row, id) => sum + (row[id] ?? 0), 0);
    return { confusion, perClass, accuracy: hits / evaluation.length };
  };
  const [now, then] = [figuresOf(after), figuresOf(before)];
  return {
    ...now,
    accuracyBefore: then.accuracy,
    confusionBefore: then.confusion,
    perClassBefore: then.perClass,
    mistakes: surestMistakes(prepared, after),
  };
}

const truthOf = ({ evaluation }: PreparedDataset) =>
  evaluation.flatMap(({ values = [] }) => values);

function labelSetFigures({ prepared, after, before }: Scored): Figures<LabelSetResults> {
  const { labels, evaluation } = prepared;
  const truth = truthOf(prepared);
  const scoresOf = ({ probabilities }: Evaluation) =>
    labelSetScores(probabilities, truth, labels.length, labelThreshold);
  const perClassOf = ({ probabilities }: Evaluation) =>
    countLabels(probabilities, truth, labels.length, labelThreshold).map((counts, id) => ({
      label: labels[id] ?? "",
      precision: counts.predicted === 0 ? null : counts.hits / counts.predicted,
      recall: counts.support === 0 ? null : counts.hits / counts.support,
      f1: counts.predicted + counts.support === 0 ? null : f1Of(counts),
      support: counts.support,
    }));
  return {
    rows: evaluation.length,
    metrics: scoresOf(after),
    metricsBefore: scoresOf(before),
    perClass: perClassOf(after),
    perClassBefore: perClassOf(before),
  };
}

function regressionFigures({ prepared, after, before }: Scored): Figures<RegressionResults> {
  const { labels, evaluation } = prepared;
  const truth = truthOf(prepared);
  const width = labels.length;
  const columnOf = (values: ArrayLike<number>, output: number) =>
    Array.from({ length: evaluation.length }, (_, row) => values[row * width + output] ?? 0);
  const scoresOf = ({ probabilities }: Evaluation, output: number) =>
    regressionScores(columnOf(probabilities, output), columnOf(truth, output), 1);
  return {
    rows: evaluation.length,
    metrics: regressionScores(after.probabilities, truth, width),
    metricsBefore: regressionScores(before.probabilities, truth, width),
    targets: labels.map((_, output) => ({
      after: scoresOf(after, output),
      before: scoresOf(before, output),
    })),
  };
}

/** A row as the lists show it: both texts of a pair. */
const shownText = ({ text, pair }: LabelledRow) =>
  (pair === undefined ? text : `${text} ¦ ${pair}`).slice(0, shownCharacters);

function classRows({ prepared, before, after }: Scored): EvaluationRows {
  const { labels, evaluation } = prepared;
  const sureness = ({ probabilities, predicted }: Evaluation, index: number) =>
    probabilities[index * labels.length + (predicted[index] ?? 0)] ?? 0;
  return {
    version: 1,
    labels: [...labels],
    rows: evaluation.map((row, index) => ({
      line: row.line,
      text: shownText(row),
      label: row.label,
      predicted: after.predicted[index] ?? 0,
      confidence: sureness(after, index),
      predicted_before: before.predicted[index] ?? 0,
      confidence_before: sureness(before, index),
    })),
  };
}

function valueRows(
  problem_type: "multi_label_classification" | "regression",
  { prepared, before, after }: Scored,
): EvaluationRows {
  const { labels, evaluation } = prepared;
  const outputsOf = ({ probabilities }: Evaluation, index: number) => [
    ...probabilities.subarray(index * labels.length, (index + 1) * labels.length),
  ];
  return {
    version: 1,
    labels: [...labels],
    problem_type,
    rows: evaluation.map((row, index) => ({
      line: row.line,
      text: shownText(row),
      values: [...(row.values ?? [])],
      predicted: outputsOf(after, index),
      predicted_before: outputsOf(before, index),
    })),
  };
}

function surestMistakes(
  { labels, evaluation }: PreparedDataset,
  { predicted, probabilities }: Evaluation,
): ClassResults["mistakes"] {
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
