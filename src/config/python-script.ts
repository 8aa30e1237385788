// "Export Python": a script that makes the same run with transformers.Trainer, for the names of its version 4 or 5.
import { StudioError } from "../lib/errors.ts";
import { type DatasetChoice, type DatasetInfo, datasetChoiceSchema } from "./dataset.ts";
import type { HubSource } from "./hub.ts";
import { type ProblemType, taskOf } from "./problem-type.ts";
import readRows from "./python/read_rows.py?raw";
import type { TrainingMode } from "./run-record.ts";
import { type TrainingArguments, trainingArgumentsSchema } from "./training-arguments.ts";

/** Whose names the script uses: `evaluation_strategy` and `warmup_ratio`, or `eval_strategy` and one `warmup_steps`. */
export const pythonTargets = ["old", "new"] as const;
export type PythonTarget = (typeof pythonTargets)[number];

const requirements: Record<PythonTarget, string> = {
  old: "transformers>=4.42,<4.46",
  new: "transformers>=5.18,<6",
};

/** What the script is made from. */
export interface PythonRun {
  readonly args: TrainingArguments;
  readonly mode: TrainingMode;
  /** For the mode "last". */
  readonly numTrainableLayers?: number;
  readonly model: string;
  /** Where on the Hub the model came from: the script then loads that very commit. */
  readonly source?: HubSource | undefined;
  /** The rows as the studio maps and splits them; null where none are chosen yet: then columns named text and label. */
  readonly dataset: DatasetChoice | null;
  /** How the data set's file is read; null where it is not known any more: then as CSV with a header. */
  readonly file?: PythonFile | null;
  /** For the folder of "Continue on a cluster": its model and rows lie beside the script, and the run goes on from a checkpoint. */
  readonly folder?: { readonly labels: readonly string[]; readonly checkpoint: string | null };
}

type PythonFile = Pick<DatasetInfo, "delimiter" | "encoding" | "hasHeader"> & {
  readonly columns: readonly { readonly name: string }[];
};

/** The script's text. @throws StudioError for what the target version cannot do. */
export function exportPython(run: PythonRun, target: PythonTarget): string {
  const { args, folder } = run;
  const dataset = run.dataset ?? usualDataset;
  if (taskOf(dataset) === "language_modeling") {
    throw new StudioError("A language model's run cannot be written as a Python script yet.", {
      hint: "Its checkpoints open with AutoModelForCausalLM.from_pretrained, and its arguments can be saved as JSON.",
    });
  }
  if (target === "old") refuseForOld(args, dataset);
  const isWeighed = hasClassWeights(dataset);
  return `"""Trains ${nameOf(run)} with transformers.Trainer, as Finetune Studio would.
${folder === undefined ? usage(target, dataset) : "\nREADME.md has the command.\n"}"""
${folder === undefined ? "import csv\n" : ""}import json
import os
${run.mode === "last" || folder === undefined ? "import re\n" : ""}import sys

import numpy as np
import torch
${isWeighed ? "import torch.nn.functional as F\n" : ""}from transformers import (
    ${[...imports(run)].sort().join(",\n    ")},
)

${folder === undefined ? fileRows(run, dataset) : folderRows(dataset, folder.labels)}

def as_examples(rows):
    pairs = [row["pair"] for row in rows] if ${python(dataset.text_pair_column !== null)} else None
    encoded = tokenizer([row["text"] for row in rows], pairs, truncation=True, max_length=${args.max_length})
    return [
        {**{key: encoded[key][at] for key in encoded}, "labels": target_of(row)}
        for at, row in enumerate(rows)
    ]


def target_of(row):
    ${targetOf[dataset.problem_type]}


def compute_metrics(prediction):
${metrics[dataset.problem_type]}

${target === "new" ? `\nos.environ["TENSORBOARD_LOGGING_DIR"] = ${python(args.logging_dir ?? `${args.output_dir}/runs`)}` : ""}
${folder === undefined ? "train_rows, eval_rows, labels = prepare(*sys.argv[1:])" : `train_rows, eval_rows = read_rows("train"), read_rows("eval")`}
print(len(train_rows), "rows train,", len(eval_rows), "are held out;", len(labels), "outputs:", ", ".join(labels[:20]))
tokenizer = AutoTokenizer.from_pretrained(${modelOf(run)}, trust_remote_code=True)
set_seed(${args.seed})
${loadModel(run, dataset)}

args = TrainingArguments(
${Object.entries(pythonArguments(args, target))
  .map(([name, value]) => `    ${name}=${python(value)},`)
  .join("\n")}
)
${isWeighed ? classWeights(args) : ""}trainer = Trainer(
    model=model,
    args=args,
    train_dataset=as_examples(train_rows),
    eval_dataset=as_examples(eval_rows),
    data_collator=DataCollatorWithPadding(tokenizer),
    compute_metrics=compute_metrics,${isWeighed ? "\n    compute_loss_func=weighted_loss," : ""}${
      args.early_stopping_patience === null
        ? ""
        : `
    callbacks=[EarlyStoppingCallback(${args.early_stopping_patience}, ${args.early_stopping_threshold})],`
    }
)
trainer.train(${folder?.checkpoint == null ? "" : `resume_from_checkpoint=os.path.join(HERE, ${python(folder.checkpoint)})`})
trainer.save_model()
`;
}

const usualDataset = datasetChoiceSchema.parse({
  id: "",
  name: "",
  text_column: "text",
  label_column: "label",
  skip_empty: true,
  eval_fraction: 0.2,
  split_seed: 42,
});

const hasClassWeights = ({ problem_type, class_weight }: DatasetChoice): boolean =>
  problem_type === "single_label_classification" && class_weight === "balanced";

function usage(target: PythonTarget, { name, evaluation }: DatasetChoice): string {
  const file = name === "" ? "data.csv" : name;
  const [more, split] =
    evaluation === null
      ? ["", "The rows are split as in the studio: the same seed holds out the same rows."]
      : [` ${shellWord(evaluation.name)}`, "The second file is held out."];
  return `
    pip install "${requirements[target]}" torch accelerate tensorboard
    python train.py ${shellWord(file)}${more}

${split} CSV, TSV, JSON and JSON Lines are read; save a Parquet file or the sheet of a workbook as CSV first, and unpack a zip.
MODEL may be a name on the Hub or a folder, such as an unpacked checkpoint of the studio.
`;
}

const shellWord = (text: string) =>
  /^[\w.-]+$/u.test(text) ? text : `'${text.replaceAll("'", "_").replaceAll("\\", "_")}'`;

function fileRows({ model, source, file }: PythonRun, dataset: DatasetChoice): string {
  const { text_column, join_columns, text_pair_column, merge_labels, label_separator } = dataset;
  const { skip_duplicates, skip_leaks, skip_single_classes, problem_type } = dataset;
  const { eval_fraction, split_seed, max_train_rows, label_column, more_label_columns } = dataset;
  const isOne = problem_type === "single_label_classification";
  const choice = {
    text_column,
    join_columns,
    text_pair_column,
    label_columns: isOne ? [label_column] : [label_column, ...more_label_columns],
    problem_type,
    label_separator,
    merge_labels,
    skip_duplicates,
    skip_leaks,
    skip_single_classes,
    eval_fraction,
    split_seed,
    max_train_rows,
  };
  const columns = file?.columns.map(({ name }) => name) ?? [text_column, label_column];
  const reading = {
    delimiter: file?.delimiter ?? ",",
    encoding: encodings[file?.encoding ?? "utf-8"] ?? file?.encoding ?? "utf-8-sig",
    has_header: file?.hasHeader ?? true,
    columns,
  };
  const revision = source === undefined ? "" : `REVISION = ${python(source.commit)}\n`;
  return `MODEL = ${python(source?.repo_id ?? model)}
${revision}CHOICE = ${pythonLines(choice)}
FILE = ${pythonLines(reading)}

${readRows}
`;
}

/** Python's names where they differ: its UTF-8 keeps a byte order mark. */
const encodings: Readonly<Record<string, string>> = {
  "utf-8": "utf-8-sig",
  "utf-16le": "utf-16-le",
  "utf-16be": "utf-16-be",
};

/** The rows of the folder, mapped and split by the studio itself. */
function folderRows({ problem_type }: DatasetChoice, labels: readonly string[]): string {
  const key = rowKeys[problem_type];
  const target =
    problem_type === "single_label_classification" ? `[row["${key}"]]` : `row["${key}"]`;
  return `HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "model")
labels = ${python(labels)}


def read_rows(part):
    with open(os.path.join(HERE, "data", part + ".jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [{"text": row["text"], "pair": row.get("pair"), "target": ${target}} for row in rows]

`;
}

/** Under which key a line of the folder's rows has its target. */
export const rowKeys: Readonly<Record<ProblemType, string>> = {
  single_label_classification: "label",
  multi_label_classification: "labels",
  regression: "values",
};

const targetOf: Readonly<Record<ProblemType, string>> = {
  single_label_classification: `return labels.index(row["target"][0])`,
  multi_label_classification: `return [float(label in row["target"]) for label in labels]`,
  regression: `return row["target"]`,
};

/** The studio's metrics, under their names. */
const metrics: Readonly<Record<ProblemType, string>> = {
  single_label_classification: `    guesses = prediction.predictions.argmax(-1)
    return {"accuracy": float((guesses == prediction.label_ids).mean())}`,
  multi_label_classification: `    # A probability above one half is a logit above 0.
    said, truth = prediction.predictions > 0, prediction.label_ids > 0.5
    hits, every = (said & truth).sum(0), said.sum(0) + truth.sum(0)
    return {
        "f1": float(2 * hits.sum() / max(every.sum(), 1)),
        "f1_macro": float((2 * hits / np.maximum(every, 1)).mean()),
        "accuracy": float((said == truth).all(-1).mean()),
        "hamming_loss": float((said != truth).mean()),
    }`,
  regression: `    truth = prediction.label_ids.astype(np.float64).reshape(len(prediction.label_ids), -1)
    guess = prediction.predictions.astype(np.float64).reshape(truth.shape)
    mse = ((guess - truth) ** 2).mean()
    a, b = guess - guess.mean(0), truth - truth.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = (1 - ((guess - truth) ** 2).sum(0) / (b**2).sum(0)).mean()
        pearson = ((a * b).sum(0) / np.sqrt((a**2).sum(0) * (b**2).sum(0))).mean()
    scores = {"mse": mse, "rmse": np.sqrt(mse), "mae": np.abs(guess - truth).mean(), "r2": r2, "pearson": pearson}
    return {name: float(score) for name, score in scores.items()}`,
};

/** The rows' losses, each weighed by its class, divided by the sum of these weights. */
const classWeights = ({ label_smoothing_factor }: TrainingArguments): string => `
counts = np.bincount([target_of(row) for row in train_rows], minlength=len(labels))
weights = torch.tensor(np.where(counts == 0, 1, len(train_rows) / (len(labels) * np.maximum(counts, 1))))


def weighted_loss(outputs, labels, num_items_in_batch=None):
    of_rows = weights.to(outputs.logits)[labels]
    losses = F.cross_entropy(outputs.logits, labels, reduction="none", label_smoothing=${label_smoothing_factor})
    return (losses * of_rows).sum() / of_rows.sum()


`;

/** What pip needs for the newest target: the versions that the studio's numbers were compared with. */
export const pythonRequirements = `transformers==5.18.0
torch==2.13.0
accelerate==1.15.0
tokenizers==0.23.2
numpy==2.3.5
tensorboard==2.21.0
`;

function imports({ args, mode, folder }: PythonRun): Set<string> {
  return new Set([
    "AutoModelForSequenceClassification",
    "AutoTokenizer",
    "DataCollatorWithPadding",
    "Trainer",
    "TrainingArguments",
    "set_seed",
    ...(mode === "scratch" && folder === undefined ? ["AutoConfig"] : []),
    ...(args.early_stopping_patience === null ? [] : ["EarlyStoppingCallback"]),
  ]);
}

/** What a person calls the model. */
const nameOf = ({ model, source }: PythonRun) =>
  source === undefined ? model : `${source.repo_id} (commit ${source.commit.slice(0, 8)})`;

/** What from_pretrained is given: the folder beside the script holds the model, and needs no revision. */
const modelOf = ({ source, folder }: PythonRun) =>
  source === undefined || folder !== undefined ? "MODEL" : "MODEL, revision=REVISION";

function loadModel(run: PythonRun, { problem_type }: DatasetChoice): string {
  const { mode, numTrainableLayers = 1, folder } = run;
  const names = `{
    "num_labels": len(labels),
    "problem_type": ${python(problem_type)},
    "id2label": dict(enumerate(labels)),
    "label2id": {label: index for index, label in enumerate(labels)},
}`;
  const load =
    // The folder holds the weights that the run began with, new or not.
    mode === "scratch" && folder === undefined
      ? `model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(${modelOf(run)}, **names, trust_remote_code=True), trust_remote_code=True)`
      : `model = AutoModelForSequenceClassification.from_pretrained(${modelOf(run)}, **names, ignore_mismatched_sizes=True, trust_remote_code=True)`;
  return `names = ${names}\n${load}${freeze(mode, numTrainableLayers)}`;
}

/** What keeps its weights. The head is all that follows the last layer: BERT's pooler and DistilBERT's pre_classifier too. */
function freeze(mode: TrainingMode, numTrainableLayers: number): string {
  if (mode === "head") {
    return `
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith(("classifier", "pre_classifier", "bert.pooler"))`;
  }
  if (mode !== "last") return "";
  return `
first_trained = model.config.num_hidden_layers - ${numTrainableLayers}
for name, parameter in model.named_parameters():
    layer = re.search(r"\\.layer\\.(\\d+)\\.", name)
    parameter.requires_grad = int(layer[1]) >= first_trained if layer else "embeddings" not in name`;
}

/** The arguments under the target's names: those that differ from the Trainer's defaults, and those worth seeing. */
function pythonArguments(args: TrainingArguments, target: PythonTarget): Record<string, unknown> {
  const {
    max_length: _,
    early_stopping_patience: _1,
    early_stopping_threshold: _2,
    evaluation_strategy,
    logging_dir,
    warmup_ratio,
    warmup_steps,
    train_sampling_strategy,
    include_num_input_tokens_seen,
    ...same
  } = args;
  const defaults: Readonly<Record<string, unknown>> = trainingArgumentsSchema.parse({});
  const changed = Object.fromEntries(
    Object.entries(same).filter(
      ([name, value]) =>
        shown.has(name) || JSON.stringify(value) !== JSON.stringify(defaults[name]),
    ),
  );
  if (target === "old") {
    return {
      ...changed,
      evaluation_strategy,
      logging_dir: logging_dir ?? `${args.output_dir}/runs`,
      ...(warmup_steps > 0 ? { warmup_steps } : { warmup_ratio }),
      ...(train_sampling_strategy === "group_by_length" ? { group_by_length: true } : {}),
      ...(include_num_input_tokens_seen === "no" ? {} : { include_num_input_tokens_seen: true }),
      report_to: "tensorboard",
    };
  }
  return {
    ...changed,
    eval_strategy: evaluation_strategy,
    // From 1 on, version 5 reads a number of updates: a whole ratio stays just below.
    warmup_steps: warmup_steps > 0 ? warmup_steps : Math.min(warmup_ratio, 0.999999999),
    ...(train_sampling_strategy === "random" ? {} : { train_sampling_strategy }),
    ...(include_num_input_tokens_seen === "no" ? {} : { include_num_input_tokens_seen }),
    report_to: "tensorboard",
  };
}

const shown: ReadonlySet<string> = new Set([
  "output_dir",
  "num_train_epochs",
  "per_device_train_batch_size",
  "per_device_eval_batch_size",
  "gradient_accumulation_steps",
  "learning_rate",
  "weight_decay",
  "lr_scheduler_type",
  // Its default depends on the version of PyTorch.
  "optim",
  "logging_steps",
  "save_strategy",
  "seed",
]);

/** What transformers 4.45 cannot do. */
function refuseForOld(args: TrainingArguments, dataset: DatasetChoice): void {
  const newSchedules = ["greedy", "cosine_warmup_with_min_lr", "warmup_stable_decay"];
  const lacking = [
    ...(args.save_strategy === "best" ? ["save_strategy best"] : []),
    ...(newSchedules.includes(args.lr_scheduler_type) ? [args.lr_scheduler_type] : []),
    ...(args.train_sampling_strategy === "sequential" ? ["sequential sampling"] : []),
    ...(args.include_num_input_tokens_seen === "non_padding" ? ["non_padding token counts"] : []),
    ...(args.optim_args === null ? [] : ["optim_args"]),
    ...(hasClassWeights(dataset) ? ["a loss of one's own, which class weights need"] : []),
    ...(args.warmup_steps > 0 && !Number.isInteger(args.warmup_steps)
      ? ["warmup_steps as a share"]
      : []),
  ];
  if (lacking.length === 0) return;
  throw new StudioError(`transformers 4.45 does not know ${lacking.join(", ")}.`, {
    hint: "Export for version 5, or change these arguments.",
  });
}

/** An object as Python writes it, a line an entry. */
const pythonLines = (value: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(value)
    .map(([name, entry]) => `    ${python(name)}: ${python(entry)},\n`)
    .join("")}}`;

/** A value as Python writes it. */
function python(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([key, inner]) => `${python(key)}: ${python(inner)}`);
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(value);
}
