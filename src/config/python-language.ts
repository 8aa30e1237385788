// The exported script of a language model's run. Its rows are tokenised, masked, packed and put into batches as the studio's are;
// only then does transformers.Trainer take over.
import { chatMl } from "./chat-ml.ts";
import type { DatasetChoice } from "./dataset.ts";
import type { LanguageChoice } from "./language-data.ts";
import languageRows from "./python/language_rows.py?raw";
import readTable from "./python/read_table.py?raw";
import readTexts from "./python/read_texts.py?raw";
import {
  docWord,
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
} from "./python-parts.ts";
import { defaultReasoning } from "./reasoning.ts";

/** The script's text. @throws StudioError for what the target version cannot do. */
export function exportLanguage(
  run: PythonRun,
  dataset: DatasetChoice,
  language: LanguageChoice,
  target: PythonTarget,
): string {
  const { args, folder } = run;
  if (target === "old") refuseForOld(run, dataset);
  const stops = args.early_stopping_patience !== null;
  return `"""Trains ${docWord(nameOf(run))} to write, with transformers.Trainer, as Finetune Studio would.
${folder === undefined ? usage(target, dataset) : "\nREADME.md has the command.\n"}"""
${folder === undefined ? "import csv\nimport io\n" : ""}import json
import os
${run.mode === "last" || folder === undefined ? "import re\n" : ""}import sys

import numpy as np
import torch
from transformers import (
    ${imports(run, stops).join(",\n    ")},
)

${folder === undefined ? fileRows(run, dataset, language) : folderRows}
ROWS = ${python({
    completion_only_loss: language.completion_only_loss,
    assistant_only_loss: language.assistant_only_loss,
    packing: language.packing,
  })}
MAX_LENGTH = ${args.max_length}
# For models without a chat template of their own.
CHATML = ${python(chatMl)}


${languageRows}

${target === "new" ? `os.environ["TENSORBOARD_LOGGING_DIR"] = ${python(args.logging_dir ?? `${args.output_dir}/runs`)}\n` : ""}set_seed(${args.seed})
${loadModel(run, target)}
# With a cache of keys and values, packed texts would see one another.
model.config.use_cache = False
${
  run.hasTokenizer === false
    ? `tokenizer, END, PAD = None, None, model.config.pad_token_id or 0`
    : `tokenizer = AutoTokenizer.from_pretrained(${modelOf(run)})
END = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else model.config.eos_token_id
PAD = tokenizer.pad_token_id or 0`
}
${folder === undefined ? "train_rows, eval_rows = prepare(*sys.argv[1:])" : `train_rows, eval_rows = read_rows("train"), read_rows("eval")`}
print(len(train_rows), "rows train,", len(eval_rows), "are held out")

args = TrainingArguments(
${Object.entries(pythonArguments(args, target))
  .map(([name, value]) => `    ${name}=${python(value)},`)
  .join("\n")}
)
trainer = LanguageTrainer(
    model=model,
    args=args,
    train_dataset=as_examples(train_rows),
    eval_dataset=as_examples(eval_rows),
    data_collator=collate,
    compute_metrics=compute_metrics,
    preprocess_logits_for_metrics=likeliest,
    ${target === "new" ? "processing_class" : "tokenizer"}=tokenizer,${
      stops
        ? `
    callbacks=[EarlyStoppingCallback(${args.early_stopping_patience}, ${args.early_stopping_threshold})],`
        : ""
    }
)
trainer.train(${folder?.checkpoint == null ? "" : `resume_from_checkpoint=os.path.join(HERE, ${python(folder.checkpoint)})`})
trainer.save_model()
`;
}

function imports({ mode, folder }: PythonRun, stops: boolean): string[] {
  return [
    ...(mode === "scratch" && folder === undefined ? ["AutoConfig"] : []),
    "AutoModelForCausalLM",
    "AutoTokenizer",
    ...(stops ? ["EarlyStoppingCallback"] : []),
    "Trainer",
    "TrainingArguments",
    "set_seed",
  ];
}

function fileRows(run: PythonRun, dataset: DatasetChoice, language: LanguageChoice): string {
  const { source, model, file } = run;
  const { skip_duplicates, skip_leaks, eval_fraction, split_seed, max_train_rows } = dataset;
  const { format, columns, direct_answers } = language;
  const { direct, zero_shot, example } = defaultReasoning.templates;
  const choice = {
    ...{ format, columns, direct_answers },
    ...{ skip_duplicates, skip_leaks, eval_fraction, split_seed, max_train_rows },
  };
  return `MODEL = ${python(source?.repo_id ?? model)}
${source === undefined ? "" : `REVISION = ${python(source.commit)}\n`}CHOICE = ${pythonLines(choice)}
FILE = ${pythonLines(pythonFile(file, Object.values(columns)))}
TEMPLATES = ${format === "reasoning" ? pythonLines({ direct, zero_shot, example }) : "{}"}

${readTable}

${readTexts}
`;
}

/** The rows of the folder, chosen and split by the studio itself, in TRL's formats. */
const folderRows = `HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "model")


def read_rows(part):
    with open(os.path.join(HERE, "data", part + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]

`;

function loadModel(run: PythonRun, target: PythonTarget): string {
  const { mode, folder, numTrainableLayers = 1 } = run;
  const dtype = pythonDtype(target);
  const load =
    // The folder holds the weights that the run began with, new or not.
    mode === "scratch" && folder === undefined
      ? `model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(${modelOf(run)}), ${dtype})`
      : `model = AutoModelForCausalLM.from_pretrained(${modelOf(run)}, ${dtype})`;
  if (mode === "head") {
    return `${load}
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith("lm_head.")`;
  }
  if (mode !== "last") return load;
  return `${load}
first_trained = model.config.num_hidden_layers - ${numTrainableLayers}
for name, parameter in model.named_parameters():
    layer = re.search(r"\\.(?:layers|h)\\.(\\d+)\\.", name)
    is_embedding = re.search(r"\\.(?:embed_tokens|wte|wpe)\\.", name)
    parameter.requires_grad = int(layer[1]) >= first_trained if layer else not is_embedding`;
}
