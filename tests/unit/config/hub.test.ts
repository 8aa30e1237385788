import { describe, expect, test } from "vitest";
import { parseHubReference, readHubUrl } from "../../../src/config/hub.ts";

describe("a model's name", () => {
  test.each<[string, string, string, string | null]>([
    ["distilbert/distilbert-base-uncased", "", "distilbert/distilbert-base-uncased", null],
    [" gpt2 ", "", "gpt2", null],
    ["a/b", "v1.0", "a/b", "v1.0"],
    ["a/b@refs/pr/1", "", "a/b", "refs/pr/1"],
    ["https://huggingface.co/a/b", "", "a/b", null],
    ["https://huggingface.co/a/b/", "", "a/b", null],
    ["https://huggingface.co/a/b/tree/refs/pr/1?x=1", "", "a/b", "refs/pr/1"],
    ["https://huggingface.co/a/b/tree/main", "dev", "a/b", "dev"],
  ])("is read from %s", (typed, revision, repoId, expected) => {
    expect(parseHubReference(typed, revision)).toEqual({ repoId, revision: expected });
  });

  test.each(["a/b/c", "a b", "../b", "a/..", "a--b/c", "<script>", "a/b?x=1", "/b"])(
    "is not %s",
    (typed) => {
      expect(() => parseHubReference(typed)).toThrow(/is no name of a model/u);
    },
  );

  test("is asked for where the field is empty, and a revision cannot climb", () => {
    expect(() => parseHubReference(" ")).toThrow("Which model?");
    expect(() => parseHubReference("a/b", "../main")).toThrow(/is no revision/u);
    expect(() => parseHubReference("a/b", "x y")).toThrow(/is no revision/u);
  });
});

describe("the Hub's address", () => {
  const page = "https://studio.example/tools/";
  test.each([
    ["https://huggingface.co", "https://huggingface.co"],
    ["https://huggingface.co/", "https://huggingface.co"],
    ["https://hub-ci.huggingface.co", "https://hub-ci.huggingface.co"],
    ["https://studio.example/hub/", "https://studio.example/hub"],
  ])("may be %s", (typed, url) => {
    expect(readHubUrl(typed, page)).toBe(url);
  });

  test.each([
    ["https://example.org", /may not speak to example\.org/u],
    ["https://huggingface.co.example.org", /may not speak/u],
    ["https://evilhuggingface.co", /may not speak/u],
    ["http://huggingface.co", /may not speak/u],
    ["https://me:hf_x@huggingface.co", /more than a host and a path/u],
    ["https://huggingface.co?token=hf_x", /more than a host and a path/u],
    ["huggingface.co", /is no address/u],
    ["javascript:alert(1)", /is no address/u],
  ])("may not be %s", (typed, message) => {
    expect(() => readHubUrl(typed, page)).toThrow(message);
  });
});
