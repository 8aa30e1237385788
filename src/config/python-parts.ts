// What every exported Python script has: the arguments under transformers' names, how its files are read, and values as Python writes
// them.
import { StudioError } from "../lib/errors.ts";
import { type DatasetChoice, type DatasetInfo, datasetChoiceSchema } from "./dataset.ts";
import type { HubSource } from "./hub.ts";
import type { TrainingMode } from "./run-record.ts";
import { type TrainingArguments, trainingArgumentsSchema } from "./training-arguments.ts";

/** Whose names the script uses: `evaluation_strategy` and `warmup_ratio`, or `eval_strategy` and one `warmup_steps`. */
export const pythonTargets = ["old", "new"] as const;
export type PythonTarget = (typeof pythonTargets)[number];

const requirements: Record<PythonTarget, string> = {
  old: "transformers>=4.45,<4.46",
  new: "transformers>=5.18,<6",
};

/** What the script is made from. */
export interface PythonRun {
  readonly args: TrainingArguments;
  readonly mode: TrainingMode;
  /** For the mode "last". */
  readonly numTrainableLayers?: number;
  readonly model: string;
  /** `model_type` of its config.json, where it is known. */
  readonly modelType?: string | undefined;
  /** False for a decoder whose folder has none: it can still be trained on rows of token ids. */
  readonly hasTokenizer?: boolean;
  /** It pools as sentence-transformers does, which no class of transformers does: the script needs its code beside it. */
  readonly isMeanPooled?: boolean;
  /** Where on the Hub the model came from: the script then loads that very commit. */
  readonly source?: HubSource | undefined;
  /** The rows as the studio maps and splits them; null where none are chosen yet: then columns named text and label. */
  readonly dataset: DatasetChoice | null;
  /** How the data set's file is read; null where it is not known any more: then as CSV with a header. */
  readonly file?: PythonFile | null;
  /** For the folder of "Continue on a cluster": its model and rows lie beside the script, and the run goes on from a checkpoint. */
  readonly folder?: { readonly labels: readonly string[]; readonly checkpoint: string | null };
}

type PythonFile = Pick<DatasetInfo, "delimiter" | "encoding" | "hasHeader" | "format"> & {
  readonly columns: readonly { readonly name: string }[];
};

/** What a script reads where no rows are chosen yet. */
export const usualDataset = datasetChoiceSchema.parse({
  id: "",
  name: "",
  text_column: "text",
  label_column: "label",
  skip_empty: true,
  eval_fraction: 0.2,
  split_seed: 42,
});

/** Whether the loss weighs classes. */
export const hasClassWeights = ({ problem_type, class_weight }: DatasetChoice): boolean =>
  problem_type === "single_label_classification" && class_weight === "balanced";

/** How the script is called. */
export function usage(target: PythonTarget, { name, evaluation, language }: DatasetChoice): string {
  const file = name === "" ? "data.csv" : name;
  const [more, split] =
    evaluation === null
      ? ["", "The rows are split as in the studio: the same seed holds out the same rows."]
      : [` ${shellWord(evaluation.name)}`, "The second file is held out."];
  return `
    pip install "${requirements[target]}" torch accelerate tensorboard
    python train.py ${shellWord(file)}${more}

${split} ${language === null ? "" : "Plain text, "}CSV, TSV, JSON and JSON Lines are read; save a Parquet file or the sheet of a workbook as CSV first, and unpack a zip.
MODEL may be a name on the Hub or a folder, such as an unpacked checkpoint of the studio.
`;
}

/** A name within a docstring, which would else end it or begin an escape. */
export const docWord = (text: string) => text.replaceAll(/["\\]/gu, "_");

const shellWord = (text: string) =>
  /^[\w.-]+$/u.test(text) ? text : `'${docWord(text).replaceAll("'", "_")}'`;

/** How the data set's file is read; `columns` where it is not known any more. */
export function pythonFile(file: PythonFile | null | undefined, columns: readonly string[]) {
  return {
    delimiter: file?.delimiter ?? ",",
    encoding: encodings[file?.encoding ?? "utf-8"] ?? file?.encoding ?? "utf-8-sig",
    has_header: file?.hasHeader ?? true,
    is_prose: file?.format === "text",
    columns: file?.columns.map(({ name }) => name) ?? columns,
  };
}

/** Python's names where they differ: its UTF-8 keeps a byte order mark. */
const encodings: Readonly<Record<string, string>> = {
  "utf-8": "utf-8-sig",
  "utf-16le": "utf-16-le",
  "utf-16be": "utf-16-be",
};

/** What pip needs for the newest target: the versions that the studio's numbers were compared with. */
export const pythonRequirements = `transformers==5.18.0
torch==2.13.0
accelerate==1.15.0
tokenizers==0.23.2
numpy==2.3.5
tensorboard==2.21.0
`;

/** What a person calls the model. */
export const nameOf = ({ model, source }: PythonRun) =>
  source === undefined ? model : `${source.repo_id} (commit ${source.commit.slice(0, 8)})`;

/** What from_pretrained is given: the folder beside the script holds the model, and needs no revision. */
export const modelOf = ({ source, folder }: PythonRun) =>
  source === undefined || folder !== undefined ? "MODEL" : "MODEL, revision=REVISION";

/** For from_pretrained: the studio trains in 32 bits, whatever the file holds, and version 5 else keeps the file's. */
export const pythonDtype = (target: PythonTarget) =>
  `${target === "new" ? "dtype" : "torch_dtype"}=torch.float32`;

/** The arguments under the target's names: those that differ from the Trainer's defaults, and those worth seeing. */
export function pythonArguments(
  args: TrainingArguments,
  target: PythonTarget,
): Record<string, unknown> {
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

/** Models that came with versions 4.50 and 4.51. */
const newModels: Readonly<Record<string, string>> = { gemma3_text: "Gemma 3", qwen3: "Qwen 3" };

/** What transformers 4.45 cannot do. */
export function refuseForOld(
  { args, modelType = "" }: Pick<PythonRun, "args" | "modelType">,
  dataset: DatasetChoice,
): void {
  const newSchedules = ["greedy", "cosine_warmup_with_min_lr", "warmup_stable_decay"];
  const model = newModels[modelType];
  const lacking = [
    ...(model === undefined ? [] : [model]),
    ...(args.save_strategy === "best" ? ["save_strategy best"] : []),
    ...(newSchedules.includes(args.lr_scheduler_type) ? [args.lr_scheduler_type] : []),
    ...(args.train_sampling_strategy === "sequential" ? ["sequential sampling"] : []),
    ...(args.include_num_input_tokens_seen === "non_padding" ? ["non_padding token counts"] : []),
    ...(args.optim_args === null ? [] : ["optim_args"]),
    ...(hasClassWeights(dataset) ? ["a loss of one's own, which class weights need"] : []),
    ...(dataset.language !== null && args.gradient_accumulation_steps > 1
      ? ["the mean over the tokens of accumulated batches"]
      : []),
    ...(dataset.language?.packing === true ? ["packed rows"] : []),
    ...(args.warmup_steps > 0 && !Number.isInteger(args.warmup_steps)
      ? ["warmup_steps as a share"]
      : []),
  ];
  if (lacking.length === 0) return;
  throw new StudioError(`transformers 4.45 does not know ${lacking.join(", ")}.`, {
    hint: "Export for version 5, or choose otherwise here.",
  });
}

/** An object as Python writes it, a line an entry. */
export const pythonLines = (value: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(value)
    .map(([name, entry]) => `    ${python(name)}: ${python(entry)},\n`)
    .join("")}}`;

/** A value as Python writes it. */
export function python(value: unknown): string {
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
