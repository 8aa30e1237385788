// Words that belong to the kinds of target: classes, sets of labels, numbers.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enKinds = {
  field: "Predicts",
  names: {
    single_label_classification: "one class a row",
    multi_label_classification: "a set of labels",
    regression: "numbers",
  },
  moreTargets: {
    regression: "More numbers",
    multi_label_classification: "More 0/1 columns",
  },
  moreNone: "none",
  moreAnother: "add a column",
  unpick: (column: string) => `Take ${column} out`,
  separator: "Labels are separated by",
  separators: { ",": "commas", ";": "semicolons", "|": "bars |", " ": "spaces" },
  obstacleColumn: "Column",
  split: (train: number, evaluation: number, seed: number) =>
    `${count(train, "row trains", "rows train")}, ${formatCount(evaluation)} ${evaluation === 1 ? "is" : "are"} held out: drawn at random, seed ${seed}.`,
  labels: {
    title: "Labels",
    total: (labels: number) => count(labels, "label", "labels"),
    perRow: (mean: string) => `${mean} a row`,
    without: (rows: number) => `${count(rows, "row has", "rows have")} no label at all.`,
    none: "no label",
  },
  targets: {
    title: "Numbers to predict",
    range: (least: string, most: string) => `${least} to ${most}`,
    spread: (mean: string, deviation: string) => `mean ${mean}, deviation ${deviation}`,
    far: (mean: string) =>
      `A new output layer starts near 0, far from these numbers: the loss starts high, and many updates go into reaching ${mean}. Scaled numbers, for example mean 0 and deviation 1, are learned sooner. Nothing is scaled here, as in the Trainer.`,
    more: (others: number) => `and ${count(others, "more column", "more columns")}`,
    bar: (from: string, to: string, train: number, evaluation: number) =>
      `${from} to ${to}: ${formatCount(train)} train, ${formatCount(evaluation)} held out`,
    chart: (name: string, least: string, most: string) =>
      `Rows by ${name}, from ${least} to ${most}`,
  },
  results: {
    regressionHeadline: (r2: string, rows: number) =>
      `R² ${r2} on ${count(rows, "held-out row", "held-out rows")}`,
    labelSetHeadline: (f1: string, rows: number) =>
      `F1 ${f1} on ${count(rows, "held-out row", "held-out rows")}`,
    compare: {
      r2: "Explained variance (R²)",
      f1: "F1 over all labels",
    },
    bars: {
      after: "This model",
      before: "Before training",
      wordCounts: "Word counts",
      majority: { r2: "Mean of training", f1: "Most frequent" },
    },
    barHelp: {
      r2: "TF-IDF with ridge regression, on the same split",
      f1: "TF-IDF with a logistic regression for each label, on the same split",
    },
    figures: "Figures",
    figure: "figure",
    now: "now",
    earlier: "before",
    names: {
      r2: "R²",
      pearson: "correlation",
      rmse: "root mean squared error",
      mse: "mean squared error",
      mae: "mean absolute error",
      f1: "F1, micro",
      f1_macro: "F1, macro",
      accuracy: "whole set right",
      hamming_loss: "wrong labels (Hamming)",
    },
    target: "Number",
    scatter: "Predicted against true",
    scatterChart: (name: string, rows: number) =>
      `${name}: ${count(rows, "row", "rows")}, predicted over true. On the line both are equal.`,
    shown: (shown: number, rows: number) =>
      `${formatCount(shown)} of ${formatCount(rows)} rows are drawn, taken evenly from all.`,
    truth: "true",
    predicted: "predicted",
    residuals: "Errors",
    residualChart: (name: string) => `${name}: rows by error, predicted minus true`,
    residualBar: (from: string, to: string, rows: number) =>
      `error ${from} to ${to}: ${count(rows, "row", "rows")}`,
    bias: (mean: string) => `On average the model says ${mean} against the truth.`,
    over: (mean: string) => `${mean} too much`,
    under: (mean: string) => `${mean} too little`,
    exact: "neither too much nor too little",
    worst: "Largest errors",
    columns: {
      line: "line",
      text: "text",
      truth: "true",
      predicted: "predicted",
      error: "error",
      labels: "labels",
      said: "said",
    },
    perLabel: "Labels",
    threshold: "A label counts as said above a probability of 0.5.",
    wrongRows: "Rows with a wrong label",
    filterLabel: "Label",
    filters: { all: "any label", none: "no label" },
    missed: (label: string) => `${label} missed`,
    invented: (label: string) => `${label} said wrongly`,
    rowsNone: "There is no such row.",
    unkept: "The rows behind these figures are not in the storage any more.",
  },
  file: {
    help: {
      regression: "It comes back with the predicted numbers in further columns.",
      multi_label_classification:
        "It comes back with the predicted labels and the probability of each.",
    },
    labelRows: "Rows with each label",
    exact: (share: string, rows: number, columns: string) =>
      `The file has ${columns} itself: in ${share} of ${count(rows, "row", "rows")} all labels agree.`,
    rmse: (rmse: string, rows: number, columns: string) =>
      `The file has ${columns} itself: over ${count(rows, "row", "rows")} the root mean squared error is ${rmse}.`,
    numbers: "Predicted numbers",
    range: (least: string, mean: string, most: string) => `${least} to ${most}, mean ${mean}`,
  },
  tryIt: {
    pairLabel: "Second text",
    pairPlaceholder: "Type the second text",
    was: (value: string) => `was ${value}`,
    none: "no label",
  },
};
