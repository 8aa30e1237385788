// What a drop on the page means.
import { expect, test } from "vitest";
import { sortDrop } from "../../../../src/ui/shell/dropped-files.ts";

const file = (name: string) => new File(["x"], name);

test("one file is a data set, whatever its ending: the reader says what it cannot read", () => {
  const csv = file("reviews.csv");
  expect(sortDrop([csv])).toEqual({ kind: "dataset", file: csv });
  const odd = file("reviews.xlsx");
  expect(sortDrop([odd])).toEqual({ kind: "dataset", file: odd });
});

test("a zip is a model", () => {
  const zip = file("sentiment-checkpoint-540.ZIP");
  expect(sortDrop([zip])).toEqual({ kind: "model", files: [zip] });
});

test("the files of a model folder are one model", () => {
  const files = [file("config.json"), file("model.safetensors"), file("tokenizer.json")];
  expect(sortDrop(files)).toEqual({ kind: "model", files });
});

test("several data files are refused with their number", () => {
  expect(sortDrop([file("a.csv"), file("b.csv")])).toEqual({ kind: "several", count: 2 });
});

test("a drop without files is nothing", () => {
  expect(sortDrop([])).toEqual({ kind: "nothing" });
});
