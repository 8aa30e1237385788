// The exported script, run as a whole by Python with PyTorch. Only transformers is replaced, by stand-ins that tell what they
// are given: so the rows, their order, their targets and the metrics are the script's own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { balancedWeight } from "../../../src/config/class-weight.ts";
import { type DatasetChoice, datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { exportPython } from "../../../src/config/python-script.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { type PreparedDataset, prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { readTable } from "../../../src/data/read/read-table.ts";
import { labelSetScores, regressionScores } from "../../../src/lib/scores.ts";
import { runPython, torchPython } from "../support/python.ts";

const quoted = (cell: string) => (/[",\n]/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (rows: readonly (readonly string[])[]) =>
  `${rows.map((cells) => cells.map(quoted).join(",")).join("\n")}\n`;
const times = (count: number, row: (i: number) => string[]) =>
  Array.from({ length: count }, (_, i) => row(i));

interface Case {
  readonly name: string;
  readonly text: string;
  readonly choice: Partial<DatasetChoice>;
  readonly evaluation?: string;
}

const cases: readonly Case[] = [
  {
    name: "classes.csv",
    // Spellings, spaces, an empty row, a repeat, a class of one row, classes that are numbers.
    text: csv([
      ["text", "label"],
      ...times(40, (i) => [
        `a "text", ${i}`,
        [" Good", "bad ", "good", "BAD", "10", "9"][i % 6] ?? "",
      ]),
      ['a "text", 0', "good"],
      ["", "bad"],
      ["lonely", "one row"],
    ]),
    choice: {
      merge_labels: "case_and_spaces",
      skip_empty: true,
      skip_duplicates: true,
      skip_single_classes: true,
      max_train_rows: 20,
      class_weight: "balanced",
    },
  },
  {
    name: "pairs.csv",
    text: csv([
      ["first", "more", "second", "same"],
      ...times(21, (i) => [
        `one ${i}`,
        i % 3 === 0 ? "" : ` more ${i} `,
        `two ${i}`,
        i % 2 === 0 ? "yes" : "no",
      ]),
    ]),
    choice: {
      text_column: "first",
      join_columns: ["more"],
      text_pair_column: "second",
      label_column: "same",
    },
  },
  {
    name: "numbers.csv",
    text: csv([
      ["text", "price", "stars"],
      ...times(30, (i) => [`text ${i % 25}`, `${i}.5`, i === 3 ? "n/a" : String(i % 5)]),
    ]),
    choice: {
      problem_type: "regression",
      label_column: "price",
      more_label_columns: ["stars"],
      skip_bad_labels: true,
      skip_leaks: true,
    },
  },
  {
    name: "labels.csv",
    text: csv([
      ["text", "y"],
      ...times(30, (i) => [
        `text ${i}`,
        ["['a', 'b c']", '["B C"]', "[]", "['c', 'a']"][i % 4] ?? "",
      ]),
    ]),
    evaluation: csv([
      ["text", "y"],
      ["held", "['a']"],
      ["unknown", "['z']"],
    ]),
    choice: {
      problem_type: "multi_label_classification",
      label_column: "y",
      merge_labels: "case_and_spaces",
      evaluation: { id: "2", name: "held.csv" },
      skip_unknown_labels: true,
    },
  },
  {
    name: "flags.csv",
    text: csv([
      ["text", "a", "b"],
      ...times(24, (i) => [`t${i}`, String(i % 2), i % 3 === 0 ? "True" : "0.0"]),
    ]),
    choice: {
      problem_type: "multi_label_classification",
      label_column: "a",
      more_label_columns: ["b"],
    },
  },
];

const choiceOf = ({ name, choice }: Case) =>
  datasetChoiceSchema.parse({
    id: "1",
    name,
    text_column: "text",
    label_column: "label",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 7,
    ...choice,
  });

// Runs every script with stand-ins for transformers and prints what its Trainer was given.
const runner = `
import io, json, runpy, sys, types, contextlib
import numpy as np, torch
given = {}
class Tokenizer:
    def __call__(self, texts, pairs, truncation, max_length):
        return {"input_ids": list(zip(texts, pairs or [None] * len(texts)))}
class Trainer:
    def __init__(self, **kw): given.update(kw)
    def train(self, **kw): pass
    def save_model(self): pass
fake = types.ModuleType("transformers")
class Loaded:
    @staticmethod
    def from_pretrained(model, **kw):
        given["names"] = {k: v for k, v in kw.items() if k in ("num_labels", "problem_type", "id2label")}
class Tokenizers:
    @staticmethod
    def from_pretrained(model, **kw): return Tokenizer()
fake.AutoModelForSequenceClassification = Loaded
fake.AutoTokenizer = Tokenizers
fake.DataCollatorWithPadding = lambda tokenizer: None
fake.Trainer = Trainer
fake.TrainingArguments = lambda **kw: kw
fake.set_seed = lambda seed: None
sys.modules["transformers"] = fake
results = []
for script, *files in json.loads(sys.argv[1]):
    given.clear()
    sys.argv = [script, *files]
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(script)
    held = given["eval_dataset"]
    truth = np.array([row["labels"] for row in held], dtype=np.float32)
    logits = np.cos(np.arange(truth.size if truth.ndim > 1 else len(held) * given["names"]["num_labels"])).astype(np.float32).reshape(len(held), -1)
    prediction = types.SimpleNamespace(predictions=logits, label_ids=truth)
    loss = None
    if "compute_loss_func" in given:
        outputs = types.SimpleNamespace(logits=torch.tensor(logits))
        loss = float(given["compute_loss_func"](outputs, torch.tensor(truth).long()))
    results.append({
        "train": given["train_dataset"], "eval": held, "names": given["names"], "loss": loss,
        "metrics": given["compute_metrics"](prediction), "logits": logits.ravel().tolist(),
    })
print(json.dumps(results))
`;

interface Given {
  readonly train: readonly Example[];
  readonly eval: readonly Example[];
  readonly names: { num_labels: number; problem_type: string; id2label: Record<string, string> };
  readonly metrics: Record<string, number>;
  readonly logits: readonly number[];
  readonly loss: number | null;
}
interface Example {
  readonly input_ids: readonly [string, string | null];
  readonly labels: number | readonly number[];
}

const examplesOf = (rows: PreparedDataset["train"]): Example[] =>
  rows.map(({ text, pair, label, values }) => ({
    input_ids: [text, pair ?? null],
    labels: values === undefined ? label : [...values],
  }));

test.skipIf(torchPython === undefined)(
  "the script remakes the studio's rows, split, targets and metrics for every kind of target",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "studio-script-"));
    const prepared: PreparedDataset[] = [];
    const calls: string[][] = [];
    for (const each of cases) {
      const choice = choiceOf(each);
      const place = join(folder, each.name.replace(".csv", ""));
      mkdirSync(place);
      const { table, info } = await readTable(new File([each.text], each.name), {}, () => {});
      const more =
        each.evaluation === undefined
          ? null
          : await readTable(new File([each.evaluation], "held.csv"), {}, () => {});
      prepared.push(prepareDataset(table, choice, more?.table ?? null));
      const args = trainingArgumentsSchema.parse({});
      const script = exportPython(
        { args, mode: "full", model: "base", dataset: choice, file: info },
        "new",
      );
      writeFileSync(join(place, "train.py"), script);
      writeFileSync(join(place, each.name), each.text);
      writeFileSync(join(place, "held.csv"), each.evaluation ?? "");
      const held = each.evaluation === undefined ? [] : [join(place, "held.csv")];
      calls.push([join(place, "train.py"), join(place, each.name), ...held]);
    }
    const printed = runPython(torchPython ?? "", runner, [JSON.stringify(calls)]);
    rmSync(folder, { recursive: true });

    const results = JSON.parse(printed) as Given[];
    for (const [at, given] of results.entries()) {
      const { labels, train, evaluation, choice, obstacle } = prepared[at] as PreparedDataset;
      expect([choice.name, obstacle]).toEqual([choice.name, null]);
      expect([choice.name, given.train]).toEqual([choice.name, examplesOf(train)]);
      expect(given.eval).toEqual(examplesOf(evaluation));
      expect(given.names).toEqual({
        num_labels: labels.length,
        problem_type: choice.problem_type,
        id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
      });
      expectMetrics(given, prepared[at] as PreparedDataset);
    }
  },
);

function expectMetrics({ metrics, logits, loss }: Given, prepared: PreparedDataset): void {
  const { choice, labels, evaluation, train } = prepared;
  const truth = evaluation.flatMap(({ values = [] }) => values);
  if (choice.problem_type === "regression") {
    const own = regressionScores(logits, truth, labels.length);
    for (const [name, value] of Object.entries(own)) expect(metrics[name]).toBeCloseTo(value, 5);
    return;
  }
  if (choice.problem_type === "multi_label_classification") {
    const own = labelSetScores(logits, truth, labels.length, 0);
    for (const [name, value] of Object.entries(own)) expect(metrics[name]).toBeCloseTo(value, 9);
    return;
  }
  expect(Object.keys(metrics)).toEqual(["accuracy"]);
  if (choice.class_weight === "none") {
    expect(loss).toBeNull();
    return;
  }
  const weights = labels.map((_, id) =>
    balancedWeight(train.filter(({ label }) => label === id).length, labels.length, train.length),
  );
  let [sum, total] = [0, 0];
  evaluation.forEach(({ label }, row) => {
    const own = logits.slice(row * labels.length, (row + 1) * labels.length);
    const log = Math.log(own.reduce((all, logit) => all + Math.exp(logit), 0));
    sum += (weights[label] ?? 1) * (log - (own[label] ?? 0));
    total += weights[label] ?? 1;
  });
  expect(loss).toBeCloseTo(sum / total, 5);
}
