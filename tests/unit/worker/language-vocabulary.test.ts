// Text that a vocabulary serves badly, in rows for a language model.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { languageChoiceSchema } from "../../../src/config/language-data.ts";
import { encodeLanguageRow } from "../../../src/data/encode-language.ts";
import type { LanguageContent } from "../../../src/data/language-rows.ts";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { lookAtVocabulary } from "../../../src/worker/language-vocabulary.ts";

const json = JSON.parse(readFileSync("public/models/tiny-prose-3m/tokenizer.json", "utf8"));
const tokenizer = createTokenizer(json, {}, 0, 0);

test("rows in another script are found, with the figures; English and token ids are not", () => {
  const contents: LanguageContent[] = [
    { type: "text", text: "It was a bright cold day, and the clocks were striking." },
    { type: "text", text: "यह एक बहुत अच्छी किताब है और मुझे पसंद आई" },
    { type: "tokens", ids: [5, 6, 7, 8, 9], trained: [1, 1, 1, 1, 1] },
    {
      type: "chat",
      messages: [
        { role: "user", content: "What is the weather like today?" },
        { role: "assistant", content: "It is cold and bright." },
      ],
    },
  ];
  const records = contents.map((content, row) => ({ row, line: row + 1, content }));
  const choice = languageChoiceSchema.parse({ format: "text", columns: {} });
  const encoded = new Map(
    records
      .filter(({ content }) => content.type !== "chat")
      .map((record) => [record.row, encodeLanguageRow(record, undefined, tokenizer, choice)]),
  );
  const { badRows, figures } = lookAtVocabulary(records, encoded, tokenizer);
  expect(badRows).toEqual([1]);
  expect(figures.tokensPerWord).toBeGreaterThan(2);
});
