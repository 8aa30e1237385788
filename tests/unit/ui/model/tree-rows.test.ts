// The architecture tree: which rows show, and where the keys lead.
import { expect, test } from "vitest";
import type { ArchitectureNode } from "../../../../src/config/model-summary.ts";
import {
  firstOpen,
  listModules,
  listRows,
  moveInTree,
} from "../../../../src/ui/model/tree-rows.ts";

const parameter = (name: string): ArchitectureNode => ({
  name,
  shape: [2],
  parameterCount: 2,
  bytes: 4,
  dtype: "F16",
  children: [],
});
const node = (name: string, children: readonly ArchitectureNode[]): ArchitectureNode => ({
  name,
  parameterCount: 0,
  bytes: 0,
  dtype: "F16",
  children,
});
const model = node("model", [
  node("encoder", [node("0", [parameter("weight"), parameter("bias")])]),
  parameter("scale"),
]);

const paths = (open: readonly string[]) => listRows(model, new Set(open)).map(({ path }) => path);

test("a closed module hides what is in it", () => {
  expect(paths([])).toEqual(["model"]);
  expect(paths(["model"])).toEqual(["model", "model.encoder", "model.scale"]);
  expect(paths(["model", "model.encoder.0"])).toEqual(["model", "model.encoder", "model.scale"]);
});

test("all modules open show every parameter once, in the order of the forward pass", () => {
  expect(paths(listModules(model))).toEqual([
    "model",
    "model.encoder",
    "model.encoder.0",
    "model.encoder.0.weight",
    "model.encoder.0.bias",
    "model.scale",
  ]);
});

test("a small model is open from the start, a large one level by level", () => {
  expect([...firstOpen(model)]).toEqual(listModules(model));
  const layers = Array.from({ length: 12 }, (_, layer) =>
    node(String(layer), [parameter("weight"), parameter("bias")]),
  );
  const large = node("model", [node("layer", layers)]);
  expect([...firstOpen(large)]).toEqual(["model", "model.layer"]);
});

test("right opens a module and then goes in, left closes it or goes out", () => {
  const closed = listRows(model, new Set(["model"]));
  expect(moveInTree(closed, "model.encoder", "ArrowRight")).toEqual({ toggle: "model.encoder" });
  const open = listRows(model, new Set(["model", "model.encoder"]));
  expect(moveInTree(open, "model.encoder", "ArrowRight")).toEqual({ to: "model.encoder.0" });
  expect(moveInTree(open, "model.encoder", "ArrowLeft")).toEqual({ toggle: "model.encoder" });
  expect(moveInTree(open, "model.encoder.0", "ArrowLeft")).toEqual({ to: "model.encoder" });
  expect(moveInTree(open, "model.scale", "ArrowLeft")).toEqual({ to: "model" });
});

test("up and down stop at the ends; other keys are left alone", () => {
  const rows = listRows(model, new Set(["model"]));
  expect(moveInTree(rows, "model", "ArrowUp")).toBeNull();
  expect(moveInTree(rows, "model.scale", "ArrowDown")).toBeNull();
  expect(moveInTree(rows, "model", "End")).toEqual({ to: "model.scale" });
  expect(moveInTree(rows, "model", "a")).toBeNull();
});
