// Training arguments as files: JSON that the studio or transformers wrote, under old names and new ones, and back.
import { StudioError } from "../lib/errors.ts";
import { mootArguments, mootProblem } from "./moot-arguments.ts";
import {
  type ArgumentName,
  argumentNames,
  type TrainingArguments,
  trainingArgumentsSchema,
} from "./training-arguments.ts";

/** Arguments that a file gave. */
export interface ImportedArguments {
  readonly args: TrainingArguments;
  /** Those that the file names; all others have the Trainer's default. */
  readonly given: readonly ArgumentName[];
}

const known: ReadonlySet<string> = new Set(argumentNames);

/** Other names of the same thing. */
const renamed: Readonly<Record<string, ArgumentName>> = {
  eval_strategy: "evaluation_strategy",
  per_gpu_train_batch_size: "per_device_train_batch_size",
  per_gpu_eval_batch_size: "per_device_eval_batch_size",
  max_seq_length: "max_length",
};

/** Old arguments that are a value of a new one: what they become, or null where they ask for nothing. */
const translated: Readonly<
  Record<string, (value: unknown) => readonly [ArgumentName, unknown] | null>
> = {
  group_by_length: (value) =>
    value === true ? ["train_sampling_strategy", "group_by_length"] : null,
  adafactor: (value) => (value === true ? ["optim", "adafactor"] : null),
};

/**
 * Reads the text of a JSON file of arguments, such as our training_args.json or `args.to_json_string()` of transformers.
 * @throws StudioError that names every argument which cannot be taken, with the reason.
 */
export function importArguments(text: string): ImportedArguments {
  const taken: Record<string, unknown> = {};
  const refusals: string[] = [];
  for (const [name, value] of Object.entries(parseObject(text))) {
    const problem = take(taken, name, value);
    if (problem !== null) refusals.push(`${name}: ${problem}`);
  }
  if (refusals.length > 0) throw refuse(refusals);
  const parsed = trainingArgumentsSchema.safeParse(taken);
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
  }
  return { args: parsed.data, given: argumentNames.filter((name) => name in taken) };
}

/** Takes one entry; what is wrong with it, or null. */
function take(taken: Record<string, unknown>, name: string, value: unknown): string | null {
  const moot = mootArguments.get(name);
  if (moot !== undefined) return mootProblem(moot, value);
  const pair = toKnown(name, value);
  if (pair === null) return null;
  const [argument, raw] = pair;
  if (!known.has(argument))
    return "transformers has no such argument, or the studio does not know it.";
  const next = normalize(argument as ArgumentName, raw);
  if (argument in taken && JSON.stringify(taken[argument]) !== JSON.stringify(next)) {
    return `it contradicts another name of ${argument} in the same file.`;
  }
  taken[argument] = next;
  return null;
}

function toKnown(name: string, value: unknown): readonly [string, unknown] | null {
  const translate = translated[name];
  return translate === undefined ? [renamed[name] ?? name, value] : translate(value);
}

/** Values that the Trainer takes for the same: a limit of 0 keeps all, 0 eval_steps are logging_steps, and so on. */
function normalize(name: ArgumentName, value: unknown): unknown {
  if (name === "save_total_limit" && typeof value === "number" && value <= 0) return null;
  if (name === "eval_steps" && value === 0) return null;
  if (name === "metric_for_best_model" && typeof value === "string") {
    return value.replace(/^eval_/u, "");
  }
  if (name === "optim" && value === "adamw_torch_fused") return "adamw_torch";
  if (name === "include_num_input_tokens_seen" && typeof value === "boolean") {
    return value ? "all" : "no";
  }
  if (name === "lr_scheduler_kwargs") return emptyToNull(value);
  if (name === "optim_args" && value === "") return null;
  if (name === "max_steps" && typeof value === "number" && value < 0) return -1;
  return value;
}

/** transformers also takes options as a text of JSON. */
function emptyToNull(value: unknown): unknown {
  const options = typeof value === "string" ? parseOptions(value) : value;
  const isEmpty =
    typeof options === "object" && options !== null && Object.keys(options).length === 0;
  return isEmpty ? null : options;
}

function parseOptions(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StudioError("This file is not JSON.", {
      hint: "Choose a file such as training_args.json. A training_args.bin is a Python pickle: write args.to_json_string() to a file instead.",
      cause: error,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new StudioError("This file holds no training arguments.", {
    hint: 'It must be one JSON object, such as {"learning_rate": 0.00005}.',
  });
}

function refuse(refusals: readonly string[]): StudioError {
  const count = refusals.length === 1 ? "One argument" : `${refusals.length} arguments`;
  return new StudioError(`${count} of this file cannot be taken. ${refusals.join(" ")}`, {
    hint: "Take them out of the file and import it again. The form is as it was.",
  });
}

/** The arguments as a JSON file that `importArguments` reads back. */
export const exportArguments = (args: TrainingArguments): string =>
  `${JSON.stringify(args, null, 2)}\n`;
