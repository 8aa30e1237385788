import { expect, test } from "vitest";
import { unitOf } from "../../../../src/config/dataset.ts";
import { readTable } from "../../../../src/data/read/read-table.ts";

const read = (text: string, name: string) => readTable(new File([text], name), {}, () => {});
const rows = [
  { text: "so good", label: "pos", meta: { stars: 5, tags: ["a", "b"] } },
  { text: "so bad", label: "neg", extra: null },
];
const table = {
  columns: ["text", "label", "meta.stars", "meta.tags", "extra"],
  rows: [
    ["so good", "pos", "5", '["a","b"]', ""],
    ["so bad", "neg", "", "", ""],
  ],
};

test.each([
  ["a list", JSON.stringify(rows, null, 2), "rows.json", [2, 13]],
  [
    "an object with one list",
    JSON.stringify({ version: "1", data: rows }, null, 1),
    "rows.json",
    [4, 15],
  ],
  ["JSON Lines", rows.map((row) => JSON.stringify(row)).join("\n\n"), "rows.jsonl", [1, 3]],
  [
    "JSON Lines named .json",
    rows.map((row) => JSON.stringify(row)).join("\n"),
    "rows.json",
    [1, 2],
  ],
  ["a list on one line, named .txt", JSON.stringify(rows), "rows.txt", [1, 2]],
] as const)("%s becomes rows with their lines", async (_, text, name, lines) => {
  const result = await read(text, name);
  const unit = text === JSON.stringify(rows) ? "row" : "line";
  expect(result.table).toMatchObject({ ...table, lines, unit });
  expect(unitOf(result.info)).toBe(unit);
});

test("columns as pandas writes them become rows", async () => {
  const byIndex = '{"text":{"0":"a","1":"b"},"label":{"0":1,"1":0}}';
  const byList = '{"text":["a","b"],"label":[1,0]}';
  for (const text of [byIndex, byList]) {
    expect((await read(text, "rows.json")).table.rows).toEqual([
      ["a", "1"],
      ["b", "0"],
    ]);
  }
});

test("lists as rows may have a header", async () => {
  const { table } = await read('[["text","label"],["a b","x"],["c d","y"]]', "rows.json");
  expect(table).toMatchObject({
    columns: ["text", "label"],
    rows: [
      ["a b", "x"],
      ["c d", "y"],
    ],
  });
});

test("__proto__ is a column like any other and changes no object", async () => {
  const line = '{"text":"a","__proto__":{"polluted":"yes"},"constructor":"c"}';
  const { table } = await read(`${line}\n${line}`, "rows.jsonl");
  expect(table.columns).toEqual(["text", "__proto__.polluted", "constructor"]);
  expect(table.rows[0]).toEqual(["a", "yes", "c"]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each([
  [
    "rows.json",
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    /nest 100,000 levels deep at line 1; 32 are the most/u,
  ],
  [
    "rows.jsonl",
    `{"a":1}\n{"a":${"[".repeat(50)}${"]".repeat(50)}}`,
    /line 2: lists and objects nest 51 levels deep/u,
  ],
  ["rows.jsonl", '{"text":"a"}\n{"text":}', /rows.jsonl, line 2: /u],
  ["rows.json", '{"name":"x","size":3}', /holds no list of rows: its keys are name, size/u],
  ["rows.json", "[1,2,3]", /row 1: a number stands where a row is expected/u],
  ["rows.json", '[{"text":"a"', /rows.json: /u],
  [
    "rows.jsonl",
    `{${Array.from({ length: 1001 }, (_, i) => `"k${i}":1`).join(",")}}`,
    /line 1: 1,001 columns/u,
  ],
  [
    "rows.json",
    `[{"text":"${"x".repeat(1_000_001)}"}]`,
    /line 1, column 1: the cell has 1,000,001 characters/u,
  ],
] as const)("%s is refused: %#", async (name, text, message) => {
  await expect(read(text, name)).rejects.toThrow(message);
});
