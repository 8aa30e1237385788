import { expect, test } from "vitest";
import { countFiles, fileTree, findNode } from "../../../../src/ui/files/file-tree.ts";

const tree = fileTree([
  { path: "results/checkpoint-100/model.safetensors", bytes: 5 },
  { path: "results/checkpoint-20/config.json", bytes: 1 },
  { path: "results/runs/events.jsonl", bytes: 2 },
  { path: "datasets/d/table.json", bytes: 7 },
]);

test("paths become folders with their bytes, checkpoints by step", () => {
  expect(tree.map(({ path, bytes }) => [path, bytes])).toEqual([
    ["datasets", 7],
    ["results", 8],
  ]);
  expect(findNode(tree, "results")?.children?.map(({ name }) => name)).toEqual([
    "checkpoint-20",
    "checkpoint-100",
    "runs",
  ]);
});

test("a node is found by its path, and files are counted below it", () => {
  expect(findNode(tree, "results/runs/events.jsonl")).toMatchObject({ bytes: 2, children: null });
  expect(findNode(tree, "results/none")).toBeUndefined();
  expect(tree.reduce((sum, node) => sum + countFiles(node), 0)).toBe(4);
});
