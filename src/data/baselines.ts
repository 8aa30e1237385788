// What accuracy means nothing without: chance, the most frequent class, and word counts, on the same split.
import type { Baselines } from "../config/events.ts";
import { fitLogisticRegression, type SparseRow } from "./logistic-regression.ts";
import type { LabelledRow, PreparedDataset } from "./prepare-dataset.ts";

/** Caps that keep the word counts within seconds; beyond them the first rows and the most frequent words are used. */
const mostRows = 20_000;
const mostWords = 50_000;

/** Measures all three on the evaluation rows. Word counts are TF-IDF with logistic regression, with scikit-learn's defaults. */
export function measureBaselines(prepared: PreparedDataset): Baselines {
  const { labels, evaluation } = prepared;
  const train = prepared.train.slice(0, mostRows);
  const counts = labels.map((_, id) => train.filter(({ label }) => label === id).length);
  const majority = counts.indexOf(Math.max(...counts));
  const vectorize = fitTfIdf(train.map(({ text }) => text));
  const predict = fitLogisticRegression(
    train.map(({ text }) => vectorize(text)),
    train.map(({ label }) => label),
    labels.length,
  );
  return {
    chance: 1 / labels.length,
    majority: accuracy(evaluation, () => majority),
    wordCounts: accuracy(evaluation, ({ text }) => predict(vectorize(text))),
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
