import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import type { DatasetChoice } from "../../../src/config/dataset.ts";
import { prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { readDataset } from "../../../src/storage/datasets.ts";
import { clusterFiles } from "../../../src/worker/cluster-files.ts";
import { anyPython, runPython } from "../support/python.ts";
import { recordOf, saveRows } from "./node-runs.ts";

const record = recordOf({
  output_dir: "cluster",
  seed: 7,
  optim: "sgd",
  optim_args: "momentum=0.9",
  warmup_ratio: 0.1,
  weight_decay: 0.02,
  early_stopping_patience: 2,
  metric_for_best_model: "accuracy",
  load_best_model_at_end: true,
  save_strategy: "epoch",
});

async function makeFiles(checkpoint: string | null): Promise<Map<string, string>> {
  await saveRows();
  const { table } = await readDataset("rows");
  const files = clusterFiles(record, prepareDataset(table, record.dataset), checkpoint);
  return new Map(
    await Promise.all(files.map(async ({ name, blob }) => [name, await blob.text()] as const)),
  );
}

test("the folder holds the rows of the split in their order, the mapping and one command", async () => {
  const files = await makeFiles("checkpoint-3");
  const { table } = await readDataset("rows");
  const { train, evaluation, labels } = prepareDataset(table, record.dataset);
  const rowsOf = (name: string) =>
    (files.get(name) ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  expect(rowsOf("data/train.jsonl")).toEqual(
    train.map(({ text, label }) => ({ text, label: labels[label] })),
  );
  expect(rowsOf("data/eval.jsonl")).toHaveLength(evaluation.length);
  expect(JSON.parse(files.get("data/mapping.json") ?? "")).toMatchObject({
    text_column: "text",
    label_column: "label",
    split_seed: 42,
    labels,
    train_lines: train.map(({ line }) => line),
  });
  expect(files.get("README.md")).toContain(
    "accelerate launch --config_file accelerate/one-gpu.yaml train.py",
  );
  expect(files.get("accelerate/several-gpus.yaml")).toContain("distributed_type: MULTI_GPU");
  // Exact versions, each of them.
  const requirements = (files.get("requirements.txt") ?? "").trim().split("\n");
  expect(requirements).toContain("transformers==5.18.0");
  for (const line of requirements) expect(line).toMatch(/^[\w-]+==\d+\.\d+\.\d+$/u);
});

test("rows of pairs, of numbers and of label sets keep both texts and their targets", async () => {
  const rows = ["0,1.5", "1,-2", "1,4", "0,0"].map((cells, i) => [
    `one ${i}`,
    `two ${i}`,
    ...cells.split(","),
  ]);
  const table = {
    columns: ["text", "pair", "flag", "number"],
    rows,
    lines: rows.map((_, i) => i + 2),
    unit: "line" as const,
  };
  const lineOf = async (change: Partial<DatasetChoice>) => {
    const dataset = { ...record.dataset, text_pair_column: "pair", ...change };
    const prepared = prepareDataset(table, dataset);
    const files = clusterFiles({ ...record, dataset }, prepared, null);
    const text = await files.find(({ name }) => name === "data/train.jsonl")?.blob.text();
    const line = prepared.train[0]?.line ?? 0;
    return [JSON.parse(text?.split("\n")[0] ?? ""), rows[line - 2]] as const;
  };
  const [numbers, row = []] = await lineOf({ problem_type: "regression", label_column: "number" });
  expect(numbers).toEqual({ text: row[0], pair: row[1], values: [Number(row[3])] });
  const [sets, own = []] = await lineOf({
    problem_type: "multi_label_classification",
    label_column: "flag",
  });
  expect(sets).toEqual({ text: own[0], pair: own[1], labels: [own[2]] });
});

// Reads the call of TrainingArguments without running the script.
const reader = `
import ast, json, py_compile, sys
py_compile.compile(sys.argv[1], doraise=True)
tree = ast.parse(open(sys.argv[1]).read())
calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
name = lambda call: call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
arguments = next(call for call in calls if name(call) == "TrainingArguments")
train = next(call for call in calls if name(call) == "train")
print(json.dumps({
  "arguments": {keyword.arg: ast.literal_eval(keyword.value) for keyword in arguments.keywords},
  "resume": [ast.literal_eval(keyword.value.args[1]) for keyword in train.keywords],
}))
`;

test.skipIf(anyPython === undefined)(
  "the script compiles, its arguments are the run's, and it goes on from the checkpoint",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "studio-cluster-"));
    const read = async (checkpoint: string | null) => {
      const path = join(folder, `train-${basename(checkpoint ?? "new")}.py`);
      writeFileSync(path, (await makeFiles(checkpoint)).get("train.py") ?? "");
      return JSON.parse(runPython(anyPython ?? "", reader, [path]));
    };
    const { arguments: written, resume } = await read("checkpoint-3");
    expect(resume).toEqual(["checkpoint-3"]);
    expect((await read(null)).resume).toEqual([]);
    rmSync(folder, { recursive: true });

    const { evaluation_strategy, warmup_ratio, ...args } = record.arguments;
    expect(written.eval_strategy).toBe(evaluation_strategy);
    expect(written.warmup_steps).toBe(warmup_ratio);
    const own = new Set(["eval_strategy", "warmup_steps", "report_to"]);
    for (const [name, value] of Object.entries(written)) {
      if (!own.has(name)) expect([name, value]).toEqual([name, args[name as keyof typeof args]]);
    }
    // Everything that the run changed is among them.
    for (const name of [
      "seed",
      "optim",
      "optim_args",
      "weight_decay",
      "metric_for_best_model",
      "load_best_model_at_end",
      "save_strategy",
      "learning_rate",
    ]) {
      expect(written).toHaveProperty(name);
    }
  },
);
