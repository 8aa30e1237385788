// "Export Python": a script that makes the same run with transformers.Trainer, for the names of its version 4 or 5.
import { StudioError } from "../lib/errors.ts";
import type { DatasetChoice } from "./dataset.ts";
import type { ProblemType } from "./problem-type.ts";
import readRows from "./python/read_rows.py?raw";
import readTable from "./python/read_table.py?raw";
import rowTrainer from "./python/row_trainer.py?raw";
import { exportLanguage } from "./python-language.ts";
import {
  docWord,
  hasClassWeights,
  modelOf,
  nameOf,
  type PythonRun,
  type PythonTarget,
  python,
  pythonArguments,
  pythonDtype,
  pythonFile,
  pythonLines,
  refuseForOld,
  usage,
  usualDataset,
} from "./python-parts.ts";
import type { TrainingMode } from "./run-record.ts";

/** The script's text. @throws StudioError for what the target version cannot do. */
export function exportPython(run: PythonRun, target: PythonTarget): string {
  const { args, folder } = run;
  const dataset = run.dataset ?? usualDataset;
  if (dataset.language !== null) return exportLanguage(run, dataset, dataset.language, target);
  if (run.isMeanPooled === true && folder === undefined) {
    throw new StudioError(`transformers has no classifier that pools as ${nameOf(run)} does.`, {
      hint: "After the run, “Continue on a cluster” gives a folder with the script and the model's code.",
    });
  }
  if (target === "old") refuseForOld(run, dataset);
  const isNew = target === "new";
  return `"""Trains ${docWord(nameOf(run))} with transformers.Trainer, as Finetune Studio would.
${folder === undefined ? usage(target, dataset) : "\nREADME.md has the command.\n"}${isNew || args.gradient_accumulation_steps === 1 ? "" : leftOver}"""
${folder === undefined ? "import csv\nimport io\n" : ""}import json
import os
${run.mode === "last" || folder === undefined ? "import re\n" : ""}import sys

import numpy as np
import torch
${isNew ? "import torch.nn.functional as F\n" : ""}from transformers import (
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

${isNew ? `${losses(dataset)}\n\n${rowTrainer}\n\nos.environ["TENSORBOARD_LOGGING_DIR"] = ${python(args.logging_dir ?? `${args.output_dir}/runs`)}` : ""}
${folder === undefined ? "train_rows, eval_rows, labels = prepare(*sys.argv[1:])" : `train_rows, eval_rows = read_rows("train"), read_rows("eval")`}
print(len(train_rows), "rows train,", len(eval_rows), "are held out;", len(labels), "outputs:", ", ".join(labels[:20]))
tokenizer = AutoTokenizer.from_pretrained(${modelOf(run)}, trust_remote_code=True)
set_seed(${args.seed})
${loadModel(run, dataset, target)}

args = TrainingArguments(
${Object.entries(pythonArguments(args, target))
  .map(([name, value]) => `    ${name}=${python(value)},`)
  .join("\n")}
)
${hasClassWeights(dataset) ? classWeights : ""}trainer = ${isNew ? "RowTrainer" : "Trainer"}(
    model=model,
    args=args,
    train_dataset=as_examples(train_rows),
    eval_dataset=as_examples(eval_rows),
    data_collator=DataCollatorWithPadding(tokenizer),
    compute_metrics=compute_metrics,${
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

/** What version 4.45 does otherwise with accumulated batches. */
const leftOver = `
Where gradient_accumulation_steps does not divide the batches of an epoch, transformers 4.45 adds those that are left to the next
epoch's first update; the studio makes an update of them.
`;

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
  const revision = source === undefined ? "" : `REVISION = ${python(source.commit)}\n`;
  return `MODEL = ${python(source?.repo_id ?? model)}
${revision}CHOICE = ${pythonLines(choice)}
FILE = ${pythonLines(pythonFile(file, [text_column, label_column]))}

${readTable}

${readRows}
`;
}

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

/** The losses before they are weighed and added up, and what each of them weighs. */
const losses = (dataset: DatasetChoice): string => `
def losses_of(logits, labels):
    return ${lossOf[dataset.problem_type]}


def weights_of(labels):
    return ${hasClassWeights(dataset) ? "class_weights.to(labels.device)[labels]" : "torch.ones_like(labels, dtype=torch.float32)"}
`;

const lossOf: Readonly<Record<ProblemType, string>> = {
  single_label_classification: `F.cross_entropy(logits, labels, reduction="none", label_smoothing=args.label_smoothing_factor)`,
  multi_label_classification: `F.binary_cross_entropy_with_logits(logits, labels, reduction="none")`,
  regression: `F.mse_loss(logits, labels, reduction="none")`,
};

/** scikit-learn's balanced weights; a class without rows weighs 1. */
const classWeights = `counts = np.bincount([target_of(row) for row in train_rows], minlength=len(labels))
balanced = len(train_rows) / (len(labels) * np.maximum(counts, 1))
class_weights = torch.tensor(np.where(counts == 0, 1, balanced), dtype=torch.float32)
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

function loadModel(run: PythonRun, { problem_type }: DatasetChoice, target: PythonTarget): string {
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
      ? `model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(${modelOf(run)}, **names, trust_remote_code=True), ${pythonDtype(target)}, trust_remote_code=True)`
      : `model = AutoModelForSequenceClassification.from_pretrained(${modelOf(run)}, **names, ${pythonDtype(target)}, ignore_mismatched_sizes=True, trust_remote_code=True)`;
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
