import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { fitTfIdf, measureBaselines } from "../../../src/data/baselines.ts";
import { minimize } from "../../../src/data/logistic-regression.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";

test("TF-IDF weighs as scikit-learn does", () => {
  // TfidfVectorizer().fit_transform(["a cat sat", "a dog sat"]) of scikit-learn: cat 0.815, sat 0.580.
  const [cat, sat] = fitTfIdf(["a cat sat", "a dog sat"])("a cat sat")
    .map(({ value }) => value)
    .sort((a, b) => b - a);
  expect(cat).toBeCloseTo(0.8148, 3);
  expect(sat).toBeCloseTo(0.5797, 3);
});

test("the minimiser finds the lowest point of a tilted bowl", () => {
  const lowest = minimize(new Float64Array(2), (point, gradient) => {
    const [x = 0, y = 0] = point;
    gradient[0] = 2 * (x - 3) + y;
    gradient[1] = 8 * (y + 1) + x;
    return (x - 3) ** 2 + x * y + 4 * (y + 1) ** 2;
  });
  // Where both slopes vanish: 2x + y = 6 and x + 8y = -8.
  expect(lowest[0]).toBeCloseTo(56 / 15, 3);
  expect(lowest[1]).toBeCloseTo(-22 / 15, 3);
});

test("word counts reach about 0.82 on the sentiment sample, chance and majority one half", () => {
  const rows = ["amazon", "imdb", "yelp"].flatMap((source) => {
    const path = new URL(
      `../../../node_modules/sentiment/test/fixtures/${source}.json`,
      import.meta.url,
    );
    const entries = JSON.parse(readFileSync(path, "utf8")) as { text: string; class: number }[];
    return entries.slice(0, -1).map((entry) => [entry.text, String(entry.class)]);
  });
  const table = {
    columns: ["text", "label"],
    rows,
    lines: rows.map((_, index) => index + 2),
    unit: "line" as const,
  };
  const choice = datasetChoiceSchema.parse({
    id: "sample",
    name: "sample",
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
    max_train_rows: null,
  });
  const prepared = prepareDataset(table, choice);
  const { chance, majority, wordCounts } = measureBaselines(prepared);
  expect(chance).toBe(0.5);
  expect(majority).toBeCloseTo(0.5, 2);
  expect(wordCounts).toBeGreaterThan(0.79);
  expect(wordCounts).toBeLessThan(0.85);
});
