// What a drop on the page means.
import { expect, test } from "vitest";
import { sortDrop } from "../../../../src/ui/shell/dropped-files.ts";
import { zip } from "../../../support/workbook.ts";

const file = (name: string) => new File(["x"], name);

test("one file is a data set, whatever its ending: the reader says what it cannot read", async () => {
  const csv = file("reviews.csv");
  expect(await sortDrop([csv])).toEqual({ kind: "dataset", file: csv });
  const odd = file("reviews.xlsx");
  expect(await sortDrop([odd])).toEqual({ kind: "dataset", file: odd });
});

test.each([
  ["checkpoint-540/config.json", "model"],
  ["model.safetensors", "model"],
  ["rows/reviews.csv", "dataset"],
] as const)("a zip with %s is a %s", async (name, kind) => {
  const zipped = new File([zip({ [name]: "x" })], "dropped.ZIP");
  expect((await sortDrop([zipped])).kind).toBe(kind);
});

test("a zip that cannot be listed goes to the reader, which says why", async () => {
  expect((await sortDrop([file("broken.zip")])).kind).toBe("dataset");
});

test("the files of a model folder are one model", async () => {
  const files = [file("config.json"), file("model.safetensors"), file("tokenizer.json")];
  expect(await sortDrop(files)).toEqual({ kind: "model", files });
});

test("several data files are refused with their number", async () => {
  expect(await sortDrop([file("a.csv"), file("b.csv")])).toEqual({ kind: "several", count: 2 });
});

test("a drop without files is nothing", async () => {
  expect(await sortDrop([])).toEqual({ kind: "nothing" });
});
