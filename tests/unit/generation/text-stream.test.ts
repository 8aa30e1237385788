import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { createTextStream } from "../../../src/generation/text-stream.ts";

const bytes = new TextEncoder();
/** A token is a byte, as in byte-level BPE. */
const decodeBytes = (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids));

function pieces(text: string, stops: readonly string[] = []): { given: string[]; whole: string } {
  const stream = createTextStream(decodeBytes, stops);
  const given = [...bytes.encode(text)].map((id) => stream.push(id));
  given.push(stream.end());
  return { given, whole: given.join("") };
}

test("no piece ends in half a character, and together they are the text", () => {
  const { given, whole } = pieces("a é 漢 👩‍👩‍👧 z");
  expect(whole).toBe("a é 漢 👩‍👩‍👧 z");
  expect(given.join("|")).not.toContain("\uFFFD");
});

test("bytes that never become a character are given at the end", () => {
  const stream = createTextStream(decodeBytes);
  expect(stream.push(0xe6)).toBe("");
  expect(stream.push(0xbc)).toBe("");
  expect(stream.end()).toBe("\uFFFD");
});

test("a text ends before the first stop string; nothing of one is ever shown", () => {
  const { given, whole } = pieces("One.\nQuestion: two", ["Question:", "\nQ"]);
  expect(whole).toBe("One.");
  expect(given.every((piece) => !piece.includes("Q"))).toBe(true);
});

test("what looks like the beginning of a stop string is given once it turns out to be none", () => {
  expect(pieces("STO P, STOOL, ST", ["STOP"]).whole).toBe("STO P, STOOL, ST");
});

test("a decoder that strips the first space keeps those between words", () => {
  const words = ["Hello", " there", " world"];
  const decode = (ids: readonly number[]) =>
    ids
      .map((id) => words[id])
      .join("")
      .trimStart();
  const stream = createTextStream(decode);
  expect([0, 1, 2].map((id) => stream.push(id))).toEqual(["Hello", " there", " world"]);
});

test("the pieces of a byte-level BPE tokenizer add up to its text", () => {
  const file = readFileSync("tests/golden/tokenizers/bytelevel-bpe.json", "utf8");
  const tokenizer = createTokenizer(JSON.parse(file), {}, 0);
  const text = "Naïve café — 東京 🙂 done";
  const ids = tokenizer.encode(text, 1000);
  const stream = createTextStream(tokenizer.decode);
  const whole = ids.map((id) => stream.push(id)).join("") + stream.end();
  expect(whole).toBe(tokenizer.decode(ids));
});
