// Words of the Results page: figures, the rows behind them, coverage, predicting a file.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enResults = {
  title: "Results",
  none: "No results yet",
  noneWords: "They appear when a run has ended and its held-out rows were scored.",
  going: (name: string) => `${name} is still going on. Its results appear when it ends.`,
  unscored: "This run ended before its model was scored.",
  toRun: "To the run",
  headline: (share: string, rows: number) =>
    `${share} of ${count(rows, "held-out row is", "held-out rows are")} right`,
  facts: (name: string, checkpoint: string) => `${name}, ${checkpoint}.`,
  unsaved: "weights that were not saved",
  compare: "What that is worth",
  bars: {
    after: "This model",
    before: "Before training",
    wordCounts: "Word counts",
    majority: "Most frequent class",
    chance: "Chance",
  },
  barHelp: {
    wordCounts: "TF-IDF with logistic regression, on the same split",
  },
  changed: {
    fixed: (rows: number) =>
      `${count(rows, "row was", "rows were")} wrong before training and right now`,
    broken: (rows: number) =>
      `${count(rows, "row was", "rows were")} right before training and wrong now`,
  },
  confusion: "Where it is wrong",
  moment: "Which model",
  moments: { after: "after training", before: "before" },
  said: (label: string) => `said ${label}`,
  cell: (rows: number, actual: string, predicted: string) =>
    `${count(rows, "row", "rows")} of ${actual}, predicted ${predicted}`,
  cellHint: "Press a number to list its rows.",
  pairs: "Most confused",
  pair: (actual: string, predicted: string) => `${actual} taken for ${predicted}`,
  noPairs: "No row was taken for another class.",
  perClass: "Classes",
  columns: {
    class: "class",
    precision: "precision",
    recall: "recall",
    f1: "F1",
    rows: "rows",
  },
  before: (value: string) => `before training ${value}`,
  rows: {
    mistakes: "Most confident mistakes",
    cell: (actual: string, predicted: string, isBefore: boolean) =>
      `${actual}, ${isBefore ? "before training " : ""}predicted ${predicted}`,
    fixed: "Wrong before, right now",
    broken: "Right before, wrong now",
    all: "Show the mistakes",
    none: "There is no such row.",
    mistakesNone: "No mistakes on the held-out rows.",
    more: (shown: number, all: number) => `${formatCount(shown)} of ${formatCount(all)} rows.`,
    showMore: "Show more",
    unkept: "This run is of an older studio, which kept the rows of its mistakes only.",
    columns: { line: "line", text: "text", label: "class", said: "said", sure: "sure" },
  },
  coverage: {
    title: "Answer only when sure",
    threshold: "Confidence, at least",
    at: (threshold: string, share: string, rows: number) =>
      `At a confidence of ${threshold} or more ${share} of the held-out rows are answered (${formatCount(rows)}).`,
    right: (share: string) => `${share} of these answers are right.`,
    nothing: "No row is answered.",
    chart: "Share of right answers over the share of rows answered",
    xAxis: "rows answered",
    yAxis: "right",
    unkept: "This run is of an older studio, which did not keep what this needs.",
  },
  tryIt: "Try a text",
  download: "Download best checkpoint",
  file: {
    title: "Predict a file",
    drop: "Drop a CSV or Excel file with new texts",
    or: "or",
    choose: "choose a file",
    help: "It comes back with two more columns: the predicted class and how sure the model is.",
    noCheckpoint:
      "This run kept no checkpoint, so no model is left to ask. Set save_strategy to epoch or steps and train once more.",
    reading: (name: string) => `Reading ${name}`,
    predicting: (done: number, all: number, name: string) =>
      `${formatCount(done)} of ${count(all, "row", "rows")} of ${name}`,
    waiting: (run: string) => `Waiting until ${run} has ended or is paused: it needs the device.`,
    cancel: "Cancel",
    another: "Another file",
    textColumn: "Text column",
    sheet: "Sheet",
    pick: "choose one",
    chooseColumn: (name: string) =>
      `${name} has no column named as in training. Which one holds the texts?`,
    done: (rows: number, name: string) => `${count(rows, "row", "rows")} of ${name} predicted.`,
    empty: (rows: number) =>
      `${count(rows, "row has", "rows have")} no text and ${rows === 1 ? "gets" : "get"} no answer.`,
    above: (share: string, threshold: string) => `${share} are at least ${threshold} sure.`,
    agree: (share: string, rows: number, column: string) =>
      `The file has the column ${column} itself: of ${count(rows, "row", "rows")} with a known class there ${share} agree.`,
    classes: "Predicted classes",
    csv: "Download CSV",
    xlsx: "Download Excel",
    escaped: (cells: number) =>
      `In the CSV file ${count(cells, "cell begins", "cells begin")} like a formula and ${cells === 1 ? "gets" : "get"} an apostrophe in front, so that no spreadsheet runs ${cells === 1 ? "it" : "them"}.`,
    headings: {
      label: "predicted_label",
      confidence: "confidence",
      labels: "predicted_labels",
      probability: "probability_",
      number: "predicted_",
    },
  },
};
