// "Export Python": a script that makes the same run with transformers.Trainer, for the names of its version 4 or 5.
import { StudioError } from "../lib/errors.ts";
import type { DatasetChoice } from "./dataset.ts";
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
  readonly dataset: Pick<DatasetChoice, "text_column" | "label_column"> | null;
  /** For the folder of "Continue on a cluster": its model and rows lie beside the script, and the run goes on from a checkpoint. */
  readonly folder?: { readonly labels: readonly string[]; readonly checkpoint: string | null };
}

/** The script's text. @throws StudioError for what the target version cannot do. */
export function exportPython(run: PythonRun, target: PythonTarget): string {
  const { args } = run;
  if (target === "old") refuseForOld(args);
  const { text_column: text, label_column: label } = run.dataset ?? {
    text_column: "text",
    label_column: "label",
  };
  const { folder } = run;
  return `"""Trains ${run.model} with transformers.Trainer, as Finetune Studio would.
${folder === undefined ? usage(target) : "\nREADME.md has the command.\n"}"""
import ${folder === undefined ? "csv" : "json"}
import os
${run.mode === "last" ? "import re\n" : ""}import sys

from transformers import (
    ${[...imports(run)].sort().join(",\n    ")},
)

${folder === undefined ? csvRows(run.model, text, label) : jsonRows}

def as_examples(rows):
    encoded = tokenizer([text for text, _ in rows], truncation=True, max_length=${args.max_length})
    return [
        {"input_ids": ids, "attention_mask": mask, "labels": labels.index(label)}
        for ids, mask, (_, label) in zip(encoded["input_ids"], encoded["attention_mask"], rows)
    ]


def compute_metrics(prediction):
    guesses = prediction.predictions.argmax(-1)
    return {"accuracy": float((guesses == prediction.label_ids).mean())}

${target === "new" ? `\nos.environ["TENSORBOARD_LOGGING_DIR"] = ${python(args.logging_dir ?? `${args.output_dir}/runs`)}` : ""}
${
  folder === undefined
    ? `train_rows, eval_rows = read_rows(sys.argv[1]), read_rows(sys.argv[2])
labels = sorted({label for _, label in train_rows + eval_rows})`
    : `train_rows, eval_rows = read_rows("train"), read_rows("eval")
labels = ${python(folder.labels)}`
}
tokenizer = AutoTokenizer.from_pretrained(MODEL, trust_remote_code=True)
set_seed(${args.seed})
${loadModel(run)}

args = TrainingArguments(
${Object.entries(pythonArguments(args, target))
  .map(([name, value]) => `    ${name}=${python(value)},`)
  .join("\n")}
)
trainer = Trainer(
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

const usage = (target: PythonTarget) => `
    pip install "${requirements[target]}" torch accelerate
    python train.py train.csv eval.csv

MODEL may be a name on the Hub or a folder, such as an unpacked checkpoint of the studio.
`;

const csvRows = (model: string, text: string, label: string) => `MODEL = ${python(model)}
TEXT, LABEL = ${python(text)}, ${python(label)}


def read_rows(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return [(row[TEXT], row[LABEL].strip()) for row in csv.DictReader(file)]
`;

const jsonRows = `HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "model")


def read_rows(part):
    with open(os.path.join(HERE, "data", part + ".jsonl"), encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in map(json.loads, file)]
`;

/** What pip needs for the newest target. */
export const pythonRequirements = `${requirements.new}\ntorch>=2.6\naccelerate>=1.15,<2\ntensorboard>=2.18\n`;

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

function loadModel({ mode, numTrainableLayers = 1, folder }: PythonRun): string {
  const names = `{
    "num_labels": len(labels),
    "id2label": dict(enumerate(labels)),
    "label2id": {label: index for index, label in enumerate(labels)},
}`;
  const load =
    // The folder holds the weights that the run began with, new or not.
    mode === "scratch" && folder === undefined
      ? `model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(MODEL, **names, trust_remote_code=True), trust_remote_code=True)`
      : `model = AutoModelForSequenceClassification.from_pretrained(MODEL, **names, ignore_mismatched_sizes=True, trust_remote_code=True)`;
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
function refuseForOld(args: TrainingArguments): void {
  const newSchedules = ["greedy", "cosine_warmup_with_min_lr", "warmup_stable_decay"];
  const lacking = [
    ...(args.save_strategy === "best" ? ["save_strategy best"] : []),
    ...(newSchedules.includes(args.lr_scheduler_type) ? [args.lr_scheduler_type] : []),
    ...(args.train_sampling_strategy === "sequential" ? ["sequential sampling"] : []),
    ...(args.include_num_input_tokens_seen === "non_padding" ? ["non_padding token counts"] : []),
    ...(args.optim_args === null ? [] : ["optim_args"]),
    ...(args.warmup_steps > 0 && !Number.isInteger(args.warmup_steps)
      ? ["warmup_steps as a share"]
      : []),
  ];
  if (lacking.length === 0) return;
  throw new StudioError(`transformers 4.45 does not know ${lacking.join(", ")}.`, {
    hint: "Export for version 5, or change these arguments.",
  });
}

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
