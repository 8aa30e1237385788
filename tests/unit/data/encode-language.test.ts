// What of a row is learned: end of text, masks of prompts and chats, templates, cutting, rows that teach nothing, packing.
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";
import { describe, expect, test } from "vitest";
import { chatMl } from "../../../src/config/chat-ml.ts";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { languageChoiceSchema } from "../../../src/config/language-data.ts";
import { type RenderChats, renderChats } from "../../../src/data/chat-template.ts";
import { collateLanguage } from "../../../src/data/collate-language.ts";
import { decodePieces } from "../../../src/data/decode-pieces.ts";
import { type EncodedRow, encodeLanguageRow, fitRows } from "../../../src/data/encode-language.ts";
import { findRepeats } from "../../../src/data/language-repeats.ts";
import {
  type ChatMessage,
  describeContent,
  type LanguageContent,
  needsTemplate,
  prepareLanguage,
} from "../../../src/data/language-rows.ts";
import { packTexts } from "../../../src/data/pack-texts.ts";
import { readTokenRow } from "../../../src/data/token-rows.ts";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { lookAtVocabulary } from "../../../src/worker/language-vocabulary.ts";

// Byte-level BPE with <|endoftext|> 0, <|im_start|> 1, <|im_end|> 2.
const json = JSON.parse(readFileSync("tests/golden/tokenizers/bytelevel-bpe.json", "utf8"));
const tokenizer = createTokenizer(json, {}, 1, 0);
const choiceOf = (change: object = {}) =>
  languageChoiceSchema.parse({ format: "text", columns: {}, ...change });
const encode = (content: LanguageContent, change: object = {}, own = tokenizer) =>
  encodeLanguageRow({ row: 0, line: 7, content }, undefined, own, choiceOf(change));
const learned = ({ text }: EncodedRow) =>
  tokenizer.decode([...text.ids].filter((_, place) => text.trained[place] === 1));
const whole = ({ text }: EncodedRow) => tokenizer.decode([...text.ids]);

describe("texts and completions", () => {
  test("a text ends with the end token once, also where it is written out already", () => {
    const { ids, trained } = encode({ type: "text", text: "good book" }).text;
    expect([...ids].filter((id) => id === 0)).toHaveLength(1);
    expect(ids.at(-1)).toBe(0);
    expect([...trained]).toEqual(new Array(ids.length).fill(1));
    const written = encode({ type: "text", text: "good book<|endoftext|>" });
    expect([...written.text.ids]).toEqual([...ids]);
  });

  test("a model without an end token gets none", () => {
    const endless = createTokenizer(json, {}, 1);
    expect(endless.endId).toBeNull();
    const row = encode({ type: "text", text: "good book" }, {}, endless);
    expect(row.text.ids).not.toContain(0);
  });

  test("of a prompt with a completion the completion and its end count, or all of it", () => {
    const content = { type: "completion", prompt: "Is it good?", completion: " It is." } as const;
    const row = encode(content);
    expect(learned(row)).toBe(" It is.<|endoftext|>");
    expect(whole(row)).toBe("Is it good? It is.<|endoftext|>");
    expect(row.isBlurred).toBe(false);
    expect(learned(encode(content, { completion_only_loss: false }))).toBe(whole(row));
  });

  test("a border that falls within a token is told", () => {
    // The prompt's last letter and the completion's first one merge.
    const merged = json.model.merges
      .map((merge: string | string[]) => (typeof merge === "string" ? merge.split(" ") : merge))
      .find(([a, b]: string[]) => /^[a-z]$/u.test(a ?? "") && /^[a-z]$/u.test(b ?? ""));
    const [prompt, completion] = merged as [string, string];
    expect(encode({ type: "completion", prompt, completion }).isBlurred).toBe(true);
  });
});

test("a vocabulary without a script is told, with or without spaces, and a long text's length tells nothing", () => {
  const texts = [
    "It is a good book and it is good to read it.",
    "朝、漁師は港で待っていた。海は静かだった。",
    "Το πρωί ο ψαράς περίμενε στο λιμάνι.",
    "It is a good book. ".repeat(4000),
  ];
  const records = texts.map((text, row) => ({
    ...{ row, line: row + 1 },
    content: { type: "text", text } as const,
  }));
  const encoded = new Map(records.map(({ row, content }) => [row, encode(content)]));
  expect(lookAtVocabulary(records, encoded, tokenizer).badRows).toEqual([1, 2]);
});

test("what the tokens of a row add to it is the row, also where each character takes several", () => {
  const text = `Good. ${"朝、漁師は港で待っていた。🙂".repeat(4)} Nothing more.`;
  const pieces = decodePieces(tokenizer.encodeWhole(text, true), tokenizer);
  expect(pieces.join("")).toBe(text);
  expect(pieces).toContain("漁");
});

test("rows that repeat are found on each side of the split and across it, also those that are skipped", () => {
  const rowOf = (row: number, text: string) => ({
    ...{ row, line: row + 1 },
    content: { type: "text", text } as const,
  });
  const repeats = findRepeats({
    train: [rowOf(0, "a"), rowOf(4, "a"), rowOf(2, "b"), rowOf(5, "c")],
    evaluation: [rowOf(1, "b"), rowOf(3, "d"), rowOf(8, "c"), rowOf(9, "c")],
    all: [],
    skipped: [
      { row: 6, reason: "duplicate" },
      { row: 7, reason: "emptyText" },
    ],
    evaluationStart: 8,
  });
  expect(repeats).toEqual({ duplicates: [2, 4, 6, 9], leaks: [2, 5], leakGroups: 2 });
});

test("rows that the evaluation file has too are left out of training where that is chosen, and still found", () => {
  const tableOf = (texts: readonly string[]) => ({
    columns: ["text"],
    rows: texts.map((text) => [text]),
    ...{ lines: texts.map((_, at) => at + 1), unit: "row" as const },
  });
  const language = choiceOf({ format: "text", columns: { text: "text" } });
  const dataset = datasetChoiceSchema.parse({
    ...{ id: "", name: "a.txt", text_column: "", label_column: "" },
    ...{ skip_empty: false, eval_fraction: 0.2, split_seed: 1, language },
    ...{ evaluation: { id: "", name: "b.txt" } },
  });
  const prepare = (texts: readonly string[], change: object) =>
    prepareLanguage(tableOf(texts), { ...dataset, ...change }, language, tableOf(["b", "d"]));
  const whole = prepare(["a", "b", "c", "b"], {});
  expect(whole.train.length).toBe(4);
  const clean = prepare(["a", "b", "c", "b"], { skip_leaks: true });
  expect(clean.train.map(({ row }) => row).toSorted()).toEqual([0, 2]);
  expect(clean.evaluation.map(({ row }) => row)).toEqual([4, 5]);
  expect(clean.skipped).toEqual([1, 3].map((row) => ({ row, reason: "leak" })));
  // Nothing is empty: what is left out by choice is no obstacle.
  expect(clean.obstacle).toBeNull();
  for (const prepared of [whole, clean]) {
    expect(findRepeats(prepared)).toMatchObject({ leaks: [1, 3], leakGroups: 1 });
  }
  const none = prepare(["b", "d"], { skip_leaks: true });
  expect(none.obstacle?.message).toBe(
    "Every row of a.txt is held out too: none is left to train on.",
  );
});

test("a chat that nobody answers shows what is asked", () => {
  const messages = [{ role: "user", content: "Anybody?" }];
  const shown = describeContent({ type: "chat", messages });
  expect(shown).toEqual({ text: "user: Anybody?", pair: "" });
});

describe("chats", () => {
  const render: RenderChats = async (template, chats, { addGenerationPrompt, specials }) => {
    const compiled = new Template(template);
    return chats.map((messages) =>
      compiled.render({ ...specials, messages, add_generation_prompt: addGenerationPrompt }),
    );
  };
  const chat: readonly ChatMessage[] = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Good book?" },
    { role: "assistant", content: "Yes." },
    { role: "user", content: "Long?" },
    { role: "assistant", content: "No." },
  ];
  const encodeWith = async (template: string, change: object = {}, messages = chat) => {
    const [rendered] = await renderChats(template, [{ messages }], tokenizer.specials, render);
    return encodeLanguageRow(
      { row: 0, line: 1, content: { type: "chat", messages } },
      rendered,
      tokenizer,
      choiceOf({ format: "messages", ...change }),
    );
  };

  test("ChatML: the assistant's turns count with their end, and no end of text is added", async () => {
    const row = await encodeWith(chatMl);
    expect(learned(row)).toBe("Yes.<|im_end|>No.<|im_end|>");
    expect(whole(row)).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nGood book?<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nLong?<|im_end|>\n<|im_start|>assistant\nNo.<|im_end|>\n",
    );
    expect(row.isBlurred).toBe(false);
    const all = await encodeWith(chatMl, { assistant_only_loss: false });
    expect(learned(all)).toBe(whole(row));
  });

  test("a prompt and a completion of messages: all behind the prompt with the opened turn counts, as in TRL", async () => {
    const table = {
      columns: ["prompt", "completion"],
      rows: [
        [JSON.stringify(chat.slice(0, 2)), JSON.stringify(chat.slice(2))],
        [JSON.stringify(chat.slice(0, 2)), JSON.stringify([{ role: "user", content: "No?" }])],
        ["[1] a text", " it is."],
      ],
      ...{ lines: [1, 2, 3], unit: "row" as const },
    };
    const language = choiceOf({
      format: "prompt_completion",
      columns: { prompt: "prompt", completion: "completion" },
    });
    const dataset = datasetChoiceSchema.parse({
      ...{ id: "", name: "a.jsonl", text_column: "", label_column: "" },
      ...{ skip_empty: true, eval_fraction: 0.2, split_seed: 1, language },
    });
    const prepared = prepareLanguage(table, dataset, language);
    // The second row's completion says nothing of the assistant's.
    expect(prepared.skipped).toEqual([{ row: 1, reason: "emptyText" }]);
    expect(needsTemplate(prepared)).toBe(true);
    expect(prepared.all[2]?.content).toMatchObject({ type: "completion" });
    const content = prepared.all[0]?.content;
    if (content?.type !== "chat") throw new Error("The row is no chat.");
    expect(content.promptLength).toBe(2);
    const encodeIt = async (change: object = {}) => {
      const [rendered] = await renderChats(chatMl, [content], tokenizer.specials, render);
      const record = { row: 0, line: 1, content };
      return encodeLanguageRow(record, rendered, tokenizer, { ...language, ...change });
    };
    const row = await encodeIt();
    const prompt =
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nGood book?<|im_end|>\n<|im_start|>assistant\n";
    // Unlike the assistant's mask, the user's second turn and the last line's end count too.
    const rest =
      "Yes.<|im_end|>\n<|im_start|>user\nLong?<|im_end|>\n<|im_start|>assistant\nNo.<|im_end|>\n";
    expect(whole(row)).toBe(prompt + rest);
    expect(learned(row)).toBe(rest);
    const read = tokenizer.encodeWhole(prompt, true).length;
    const mask = Array.from(row.text.ids, (_, place) => (place < read ? 0 : 1));
    expect([...row.text.trained]).toEqual(mask);
    expect(row.isBlurred).toBe(false);
    expect(learned(await encodeIt({ completion_only_loss: false }))).toBe(whole(row));
    const mixed = { ...table, rows: [["Good?", JSON.stringify(chat.slice(2))]], lines: [4] };
    expect(() => prepareLanguage(mixed, dataset, language)).toThrow(
      /a.jsonl, row 4: the completion is a list of messages, and the prompt is a text/u,
    );
    const parts = [{ role: "user", content: [{ type: "text", text: "Good?" }] }];
    const inParts = { ...mixed, rows: [[JSON.stringify(parts), JSON.stringify(chat.slice(2))]] };
    expect(() => prepareLanguage(inParts, dataset, language)).toThrow(
      "a.jsonl, row 4, message 1: its content is no text.",
    );
  });

  test("a model's own template is followed, its special tokens among them", async () => {
    const own =
      "{% for m in messages %}{% if m.role == 'user' %}[ask] {{ m.content }} [/ask]{% elif m.role == 'assistant' %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}";
    const row = await encodeWith(own);
    expect(learned(row)).toBe(" Yes.<|endoftext|> No.<|endoftext|>");
  });

  test("a template that drops the thoughts of earlier turns still counts the turns' words", async () => {
    const qwenLike =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    const row = await encodeWith(qwenLike, {}, [
      { role: "user", content: "Good?" },
      { role: "assistant", content: "<think>hm</think>Yes." },
      { role: "user", content: "Long?" },
      { role: "assistant", content: "<think>ah</think>No." },
    ]);
    expect(whole(row)).not.toContain("hm");
    expect(learned(row)).toContain("<think>ah</think>No.<|im_end|>");
    expect(learned(row)).not.toContain("Long?");
  });
});

describe("rows of token ids", () => {
  const cells = (columns: Record<string, unknown>) => (role: string) =>
    columns[role] === undefined ? "" : JSON.stringify(columns[role]);

  test("padding is left out, a label of -100 does not count, and no end is added", () => {
    const row = readTokenRow(
      cells({
        ...{ input_ids: [5, 6, 7, 8, 1, 1], attention_mask: [1, 1, 1, 1, 0, 0] },
        labels: [-100, -100, 7, 8, -100, -100],
      }),
      "rows.jsonl, line 3",
    );
    expect(row).toEqual({ type: "tokens", ids: [5, 6, 7, 8], trained: [0, 0, 1, 1] });
    expect([...encode(row).text.ids]).toEqual([5, 6, 7, 8]);
    const bare = readTokenRow(cells({ input_ids: [5, 6] }), "rows.jsonl, line 4");
    expect(bare.trained).toEqual([1, 1]);
  });

  test.each([
    [{ input_ids: ["a"] }, "input_ids is no list of whole numbers"],
    [{ input_ids: [1, 2], labels: [1] }, "input_ids has 2 numbers and labels has 1"],
    [
      { input_ids: [1, 2, 3], labels: [2, 3, -100] },
      "at place 0 labels has 2, and input_ids has 1",
    ],
    [{ input_ids: [1, -4] }, "the number -4 at place 1"],
  ])("%j is refused with its place", (columns, message) => {
    expect(() => readTokenRow(cells(columns), "rows.jsonl, line 9")).toThrow(message);
  });

  test("an id beyond the vocabulary is refused with its line", () => {
    expect(() => encode({ type: "tokens", ids: [5, 384], trained: [1, 1] })).toThrow(
      "Line 7: token id 384 stands in input_ids, and the model's vocabulary ends at 383.",
    );
  });
});

describe("what fits", () => {
  const rowOf = (length: number, prompt: number): EncodedRow => ({
    text: {
      ids: Int32Array.from({ length }, (_, place) => place),
      trained: Uint8Array.from({ length }, (_, place) => (place < prompt ? 0 : 1)),
    },
    isBlurred: false,
  });

  test("rows are cut at the end; those whose prompt fills the length are left out and counted", () => {
    const rows = [rowOf(6, 2), rowOf(12, 3), rowOf(12, 8), rowOf(1, 0), rowOf(0, 0)];
    const { figures, rows: made } = fitRows(rows, 8, false);
    expect(made.map(([text]) => text?.ids.length)).toEqual([6, 8]);
    expect(figures).toEqual({
      ...{
        cutRows: 1,
        blurredRows: 0,
        maskedRows: 3,
        tokens: 14,
        trainedTokens: 4 + 5,
        packedRows: 2,
      },
    });
  });

  test("packing fills rows best fit first, splits no text and loses none", () => {
    const lengths = [5, 3, 9, 10, 2, 7, 1];
    const texts = lengths.map((length) => rowOf(length, 0).text);
    const packed = packTexts(texts, 10);
    const sizes = packed.map((row) => row.map(({ ids }) => ids.length));
    expect(sizes).toEqual([[10], [9, 1], [7, 3], [5, 2]]);
    const { figures } = fitRows(
      lengths.map((length) => rowOf(length, 0)),
      10,
      true,
    );
    // The text of one token predicts nothing.
    expect(figures).toMatchObject({ packedRows: 4, maskedRows: 1, tokens: 36, trainedTokens: 30 });
  });

  test("texts of a packed row stand apart in the batch, and a row's first token is no target", () => {
    const batch = collateLanguage([[rowOf(3, 0).text, rowOf(2, 0).text], [rowOf(4, 2).text]], 1);
    expect(batch).toMatchObject({ rows: 2, batchSize: 3, tokens: 9 });
    const { length } = batch;
    expect([...batch.targets]).toEqual([1, 2, 1, 2, 3]);
    expect([...batch.predictors]).toEqual([0, 1, length, 2 * length + 1, 2 * length + 2]);
  });
});
