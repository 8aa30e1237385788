// What a score means nothing without: chance, always the same answer, and word counts, on the same split.
import type { Baselines } from "../config/events.ts";
import { labelThreshold } from "../config/problem-type.ts";
import { labelSetScores, regressionScores } from "../lib/scores.ts";
import { fitLogisticRegression, type SparseRow } from "./logistic-regression.ts";
import type { LabelledRow, PreparedDataset } from "./prepare-dataset.ts";
import { fitRidge } from "./ridge-regression.ts";

/** Caps that keep the word counts within seconds; beyond them the first rows and the most frequent words are used. */
const mostRows = 20_000;
const mostWords = 50_000;
/** Each output of a set or a regression is a fit of its own. */
const mostFits = 20;

/** Measures them on the evaluation rows. Word counts are TF-IDF with scikit-learn's defaults. */
export function measureBaselines(prepared: PreparedDataset): Baselines {
  switch (prepared.choice.problem_type) {
    case "single_label_classification":
      return ofClasses(prepared);
    case "multi_label_classification":
      return ofLabelSets(prepared);
    case "regression":
      return ofNumbers(prepared);
    default:
      return prepared.choice.problem_type satisfies never;
  }
}

function ofClasses({ labels, evaluation, train: all }: PreparedDataset): Baselines {
  const train = all.slice(0, mostRows);
  const counts = labels.map((_, id) => train.filter(({ label }) => label === id).length);
  const majority = counts.indexOf(Math.max(...counts));
  const vectorize = fitTfIdf(train.map(({ text }) => text));
  const predict = fitLogisticRegression(
    train.map(({ text }) => vectorize(text)),
    train.map(({ label }) => label),
    labels.length,
  );
  return {
    metric: "accuracy",
    chance: 1 / labels.length,
    majority: accuracy(evaluation, () => majority),
    wordCounts: accuracy(evaluation, ({ text }) => predict(vectorize(text))),
  };
}

/** F1 (micro) of the labels that most rows have, or else of the most frequent one; and of one classifier a label. */
function ofLabelSets({ labels, evaluation, train: all }: PreparedDataset): Baselines {
  const train = all.slice(0, mostRows);
  const shares = labels.map((_, id) => mean(train.map(({ values }) => values?.[id] ?? 0)));
  const most = Math.max(...shares);
  const always = shares.map((share) => (share > 0.5 || share === most ? 1 : 0));
  const truth = evaluation.flatMap(({ values = [] }) => values);
  const score = (predict: (row: LabelledRow) => readonly number[]) =>
    labelSetScores(evaluation.flatMap(predict), truth, labels.length, labelThreshold).f1;
  const predict = fitEach(labels, train, (rows, targets) =>
    fitLogisticRegression(rows, targets, 2),
  );
  return {
    metric: "f1",
    chance: null,
    majority: score(() => always),
    wordCounts: predict === null ? null : score(predict),
  };
}

/** R² of the training rows' mean, and of a ridge regression. */
function ofNumbers({ labels, evaluation, train: all }: PreparedDataset): Baselines {
  const train = all.slice(0, mostRows);
  const means = labels.map((_, output) => mean(train.map(({ values }) => values?.[output] ?? 0)));
  const truth = evaluation.flatMap(({ values = [] }) => values);
  const score = (predict: (row: LabelledRow) => readonly number[]) =>
    regressionScores(evaluation.flatMap(predict), truth, labels.length).r2;
  const predict = fitEach(labels, train, fitRidge);
  return {
    metric: "r2",
    chance: null,
    majority: score(() => means) ?? 0,
    wordCounts: predict === null ? null : (score(predict) ?? null),
  };
}

const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + number, 0) / (numbers.length || 1);

/** One predictor an output, or null where that would be too many fits. */
function fitEach(
  labels: readonly string[],
  train: readonly LabelledRow[],
  fitOne: (rows: readonly SparseRow[], targets: readonly number[]) => (row: SparseRow) => number,
): ((row: LabelledRow) => number[]) | null {
  if (labels.length > mostFits) return null;
  const vectorize = fitTfIdf(train.map(({ text }) => text));
  const rows = train.map(({ text }) => vectorize(text));
  const predictors = labels.map((_, output) =>
    fitOne(
      rows,
      train.map(({ values }) => values?.[output] ?? 0),
    ),
  );
  return ({ text }) => {
    const row = vectorize(text);
    return predictors.map((predict) => predict(row));
  };
}

function accuracy(rows: readonly LabelledRow[], predict: (row: LabelledRow) => number): number {
  if (rows.length === 0) return 0;
  return rows.filter((row) => predict(row) === row.label).length / rows.length;
}

/** scikit-learn's TfidfVectorizer: words of two or more characters, smoothed idf, unit length. */
export function fitTfIdf(texts: readonly string[]): (text: string) => SparseRow {
  const documents = new Map<string, number>();
  for (const text of texts) {
    for (const word of new Set(words(text))) documents.set(word, (documents.get(word) ?? 0) + 1);
  }
  const kept = [...documents].sort((a, b) => b[1] - a[1]).slice(0, mostWords);
  const vocabulary = new Map(
    kept.map(([word, count], index) => [
      word,
      { index, idf: Math.log((1 + texts.length) / (1 + count)) + 1 },
    ]),
  );
  return (text) => {
    const weights = new Map<number, number>();
    for (const word of words(text)) {
      const known = vocabulary.get(word);
      if (known !== undefined)
        weights.set(known.index, (weights.get(known.index) ?? 0) + known.idf);
    }
    const norm = Math.hypot(...weights.values()) || 1;
    return [...weights].map(([index, value]) => ({ index, value: value / norm }));
  };
}

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
