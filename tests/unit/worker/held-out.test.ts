import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { readTable } from "../../../src/data/read/read-table.ts";
import { saveDataset } from "../../../src/storage/datasets.ts";
import { readHeldOut } from "../../../src/worker/held-out.ts";

async function ask(columns: readonly string[], cells: readonly string[]) {
  const rows = [Object.fromEntries(columns.map((name, at) => [name, cells[at]]))];
  const file = new File([`${JSON.stringify(rows)}\n`], "questions.json");
  const read = await readTable(file, {}, () => {});
  await saveDataset(read.info, read.table);
  return readHeldOut({ tableId: read.info.id, name: file.name }, 10);
}
const chat = JSON.stringify([
  { role: "user", content: "Who?" },
  { role: "assistant", content: "Me." },
]);

test.each([
  ["problem", "solution", "answer"],
  ["question", "answer", "conversation"],
  ["instruction", "answer"],
])("a file with the columns %s, %s is asked by their names", async (...columns) => {
  const cells = columns.map((name) => `the ${name}`);
  expect(await ask(columns, cells)).toMatchObject({
    ...{ columns, rows: [cells], asked: null, prompts: null },
  });
});

test("chats of a file are asked as chats, and questions with reasoning as they are trained", async () => {
  expect(await ask(["id", "messages"], ["1", chat])).toMatchObject({
    ...{ columns: ["prompt", "completion"], rows: [["Who?", "Me."]] },
  });
  expect(await ask(["instruction", "input", "output"], ["Add", "1 2", "3"])).toMatchObject({
    prompts: [[{ role: "user", content: "Add\n1 2" }]],
  });
  expect((await ask(["question", "reasoning", "answer"], ["a", "b", "c"])).asked).toEqual({
    ...{ question: "question", reasoning: "reasoning", answer: "answer" },
  });
});
