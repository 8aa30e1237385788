import { expect, test } from "vitest";
import { runRecordSchema } from "../../../../src/config/run-record.ts";
import { differences } from "../../../../src/ui/history/differences.ts";

const record = (change: object, args: object = {}) =>
  runRecordSchema.parse({
    version: 1,
    id: "1",
    name: "a",
    created_at: "2026-11-24T10:00:00.000Z",
    mode: "head",
    model_name_or_path: "universal-sentence-encoder-lite",
    dataset: {
      id: "d",
      name: "rows.csv",
      text_column: "text",
      label_column: "label",
      skip_empty: false,
      eval_fraction: 0.2,
      split_seed: 42,
    },
    backend: "wasm",
    arguments: { output_dir: "results", ...args },
    ...change,
  });

test("only the settings that differ are told, name, id and folders aside", () => {
  const other = record(
    { id: "2", name: "b", mode: "full" },
    { output_dir: "results-2", learning_rate: 0.003, save_total_limit: 2 },
  );
  expect(differences(record({}), other)).toEqual([
    { name: "mode", values: ["head", "full"] },
    { name: "learning_rate", values: ["0.00005", "0.003"] },
    { name: "save_total_limit", values: ["–", "2"] },
  ]);
});

test("a run differs from itself in nothing", () => {
  expect(differences(record({}), record({}))).toEqual([]);
});
