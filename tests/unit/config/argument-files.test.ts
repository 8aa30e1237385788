import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { exportArguments, importArguments } from "../../../src/config/argument-files.ts";
import { datasetChoiceSchema } from "../../../src/config/dataset.ts";
import type { PythonRun } from "../../../src/config/python-parts.ts";
import { exportPython } from "../../../src/config/python-script.ts";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";

const argsOf = (given: Partial<TrainingArguments>) => trainingArgumentsSchema.parse(given);
const importOf = (entries: object) => importArguments(JSON.stringify(entries));

test("exported arguments are read back as they were", () => {
  const args = argsOf({ optim: "sgd", optim_args: "momentum=0.9", logging_steps: 0.1 });
  expect(importArguments(exportArguments(args)).args).toEqual(args);
});

test("old and new names mean the same", () => {
  const old = importOf({
    evaluation_strategy: "epoch",
    group_by_length: true,
    warmup_ratio: 0.1,
    logging_dir: "logs",
    overwrite_output_dir: true,
  });
  const now = importOf({
    eval_strategy: "epoch",
    train_sampling_strategy: "group_by_length",
    warmup_ratio: 0.1,
    logging_dir: "logs",
  });
  expect(old.args).toEqual(now.args);
  expect(old.given).toEqual(now.given);
});

test("what transformers itself writes of a plain run is taken", () => {
  const { args, given } = importOf({
    output_dir: "out",
    per_device_train_batch_size: 4,
    max_steps: -1,
    eval_strategy: "no",
    eval_steps: null,
    metric_for_best_model: "eval_accuracy",
    optim: "adamw_torch_fused",
    fp16: false,
    bf16: false,
    deepspeed: null,
    torch_compile: false,
    push_to_hub: false,
    hub_token: "<HUB_TOKEN>",
    report_to: [],
    lr_scheduler_kwargs: {},
    accelerator_config: { split_batches: false, even_batches: true, use_seedable_sampler: true },
    save_total_limit: 0,
  });
  expect(args).toMatchObject({
    output_dir: "out",
    per_device_train_batch_size: 4,
    metric_for_best_model: "accuracy",
    optim: "adamw_torch",
    lr_scheduler_kwargs: null,
    save_total_limit: null,
  });
  expect(given).not.toContain("weight_decay");
});

test.each([
  [{ fp16: true }, /fp16: Training computes in 32 bit/u],
  [
    { bf16: true, deepspeed: "zero3.json" },
    /bf16: .*deepspeed: A browser tab trains on one machine/u,
  ],
  [{ torch_compile: true }, /torch_compile: There is no PyTorch here/u],
  [{ report_to: ["wandb"] }, /report_to: Nothing leaves this device/u],
  [{ accelerator_config: { use_seedable_sampler: false } }, /accelerator_config: .*another order/u],
  [{ learning_rats: 1 }, /learning_rats: transformers has no such argument/u],
  [{ optim: "paged_lion_8bit" }, /optim: /u],
  [{ per_device_train_batch_size: 0 }, /per_device_train_batch_size: /u],
  [{ learning_rate: -1 }, /learning_rate: /u],
  [{ gradient_accumulation_steps: 0 }, /gradient_accumulation_steps: /u],
  [{ logging_steps: 1.5 }, /logging_steps: must be a whole number/u],
  [{ logging_steps: 0 }, /logging_steps: must be above 0/u],
  [{ evaluation_strategy: "no", eval_strategy: "epoch" }, /eval_strategy: it contradicts/u],
])("%j is refused by name, with the reason", (entries, message) => {
  expect(() => importOf(entries)).toThrow(message);
});

test("a file that is no JSON says what to choose instead", () => {
  expect(() => importArguments("\u0080\u0002ctransformers")).toThrow("This file is not JSON.");
});

const run: PythonRun = {
  args: argsOf({
    evaluation_strategy: "epoch",
    save_strategy: "epoch",
    load_best_model_at_end: true,
    metric_for_best_model: "accuracy",
    warmup_ratio: 0.1,
    early_stopping_patience: 2,
    label_smoothing_factor: 0.1,
  }),
  mode: "head",
  model: "bert-base-uncased",
  dataset: datasetChoiceSchema.parse({
    id: "1",
    name: "rows.csv",
    text_column: 'the "text"',
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
  }),
};

/** Arguments that a script gives to TrainingArguments, as Python reads them; null without Python. */
function argumentsIn(script: string): Record<string, unknown> | null {
  const program = `
import ast, json, sys
tree = ast.parse(sys.stdin.read())
call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "TrainingArguments")
print(json.dumps({k.arg: ast.literal_eval(k.value) for k in call.keywords}))`;
  const { status, stdout } = spawnSync("python3", ["-c", program], { input: script });
  if (status === null) return null;
  return JSON.parse(String(stdout));
}

test("the Python script compiles and holds the run's arguments, under new names and under old ones", ({
  skip,
}) => {
  const fresh = argumentsIn(exportPython(run, "new"));
  const old = argumentsIn(exportPython(run, "old"));
  if (fresh === null || old === null) return skip("Python is not installed.");
  const same = {
    save_strategy: "epoch",
    load_best_model_at_end: true,
    metric_for_best_model: "accuracy",
    label_smoothing_factor: 0.1,
    seed: 42,
  };
  expect(fresh).toMatchObject({ ...same, eval_strategy: "epoch", warmup_steps: 0.1 });
  expect(fresh).not.toHaveProperty("logging_dir");
  expect(fresh).not.toHaveProperty("warmup_ratio");
  expect(old).toMatchObject({
    ...same,
    evaluation_strategy: "epoch",
    warmup_ratio: 0.1,
    logging_dir: "results/runs",
  });
  expect(old).not.toHaveProperty("eval_strategy");
});

test("the Python script freezes what the run freezes", ({ skip }) => {
  const script = exportPython({ ...run, mode: "last", numTrainableLayers: 2 }, "new");
  expect(script).toContain("first_trained = model.config.num_hidden_layers - 2");
  expect(script).toContain(String.raw`re.search(r"\.layer\.(\d+)\.", name)`);
  expect(exportPython(run, "new")).toContain('("classifier", "pre_classifier", "bert.pooler")');
  if (argumentsIn(script) === null) skip("Python is not installed.");
});

test("what an old version cannot do is refused by name", () => {
  const args = argsOf({ lr_scheduler_type: "greedy", evaluation_strategy: "epoch" });
  expect(() => exportPython({ ...run, args }, "old")).toThrow(/does not know greedy/u);
  // What it does otherwise is said.
  const accumulated = argsOf({ gradient_accumulation_steps: 2 });
  const script = (target: "old" | "new") => exportPython({ ...run, args: accumulated }, target);
  expect(script("old")).toContain("to the next\nepoch's first update");
  expect(script("new")).not.toContain("4.45");
});

test("the Python script names a model of the Hub by its id and loads the commit that was trained", ({
  skip,
}) => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const source = { version: 1 as const, repo_id: "studio/tiny-bert", revision: "main", commit };
  const script = exportPython({ ...run, model: "models/studio/tiny-bert", source }, "new");
  expect(script).toContain('MODEL = "studio/tiny-bert"');
  expect(script).toContain(`REVISION = "${commit}"`);
  expect(script.match(/from_pretrained\(MODEL, revision=REVISION/gu)).toHaveLength(2);
  expect(script).not.toContain("models/studio");
  const folder = { labels: ["a", "b"], checkpoint: null };
  expect(exportPython({ ...run, source, folder }, "new")).not.toContain("revision=");
  if (argumentsIn(script) === null) skip("Python is not installed.");
});
