// The tokenizers of BERT and RoBERTa: ids of the golden cases, and truncation that keeps the special tokens.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createTokenizer } from "../../../src/data/tokenizer.ts";

const golden = (name: string) =>
  JSON.parse(
    readFileSync(new URL(`../../golden/tokenizers/${name}.json`, import.meta.url), "utf8"),
  );
const cases: Record<string, { text: string; ids: number[]; ids_no_special: number[] }[]> =
  golden("cases");

describe.each([
  ["wordpiece", { pad_token: "[PAD]" }, undefined, 0],
  ["bytelevel-bpe", {}, 1, 1],
] as const)("%s", (name, config, modelPadId, padId) => {
  const tokenizer = createTokenizer(golden(name), config, modelPadId);

  test("gives the ids of every golden case", () => {
    expect(cases[name]?.length).toBeGreaterThan(5);
    for (const { text, ids } of cases[name] ?? []) {
      expect(tokenizer.encode(text, Number.POSITIVE_INFINITY), text).toEqual(ids);
    }
  });

  test("cuts the text and never the special tokens around it", () => {
    const [long] = cases[name] ?? [];
    const { text, ids, ids_no_special: inner } = long ?? { text: "", ids: [], ids_no_special: [] };
    const before = ids.indexOf(inner[0] ?? -1);
    const after = ids.length - before - inner.length;
    for (const maxLength of [4, 7, ids.length - 1]) {
      expect(tokenizer.encode(text, maxLength)).toEqual([
        ...ids.slice(0, before),
        ...inner.slice(0, maxLength - before - after),
        ...ids.slice(ids.length - after),
      ]);
    }
  });

  test("pads with the token that the tokenizer, else config.json names", () => {
    expect(tokenizer.padId).toBe(padId);
  });
});

test("a tokenizer that names no pad token takes config.json's, else a usual one, else is refused", () => {
  expect(createTokenizer(golden("wordpiece"), {}, 4).padId).toBe(4);
  expect(createTokenizer(golden("wordpiece"), {}).padId).toBe(0);
  expect(() => createTokenizer(golden("bytelevel-bpe"), {})).toThrow("no pad token");
});

const pairs: {
  roberta_processor: object;
  cases: Record<
    string,
    {
      first: string;
      second: string;
      max_length: number | null;
      ids: number[];
      type_ids: number[];
    }[]
  >;
} = golden("pairs");

// Made by Hugging Face's own tokenizers 0.23.2 with truncation "longest_first", as `truncation=True` asks for.
test.each([
  ["wordpiece", golden("wordpiece"), { pad_token: "[PAD]" }],
  ["bytelevel-bpe", golden("bytelevel-bpe"), { pad_token: "<|endoftext|>" }],
  [
    "roberta",
    { ...golden("bytelevel-bpe"), post_processor: pairs.roberta_processor },
    { pad_token: "<|endoftext|>" },
  ],
] as const)("%s lays out and cuts pairs of texts as the reference does", (name, file, config) => {
  const tokenizer = createTokenizer(file, config);
  expect(pairs.cases[name]?.length).toBeGreaterThan(30);
  for (const { first, second, max_length, ids, type_ids } of pairs.cases[name] ?? []) {
    const pair = tokenizer.encodePair(first, second, max_length ?? Number.POSITIVE_INFINITY);
    const about = `${first} | ${second} | ${max_length}`;
    expect(pair.ids, about).toEqual(ids);
    // Models with a byte-level vocabulary and no layout of their own take no types.
    if (name !== "bytelevel-bpe") {
      expect(pair.typeIds ?? ids.map(() => 0), about).toEqual(type_ids);
    }
  }
});
