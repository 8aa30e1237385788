// The exported script, run as a whole by Python with PyTorch. Only transformers is replaced, by stand-ins that tell what they
// are given: so the rows, their order, their targets and the metrics are the script's own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { balancedWeight } from "../../../src/config/class-weight.ts";
import { type DatasetChoice, datasetChoiceSchema } from "../../../src/config/dataset.ts";
import { type LanguageChoice, languageChoiceSchema } from "../../../src/config/language-data.ts";
import { exportPython } from "../../../src/config/python-script.ts";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import type { RenderChats } from "../../../src/data/chat-template.ts";
import type { LanguageRow } from "../../../src/data/collate-language.ts";
import type { LanguageTokenizer } from "../../../src/data/encode-language.ts";
import { prepareLanguage } from "../../../src/data/language-rows.ts";
import { type PreparedDataset, prepareDataset } from "../../../src/data/prepare-dataset.ts";
import { readTable } from "../../../src/data/read/read-table.ts";
import { labelSetScores, regressionScores } from "../../../src/lib/scores.ts";
import type { BaseModel } from "../../../src/worker/base-model.ts";
import { encodeRecords, fitLanguage } from "../../../src/worker/language-data.ts";
import { anyPython, runPython, torchPython } from "../support/python.ts";

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
  {
    // An object with the list, under a name in capitals.
    name: "held-list.JSON",
    text: JSON.stringify({
      data: times(20, (i) => [`t${i}`, i % 2 === 0 ? "yes" : "no"]).map(([text, label]) => ({
        ...{ text, label },
      })),
    }),
    choice: {},
  },
  {
    // pandas' columns; JavaScript puts the numbers of the rows in order.
    name: "columns.json",
    text: `{${["text", "label"]
      .map((column) => {
        const cells = times(20, (i) => [String(19 - i), column === "text" ? `t${i}` : `l${i % 2}`]);
        return `"${column}": {${cells.map(([row, cell]) => `"${row}": "${cell}"`).join(", ")}}`;
      })
      .join(", ")}}`,
    choice: {},
  },
  {
    // JSON Lines in a file named .json, with Unicode's own line ends and a longer cell than Python's csv reads.
    name: "lines.json",
    text: times(20, (i) => [
      JSON.stringify({ text: `a\u2028b\u2029c\u0085${i}`, label: `l${i % 2}`, n: { x: i } }),
    ]).join("\r\n"),
    choice: { evaluation: { id: "2", name: "held.csv" } },
    evaluation: csv([
      ["text", "label"],
      ["y".repeat(140_000), "l1"],
      ["held", "l0"],
    ]),
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
    accelerator = types.SimpleNamespace(gather=lambda count: count, num_processes=1)
    def __init__(self, **kw):
        given.update(kw)
        self.args = kw["args"]
    def get_batch_samples(self, batches): return batches, None
    def train(self, **kw): pass
    def save_model(self): pass
class Model:
    """Says the logits that it is given."""
    training = True
    def __call__(self, logits): return types.SimpleNamespace(logits=logits)
fake = types.ModuleType("transformers")
class Loaded:
    @staticmethod
    def from_pretrained(model, dtype, **kw):
        assert dtype is torch.float32
        given["names"] = {k: v for k, v in kw.items() if k in ("num_labels", "problem_type", "id2label")}
class Tokenizers:
    @staticmethod
    def from_pretrained(model, **kw): return Tokenizer()
fake.AutoModelForSequenceClassification = Loaded
fake.AutoTokenizer = Tokenizers
fake.DataCollatorWithPadding = lambda tokenizer: None
fake.Trainer = Trainer
fake.TrainingArguments = lambda **kw: types.SimpleNamespace(device="cpu", label_smoothing_factor=0, **kw)
fake.set_seed = lambda seed: None
sys.modules["transformers"] = fake
results = []
for script, *files in json.loads(sys.argv[1]):
    given.clear()
    sys.argv = [script, *files]
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = runpy.run_path(script)["trainer"]
    held = given["eval_dataset"]
    truth = np.array([row["labels"] for row in held], dtype=np.float32)
    logits = np.cos(np.arange(truth.size if truth.ndim > 1 else len(held) * given["names"]["num_labels"])).astype(np.float32).reshape(len(held), -1)
    prediction = types.SimpleNamespace(predictions=logits, label_ids=truth)
    assert trainer.model_accepts_loss_kwargs
    # One update of two micro-batches, the second of one row, and an evaluation of all rows.
    labels = torch.tensor([row["labels"] for row in held])
    batch_of = lambda rows: {"logits": torch.tensor(logits)[rows], "labels": labels[rows]}
    batches, count = trainer.get_batch_samples([batch_of(slice(0, -1)), batch_of(slice(-1, None))])
    model = Model()
    loss = sum(float(trainer.compute_loss(model, batch, num_items_in_batch=count)) for batch in batches)
    model.training = False
    eval_loss = float(trainer.compute_loss(model, batch_of(slice(None)), return_outputs=True)[0])
    results.append({
        "train": given["train_dataset"], "eval": held, "names": given["names"], "losses": [loss, eval_loss],
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
  readonly losses: readonly [update: number, evaluation: number];
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

function expectMetrics({ metrics, logits, losses }: Given, prepared: PreparedDataset): void {
  const { choice, labels, evaluation } = prepared;
  const truth = evaluation.flatMap(({ values = [] }) => values);
  const scores = {
    regression: () => regressionScores(logits, truth, labels.length),
    multi_label_classification: () => labelSetScores(logits, truth, labels.length, 0),
    single_label_classification: () => ({ accuracy: expect.any(Number) }),
  }[choice.problem_type]();
  expect(Object.keys(metrics).sort()).toEqual(Object.keys(scores).sort());
  for (const [name, value] of Object.entries(scores)) {
    if (typeof value === "number") expect(metrics[name]).toBeCloseTo(value, 5);
  }
  // Micro-batches, however short, change nothing.
  const mean = meanLoss(logits, prepared);
  for (const loss of losses) expect(Math.abs(loss / mean - 1)).toBeLessThan(1e-5);
}

/** The mean of the losses of the held-out rows, weighed by their classes. */
function meanLoss(logits: readonly number[], prepared: PreparedDataset): number {
  const { choice, labels, evaluation, train } = prepared;
  const balanced = labels.map((_, id) =>
    balancedWeight(train.filter(({ label }) => label === id).length, labels.length, train.length),
  );
  const items = evaluation.flatMap(({ label, values }, row) => {
    const own = logits.slice(row * labels.length, (row + 1) * labels.length);
    if (values !== undefined) {
      const lossOf = choice.problem_type === "regression" ? squaredError : binaryCrossEntropy;
      return own.map((logit, id) => ({ loss: lossOf(logit, values[id] ?? 0), weight: 1 }));
    }
    const log = Math.log(own.reduce((all, logit) => all + Math.exp(logit), 0));
    const weight = choice.class_weight === "none" ? 1 : (balanced[label] ?? 1);
    return [{ loss: log - (own[label] ?? 0), weight }];
  });
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return (
    sum(items.map(({ loss, weight }) => loss * weight)) / sum(items.map((item) => item.weight))
  );
}

const squaredError = (guess: number, value: number) => (guess - value) ** 2;
const binaryCrossEntropy = (logit: number, value: number) =>
  Math.log1p(Math.exp(logit)) - logit * value;

// The same for language models: characters are the tokens, 1 begins a text and 0 ends it.
const writerRunner = `
import io, json, runpy, sys, types, contextlib
given = {}
class Tokenizer:
    eos_token_id, pad_token_id = 0, 0
    # Several templates by name, none of them the usual one.
    chat_template = {"tool_use": "tools"}
    def __call__(self, text, add_special_tokens):
        return {"input_ids": [1] * add_special_tokens + [ord(letter) for letter in text]}
    def apply_chat_template(self, messages, chat_template, tokenize, add_generation_prompt):
        assert "<|im_start|>" in chat_template
        ask = "<|im_start|>assistant\\n" if add_generation_prompt else ""
        return "".join("<|im_start|>%s\\n%s<|im_end|>\\n" % (m["role"], m["content"]) for m in messages) + ask
class Trainer:
    def __init__(self, **kw): given.update(kw)
    def train(self, **kw): pass
    def save_model(self): pass
class Loaded:
    @staticmethod
    def from_pretrained(model, **kw):
        return types.SimpleNamespace(config=types.SimpleNamespace(pad_token_id=None))
class Tokenizers:
    @staticmethod
    def from_pretrained(model, **kw): return Tokenizer()
fake = types.ModuleType("transformers")
fake.AutoModelForCausalLM, fake.AutoTokenizer, fake.Trainer = Loaded, Tokenizers, Trainer
fake.TrainingArguments = lambda **kw: kw
fake.set_seed = lambda seed: None
sys.modules["transformers"] = fake
results = []
for script, *files in json.loads(sys.argv[1]):
    sys.argv = [script, *files]
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(script)
    batch = {key: tensor.tolist() for key, tensor in given["data_collator"](given["train_dataset"][:2]).items()}
    results.append({"train": given["train_dataset"], "eval": given["eval_dataset"], "batch": batch, "tokenizer": given["processing_class"] is not None})
print(json.dumps(results))
`;

const letters: LanguageTokenizer & { specials: Record<string, string> } = {
  encodeWhole: (text, isBare) => [
    ...(isBare ? [] : [1]),
    ...Array.from(text, (letter) => letter.codePointAt(0) ?? 0),
  ],
  ...{ endId: 0, vocabSize: 0x11_0000, specials: {} },
};

const asChatMl: RenderChats = async (_, chats, { addGenerationPrompt }) =>
  chats.map(
    (chat) =>
      chat.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("") +
      (addGenerationPrompt ? "<|im_start|>assistant\n" : ""),
  );

const chat = (i: number) =>
  JSON.stringify({
    system: i === 1 ? "Be brief." : "",
    conversations: [
      { from: "human", value: `Say ${i}` },
      { from: "gpt", value: i % 3 === 0 ? "" : `${i}, "said"` },
      { from: "human", value: "Again" },
      { from: "gpt", value: `${i}!` },
    ],
  });

const writers: readonly { name: string; text: string; language: Partial<LanguageChoice> }[] = [
  {
    name: "prose.txt",
    text: `${Array.from({ length: 30 }, (_, i) => `Paragraph ${i}\nof ${"x".repeat(i % 7)} lines`).join("\r\n \r\n")}\n`,
    language: { format: "text", columns: { text: "text" }, packing: true },
  },
  {
    name: "sums.csv",
    text: csv([
      ["question", "reasoning", "answer"],
      ...times(20, (i) => [` What is ${i} + 1? `, i % 4 === 0 ? "" : `${i} and one.`, `${i + 1}`]),
      ["unanswered", "", " "],
      ["What is 3 + 1?", "3 and one.", "4"],
    ]),
    language: {
      format: "reasoning",
      columns: { question: "question", reasoning: "reasoning", answer: "answer" },
      direct_answers: true,
    },
  },
  {
    name: "chats.jsonl",
    text: Array.from({ length: 20 }, (_, i) => chat(i)).join("\n"),
    language: {
      format: "conversations",
      columns: { conversations: "conversations", system: "system" },
    },
  },
  {
    name: "asked.jsonl",
    text: Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({
        prompt: [{ role: "user", content: `Say ${i}` }],
        completion: i === 4 ? [] : [{ role: "assistant", content: `${i}!` }],
      }),
    ).join("\n"),
    language: {
      format: "prompt_completion",
      columns: { prompt: "prompt", completion: "completion" },
    },
  },
  ...["tokens.jsonl", "bare-tokens.jsonl"].map((name) => ({
    name,
    text: Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({ input_ids: [5, 6 + i, 7, 9], labels: [-100, 6 + i, -100, 9] }),
    ).join("\n"),
    language: {
      ...({ format: "tokens", columns: { input_ids: "input_ids", labels: "labels" } } as const),
    },
  })),
];

test.skipIf(torchPython === undefined)(
  "a language model's script remakes the studio's tokens, masks, packed rows and split",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "studio-writer-"));
    const wanted: { train: object[]; eval: object[] }[] = [];
    const calls: string[][] = [];
    for (const { name, text, language: chosen } of writers) {
      const language = languageChoiceSchema.parse(chosen);
      const choice = choiceOf({
        name,
        text,
        choice: { language, skip_duplicates: true, skip_empty: true },
      });
      const { table, info } = await readTable(new File([text], name), {}, () => {});
      const base = { tokenizer: letters, chatTemplate: null } as unknown as BaseModel;
      const encoded = await encodeRecords(
        { choice, language, base, render: asChatMl, gate: { pass: async () => {} } },
        prepareLanguage(table, choice, language),
      );
      const fitted = fitLanguage(encoded, 60);
      wanted.push({
        train: asExamples(fitted.train.rows),
        eval: asExamples(fitted.evaluation.rows),
      });
      const args = trainingArgumentsSchema.parse({ max_length: 60 });
      const run = {
        ...({ args, mode: "full", model: "base", dataset: choice, file: info } as const),
        hasTokenizer: name !== "bare-tokens.jsonl",
      };
      writeFileSync(join(folder, `${name}.py`), exportPython(run, "new"));
      writeFileSync(join(folder, name), text);
      calls.push([join(folder, `${name}.py`), join(folder, name)]);
    }
    const printed = runPython(torchPython ?? "", writerRunner, [JSON.stringify(calls)]);
    rmSync(folder, { recursive: true });
    for (const [at, { batch, tokenizer, ...given }] of JSON.parse(printed).entries()) {
      // Its checkpoints keep it, also where the rows are token ids.
      expect(tokenizer).toBe(writers[at]?.name !== "bare-tokens.jsonl");
      expect([writers[at]?.name, given]).toEqual([writers[at]?.name, wanted[at]]);
      // Padding counts nowhere: its positions begin anew, and it has no label.
      const length = Math.max(
        ...given.train.slice(0, 2).map(({ labels }: { labels: [] }) => labels.length),
      );
      expect(batch.labels.map((row: number[]) => row.length)).toEqual([length, length]);
      expect(batch.labels[1].slice(given.train[1].labels.length)).not.toContainEqual(
        expect.toSatisfy((label) => label !== -100),
      );
    }
  },
);

const asExamples = (rows: readonly LanguageRow[]) =>
  rows.map((row) => ({
    input_ids: row.flatMap(({ ids }) => [...ids]),
    labels: row.flatMap(({ ids, trained }) =>
      Array.from(ids, (id, place) => (place > 0 && trained[place] === 1 ? id : -100)),
    ),
    position_ids: row.flatMap(({ ids }) => Array.from(ids, (_, place) => place)),
  }));

test("the script for version 4 is not written for models that came later", () => {
  const args = trainingArgumentsSchema.parse({});
  const run = { args, mode: "full", model: "base", dataset: null } as const;
  const old = (modelType: string) => () => exportPython({ ...run, modelType }, "old");
  expect(old("qwen3")).toThrow("transformers 4.45 does not know Qwen 3.");
  expect(old("gemma3_text")).toThrow("transformers 4.45 does not know Gemma 3.");
  expect(old("qwen2")).not.toThrow();
});

test.skipIf(anyPython === undefined)(
  "names within the docstring neither end it nor begin an escape, in the script and in the cluster's",
  () => {
    const name = 'a"""; import os; #\\N{x}.csv';
    const run = {
      args: trainingArgumentsSchema.parse({}),
      mode: "full",
      model: name,
      dataset: choiceOf({ name, text: "", choice: { evaluation: { id: "2", name } } }),
    } as const;
    const language = languageChoiceSchema.parse({ format: "text", columns: { text: "text" } });
    const writer = { ...run, dataset: { ...run.dataset, language } };
    const folder = { labels: [name], checkpoint: null };
    const scripts = [run, writer, { ...run, folder }, { ...writer, folder }].map((each) =>
      exportPython(each, "new"),
    );
    const read = `
import ast, json, sys
for script in json.loads(sys.argv[1]):
    tree = ast.parse(script)
    print("#_N{x}.csv" in ast.get_docstring(tree), ast.unparse(tree.body[1]))
`;
    const printed = runPython(anyPython ?? "", read, [JSON.stringify(scripts)]);
    const [own, cluster] = ["True import csv", "True import json"];
    expect(printed.trim().split("\n")).toEqual([own, own, cluster, cluster]);
  },
);
