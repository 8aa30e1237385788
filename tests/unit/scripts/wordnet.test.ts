import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { makeDefinitions, makeDictionary } from "../../../scripts/wordnet.ts";
import { sampleFiles } from "../../../src/config/dataset.ts";
import { guessLanguage } from "../../../src/config/language-data.ts";
import { looksLikeTable } from "../../../src/data/read/parse-plain-text.ts";

test("definitions are prompts of one word each with a short meaning as completion", () => {
  const rows = makeDefinitions(3000);
  expect(guessLanguage(Object.keys(rows[0] ?? {}))?.format).toBe("prompt_completion");
  expect(new Set(rows.map(({ prompt }) => prompt)).size).toBe(3000);
  const odd = rows.filter(
    ({ prompt, completion }) =>
      !/^Word: [a-z]+ \((noun|verb|adjective|adverb)\)\nMeaning:$/u.test(prompt) ||
      !/^ \S.{10,88}\S$/u.test(completion),
  );
  expect(odd).toEqual([]);
  expect(rows).toContainEqual({
    prompt: "Word: abandon (verb)\nMeaning:",
    completion: " forsake, leave behind",
  });
});

test("dictionary pages are plain text, an entry between blank lines", () => {
  const text = makeDictionary(1500);
  const entries = text.trimEnd().split("\n\n");
  expect(entries).toHaveLength(1500);
  expect(
    entries.filter((entry) => !/^[a-z]+, (?:noun|verb|adjective|adverb): /u.test(entry)),
  ).toEqual([]);
  expect(looksLikeTable(text)).toBe(false);
});

test("every sample lies beside the page with a word on its source and licence", () => {
  for (const file of Object.values(sampleFiles)) {
    expect(existsSync(`public/samples/${file}`), file).toBe(true);
    expect(existsSync(`public/samples/${file.replace(/\.\w+$/u, ".md")}`), file).toBe(true);
  }
});
