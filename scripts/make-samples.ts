// Makes public/samples/sentiment.csv from the fixtures of the npm package `sentiment`: 3,000 labelled sentences.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";

const sources = ["amazon", "imdb", "yelp"];
const labels = ["negative", "positive"];

const folder = new URL("../public/samples/", import.meta.url);
mkdirSync(fileURLToPath(folder), { recursive: true });

const rows = sources.flatMap((source) => {
  const url = new URL(`../node_modules/sentiment/test/fixtures/${source}.json`, import.meta.url);
  const entries = JSON.parse(readFileSync(url, "utf8")) as { text: string; class: number }[];
  // The last row of each file is empty.
  return entries.slice(0, -1).map(({ text, class: label }) => ({
    text: text.trim(),
    label: labels[label],
  }));
});
if (rows.length !== 3000 || rows.some(({ text, label }) => text === "" || label === undefined)) {
  throw new Error(`The fixtures of the package sentiment changed: ${rows.length} rows.`);
}

writeFileSync(new URL("sentiment.csv", folder), `${Papa.unparse(rows, { newline: "\n" })}\n`);
writeFileSync(
  new URL("sentiment.md", folder),
  `# Sentiment sample

3,000 sentences from reviews on Amazon, IMDb and Yelp, each labelled positive or negative.

- Made by scripts/make-samples.ts from test/fixtures of the npm package sentiment 5.0.2 (MIT).
- The sentences were published with: Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels using Deep
  Features, KDD 2015 (UCI Machine Learning Repository, Sentiment Labelled Sentences, CC BY 4.0).
`,
);
