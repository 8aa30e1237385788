// Data sets of questions with their reasoning: recognised, written in the prompts that the playground asks with, and learned from the
// reasoning on.
import { expect, test } from "vitest";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { guessLanguage, languageChoiceSchema } from "../../../src/config/language-data.ts";
import { buildPrompt, defaultReasoning } from "../../../src/config/reasoning.ts";
import { encodeLanguageRow, fitRows } from "../../../src/data/encode-language.ts";
import { prepareLanguage } from "../../../src/data/language-rows.ts";

const columns = ["question", "reasoning", "answer"];
const cells = [
  ["2 + 3 - 1?", "2 + 3 = 5. 5 - 1 = 4.", "4"],
  ["1 + 1?", "", "2"],
  ["What is {answer}?", "No one knows.", ""],
];
const choice = datasetChoiceSchema.parse({
  ...{ id: "x", name: "sums.csv", text_column: "question", label_column: "answer" },
  ...{ problem_type: "single_label_classification", merge_labels: "none" },
  ...{ skip_empty: true, eval_fraction: 0.2, split_seed: 42 },
});
const table = { columns, rows: cells, lines: [2, 3, 4], unit: "line" as const };

/** A token a character, and 0 at the end. */
const tokenizer = {
  encodeWhole: (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0),
  endId: 0,
  vocabSize: 0x110000,
};

function prepare(direct_answers: boolean) {
  const language = languageChoiceSchema.parse({
    ...{ format: "reasoning", direct_answers },
    columns: Object.fromEntries(columns.map((name) => [name, name])),
  });
  const { train, evaluation, skipped } = prepareLanguage(table, choice, language);
  const encoded = [...train, ...evaluation]
    .toSorted((a, b) => a.row - b.row)
    .map((record) => encodeLanguageRow(record, undefined, tokenizer, language));
  return { skipped, encoded };
}

/** What is only read, and what is learned. */
const halves = ({ ids, trained }: { ids: Int32Array; trained: Uint8Array }) =>
  [0, 1].map((kind) =>
    String.fromCodePoint(...[...ids].filter((_, place) => trained[place] === kind)),
  );

test("a reasoning column makes a table one of questions with reasoning, whatever else its columns are called", () => {
  expect(guessLanguage(["answer", "question", "reasoning"])).toMatchObject({
    format: "reasoning",
    columns: { question: "question", reasoning: "reasoning", answer: "answer" },
    completion_only_loss: true,
    direct_answers: false,
  });
  expect(guessLanguage(["Problem", "Chain of thought", "final_answer"])?.columns).toEqual({
    question: "Problem",
    reasoning: "Chain of thought",
    answer: "final_answer",
  });
  expect(guessLanguage(["question", "answer"])?.format).toBe("prompt_completion");
});

test("texts beside their ids are learned as they stand; beside a label they are a classifier's", () => {
  expect(guessLanguage(["id", "url", "Text"])?.columns).toEqual({ text: "Text" });
  expect(guessLanguage(["text", "topic"])).toBeNull();
});

test("reasoning and answer are learned behind the very prompts that the playground asks with, and end the text", () => {
  const { encoded, skipped } = prepare(false);
  expect(encoded.map(({ text }) => halves(text))).toEqual([
    [
      buildPrompt("zero_shot", "2 + 3 - 1?", defaultReasoning),
      " 2 + 3 = 5. 5 - 1 = 4.\nAnswer: 4\0",
    ],
    // Without reasoning a row teaches to answer at once.
    [buildPrompt("direct", "1 + 1?", defaultReasoning), " 2\0"],
  ]);
  expect(skipped).toEqual([{ row: 2, reason: "emptyText" }]);
});

test("with direct answers each row of reasoning is learned twice, and counts as one row", () => {
  const { encoded } = prepare(true);
  const [first, second] = encoded;
  expect(first?.beside && halves(first.beside)).toEqual([
    buildPrompt("direct", "2 + 3 - 1?", defaultReasoning),
    " 4\0",
  ]);
  expect(second?.beside).toBeUndefined();
  const { rows, figures } = fitRows(encoded, 200, false);
  expect(rows.map((texts) => texts.length)).toEqual([1, 1, 1]);
  expect(figures).toMatchObject({ maskedRows: 0, cutRows: 0, packedRows: 3 });
  const short = fitRows(
    encoded,
    buildPrompt("zero_shot", "2 + 3 - 1?", defaultReasoning).length,
    false,
  );
  // The reasoning begins behind that: the direct answer alone is left of the first row.
  expect(short.rows).toHaveLength(2);
  expect(short.figures.maskedRows).toBe(0);
  expect(fitRows(encoded, 5, false).figures.maskedRows).toBe(2);
});
