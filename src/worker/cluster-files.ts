// "Continue on a cluster": everything that a run needs to go on in Python, in one folder with one command.
import { pythonRequirements } from "../config/python-parts.ts";
import { exportPython, rowKeys } from "../config/python-script.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { LanguageContent, PreparedLanguage } from "../data/language-rows.ts";
import type { LabelledRow, PreparedDataset } from "../data/prepare-dataset.ts";
import { serializeWeights } from "../formats/sharded-safetensors.ts";
import { zipFiles } from "../formats/zip.ts";
import { ignoredLabel } from "../ops/linear-cross-entropy/linear-cross-entropy.ts";
import { checkpointBlobs, newestCheckpoint } from "../storage/checkpoints.ts";
import { disposeClassifier } from "../trainer/classifier.ts";
import { readValues } from "../trainer/tensor-values.ts";
import type { BaseModel } from "./base-model.ts";
import { classifierConfig, modelCode } from "./checkpoint-files.ts";
import { initialLanguageModel, languageConfig } from "./language-task.ts";
import { readChosen, readLanguage } from "./read-chosen.ts";
import { initialClassifier } from "./run-model.ts";

/** The zip of a stored run. Throws a StudioError where the run's rows are gone. */
export async function zipForCluster(record: RunRecord, base: BaseModel): Promise<Blob> {
  const { dataset } = record;
  const prepared =
    dataset.language === null
      ? await readChosen(dataset)
      : await readLanguage(dataset, dataset.language);
  const { checkpoint } = await newestCheckpoint(record.arguments.output_dir);
  const folder =
    checkpoint === null ? null : checkpoint.path.slice(checkpoint.path.lastIndexOf("/") + 1);
  const saved =
    checkpoint === null || folder === null
      ? []
      : (await checkpointBlobs(checkpoint.path)).map(({ name, blob }) => ({
          name: `${folder}/${name}`,
          blob,
        }));
  return zipFiles([
    ...clusterFiles(record, prepared, folder, base.summary.hasTokenizer),
    ...(await modelFiles(record, base, prepared)),
    ...saved,
  ]);
}

interface ZipFile {
  readonly name: string;
  readonly blob: Blob;
}

/** The texts of the folder: script, settings, rows and their description. */
export function clusterFiles(
  record: RunRecord,
  prepared: PreparedDataset | PreparedLanguage,
  checkpoint: string | null,
  hasTokenizer = true,
): ZipFile[] {
  const text = (name: string, words: string): ZipFile => ({ name, blob: new Blob([words]) });
  const { labels, train, evaluation } = describeRows(prepared);
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const mapping = {
    file: record.dataset.name,
    ...record.dataset,
    labels,
    train_rows: prepared.train.length,
    eval_rows: prepared.evaluation.length,
    train_lines: prepared.train.map(({ line }) => line),
    eval_lines: prepared.evaluation.map(({ line }) => line),
  };
  const script = exportPython(
    {
      args: record.arguments,
      mode: record.mode,
      numTrainableLayers: record.num_trainable_layers ?? 1,
      model: record.model_name_or_path,
      source: record.model_source,
      dataset: record.dataset,
      hasTokenizer,
      folder: { labels, checkpoint },
    },
    "new",
  );
  return [
    text("train.py", script),
    text("requirements.txt", pythonRequirements),
    text("accelerate/one-gpu.yaml", accelerateConfig(1)),
    text("accelerate/several-gpus.yaml", accelerateConfig(2)),
    text("data/train.jsonl", lines(train)),
    text("data/eval.jsonl", lines(evaluation)),
    text("data/mapping.json", `${JSON.stringify(mapping, null, 2)}\n`),
    text("training_args.json", `${JSON.stringify(record.arguments, null, 2)}\n`),
    text("README.md", readme(record, prepared, checkpoint)),
  ];
}

/** The lines of both parts, and the names of the outputs: none of a language model. */
function describeRows(prepared: PreparedDataset | PreparedLanguage) {
  if ("language" in prepared) {
    const { train, evaluation } = prepared;
    return {
      labels: [],
      train: train.map(({ content }) => describeContent(content)),
      evaluation: evaluation.map(({ content }) => describeContent(content)),
    };
  }
  const describe = (row: LabelledRow) => describeRow(row, prepared);
  const { labels, train, evaluation } = prepared;
  return { labels, train: train.map(describe), evaluation: evaluation.map(describe) };
}

/** A row of a language model in one of TRL's formats; `direct` is what is learned beside it. */
function describeContent(content: LanguageContent): object {
  switch (content.type) {
    case "text":
      return { text: content.text };
    case "completion": {
      const { type: _, ...row } = content;
      return row;
    }
    case "chat":
      return content.promptLength === undefined
        ? { messages: content.messages }
        : {
            prompt: content.messages.slice(0, content.promptLength),
            completion: content.messages.slice(content.promptLength),
          };
    case "tokens": {
      const { ids, trained } = content;
      return {
        input_ids: ids,
        labels: ids.map((id, place) => (trained[place] === 1 ? id : ignoredLabel)),
      };
    }
    default:
      return content satisfies never;
  }
}

/** A line of a classifier's rows: its texts and its target. */
function describeRow({ text, pair, label, values }: LabelledRow, prepared: PreparedDataset) {
  const { labels, choice } = prepared;
  const target = {
    single_label_classification: labels[label],
    multi_label_classification: labels.filter((_, id) => values?.[id] === 1),
    regression: values,
  }[choice.problem_type];
  return {
    text,
    ...(pair === undefined ? {} : { pair }),
    [rowKeys[choice.problem_type]]: target,
  };
}

/** The model as the run began with it: base weights and a new output layer as it was drawn. */
async function modelFiles(
  record: RunRecord,
  base: BaseModel,
  prepared: PreparedDataset | PreparedLanguage,
): Promise<ZipFile[]> {
  const isWriter = "language" in prepared;
  const model = isWriter
    ? initialLanguageModel(record, base)
    : initialClassifier(record, base, prepared.labels);
  const described = isWriter
    ? languageConfig(base)
    : classifierConfig(base, prepared.labels, record.dataset.problem_type);
  try {
    const values = await readValues(model.parameters);
    const sources = new Map(
      [...values].map(([name, tensor]) => [name, { dtype: "F32" as const, ...tensor }]),
    );
    const config = `${JSON.stringify(described, null, 2)}\n`;
    return [
      { name: "model/config.json", blob: new Blob([config]) },
      ...[...serializeWeights(sources), ...modelCode(base)].map(({ name, bytes }) => ({
        name: `model/${name}`,
        blob: new Blob([bytes]),
      })),
    ];
  } finally {
    disposeClassifier(model);
  }
}

const accelerateConfig = (gpus: number) => `compute_environment: LOCAL_MACHINE
distributed_type: ${gpus === 1 ? '"NO"' : "MULTI_GPU"}
mixed_precision: "no"
num_machines: 1
num_processes: ${gpus}
use_cpu: false
`;

/** Where the base model came from; nothing for one that is not of the Hub. */
function origin({ model_source: source }: RunRecord): string {
  if (source === undefined) return "";
  return `- The base model is ${source.repo_id} of the Hugging Face Hub, revision ${source.revision}, commit ${source.commit}.\n`;
}

function readme(
  record: RunRecord,
  prepared: PreparedDataset | PreparedLanguage,
  checkpoint: string | null,
): string {
  const args = record.arguments;
  const batch = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  const start =
    checkpoint === null
      ? "It starts from the weights in model/, which are those that the studio's run began with."
      : `It goes on from ${checkpoint}, with its optimiser, its schedule and its log.`;
  return `# ${record.name}, on another machine

    pip install -r requirements.txt && accelerate launch --config_file accelerate/one-gpu.yaml train.py

${start} The arguments, the rows with their split, their order and the seed are those of the studio's run.

${origin(record)}- ${prepared.train.length} rows train, ${prepared.evaluation.length} are held out. data/mapping.json says from which columns and lines they came.
- Several GPUs: use accelerate/several-gpus.yaml and set num_processes in it. Each GPU then takes a batch of its own, so an
  update has ${batch} rows times the number of GPUs. Divide gradient_accumulation_steps or the batch size in train.py by that
  number to keep ${batch}.
- Dropout draws other numbers than in the browser: with a dropout above 0 the losses are close, not equal.
`;
}
