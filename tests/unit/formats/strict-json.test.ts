import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictJson } from "../../../src/formats/strict-json.ts";

test("valid JSON is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseStrictJson(text, "file")).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":{"b":1,"c":[{"d":1,"d":2}]}}', "d"],
  ['{"\\u0061":1 , "a" : 2}', "a"],
  ['{"x":"a\\"","x":1}', "x"],
  ['{"":0,"":0}', ""],
])("%s is refused, because a key stands twice", (text, key) => {
  expect(() => parseStrictJson(text, "file")).toThrow(
    `file has the key ${JSON.stringify(key)} twice`,
  );
});

test.each([
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":1}]',
  '{"a":"{\\"b\\":1,\\"b\\":2}"}',
  '{"a":["b","b"],"b":"a"}',
])("%s is accepted: no object has a key twice", (text) => {
  expect(parseStrictJson(text, "file")).toEqual(JSON.parse(text));
});

test("text that is not JSON is refused with the file's name", () => {
  expect(() => parseStrictJson("{", "config.json")).toThrow("config.json is not JSON");
});
