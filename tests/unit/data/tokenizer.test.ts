import { EmbeddingsModel } from "@energetic-ai/embeddings";
import { beforeAll, describe, expect, test } from "vitest";
import {
  buildTokenizer,
  buildTokenizerConfig,
  readSourceModel,
  type Vocabulary,
} from "../../../scripts/embed-models.ts";
import { createTokenizer, type TextTokenizer } from "../../../src/data/tokenizer.ts";
import sentences from "../../golden/use-lite/sentences.json" with { type: "json" };

let vocabulary: Vocabulary;
let tokenizer: TextTokenizer;

beforeAll(async () => {
  ({ vocabulary } = await readSourceModel());
  tokenizer = createTokenizer(buildTokenizer(vocabulary), buildTokenizerConfig());
});

describe("the embedded model's tokenizer", () => {
  test("gives the ids of the package's own tokenizer for more than 200 varied sentences", () => {
    // The package exports no tokenizer, but its model has one as a public field.
    const data = { vocabulary, model: undefined };
    const { tokenizer: original } = new EmbeddingsModel(data as never) as unknown as {
      tokenizer: { encode(text: string): number[] };
    };
    expect(sentences.length).toBeGreaterThanOrEqual(200);
    const different = sentences.filter(
      (text) => tokenizer.encode(text, Infinity).join() !== original.encode(text).join(),
    );
    expect(different).toEqual([]);
  });

  test("gives no token for an empty text", () => {
    expect(tokenizer.encode("", 128)).toEqual([]);
    expect(tokenizer.tokens("")).toEqual([]);
  });

  test("cuts after the longest length", () => {
    expect(tokenizer.encode("never ".repeat(200), 128)).toHaveLength(128);
  });

  test("merges unknown characters that stand together into one unknown token", () => {
    const ids = tokenizer.encode("日本 English", 128);
    expect(ids.filter((id) => id === 0)).toHaveLength(1);
  });

  test("turns the ids of a plain sentence back into the sentence", () => {
    const text = "The battery dies after two hours.";
    expect(tokenizer.decode(tokenizer.encode(text, 128))).toBe(text);
    expect(tokenizer.decode([])).toBe("");
  });

  test("never yields its pad id", () => {
    expect(tokenizer.padId).toBe(3);
    expect(tokenizer.vocabSize).toBe(vocabulary.length);
    expect(sentences.flatMap((text) => tokenizer.encode(text, 128))).not.toContain(3);
  });
});

test("a tokenizer.json of another kind is refused in words", () => {
  expect(() => createTokenizer({ model: {} }, {})).toThrow("tokenizer.json cannot be read");
});

test("a pad token that the vocabulary lacks is refused by name", () => {
  const config = { ...buildTokenizerConfig(), pad_token: "[PAD]" };
  expect(() => createTokenizer(buildTokenizer(vocabulary), config)).toThrow('"[PAD]"');
});
