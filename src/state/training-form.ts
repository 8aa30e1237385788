// The training form: what was typed, and what it means. Plain functions; the store is form-store.ts.
import type { ImportedArguments } from "../config/argument-files.ts";
import { type Preset, type PresetSubject, presetArguments } from "../config/presets.ts";
import { taskOf } from "../config/problem-type.ts";
import type { RunRecord, TrainingMode } from "../config/run-record.ts";
import {
  type ArgumentName,
  argumentNames,
  type TrainingArguments,
  trainingArgumentFields,
  trainingArgumentsSchema,
} from "../config/training-arguments.ts";

/** What a control holds: numbers as typed, so that a half-typed one is kept. */
export type DraftValue = string | boolean | null;
export type Draft = Readonly<Record<ArgumentName, DraftValue>>;

/** What the data set asks to predict and what head the model has stand in it too: the recommendations follow them. */
export interface TrainingForm extends PresetSubject {
  readonly name: string;
  readonly mode: TrainingMode;
  /** As typed: transformer layers that the mode "last" trains. */
  readonly numTrainableLayers: string;
  /** Where the recommendations come from. */
  readonly preset: Preset;
  readonly draft: Draft;
  /** Arguments that the user set: recommendations leave them alone. */
  readonly touched: ReadonlySet<ArgumentName>;
}

/** The arguments that a draft means, or what is wrong with each field. */
export type ReadDraft =
  | { readonly ok: true; readonly args: TrainingArguments }
  | { readonly ok: false; readonly problems: Readonly<Partial<Record<ArgumentName, string>>> };

/** A form with the recommendations for a mode and a number of rows. */
export function newForm(mode: TrainingMode, trainRows: number, name: string): TrainingForm {
  const draft = toDraft(presetArguments("balanced", mode, trainRows));
  const start = {
    problemType: "single_label_classification",
    hasDeepHead: false,
    preset: "balanced",
    numTrainableLayers: "1",
    touched: new Set<never>(),
  } as const;
  return { name, mode, draft, ...start };
}

/** The form after its mode, the number of rows, the target or the head changed: untouched arguments follow the recommendation. */
export function recommend(
  form: TrainingForm,
  mode: TrainingMode,
  trainRows: number,
  { problemType, hasDeepHead }: PresetSubject = form,
): TrainingForm {
  const subject = { problemType, hasDeepHead };
  const fresh = toDraft(presetArguments(form.preset, mode, trainRows, subject));
  // Folders belong to the run, not to the recommendation.
  const kept = ["output_dir", "logging_dir", ...form.touched] as const;
  const own = Object.fromEntries(kept.map((name) => [name, form.draft[name]]));
  return { ...form, mode, ...subject, draft: { ...fresh, ...own } };
}

/** The form with a preset's arguments: what the user set before gives way. */
export const choosePreset = (form: TrainingForm, preset: Preset, trainRows: number): TrainingForm =>
  recommend({ ...form, preset, touched: new Set() }, form.mode, trainRows);

/** The record's part for the mode "last"; empty in other modes. The form is known to be readable. */
export function trainedLayers({
  mode,
  numTrainableLayers,
}: TrainingForm): Pick<RunRecord, "num_trainable_layers"> {
  return mode === "last" ? { num_trainable_layers: Number(numTrainableLayers) } : {};
}

/** Whether so many layers can be trained of a model that has `layers`. */
export function isLayerCount(text: string, layers: number): boolean {
  const count = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isInteger(count) && count >= 1 && count <= layers;
}

/** The form for another run: a name and a checkpoint folder that no stored run has. */
export function renew(
  form: TrainingForm,
  stem: string,
  stored: readonly RunRecord[],
): TrainingForm {
  const name = firstFree(stem, new Set(stored.map((record) => record.name)));
  const folders = new Set(stored.map((record) => record.arguments.output_dir));
  const output_dir = firstFree("results", folders);
  return { ...form, name, draft: { ...form.draft, output_dir, logging_dir: null } };
}

/** The form with a run's mode and arguments. What differs from the recommendation counts as set by the user. */
export function copyRecord(
  form: TrainingForm,
  record: RunRecord,
  trainRows: number,
  taken: readonly RunRecord[],
): TrainingForm {
  const draft = toDraft(record.arguments);
  const problemType = taskOf(record.dataset);
  const subject = { ...form, problemType };
  const usual = toDraft(presetArguments("balanced", record.mode, trainRows, subject));
  const touched = argumentNames.filter((name) => draft[name] !== usual[name]);
  const layers = record.num_trainable_layers;
  const numTrainableLayers = layers === undefined ? form.numTrainableLayers : String(layers);
  const copied: TrainingForm = {
    ...form,
    mode: record.mode,
    problemType,
    preset: "balanced",
    numTrainableLayers,
    draft,
    touched: new Set(touched),
  };
  return renew(copied, record.name.replace(/-\d+$/u, ""), taken);
}

/** `stem`, or `stem-2`, `stem-3` and so on. */
export function firstFree(stem: string, taken: ReadonlySet<string>): string {
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

/** The form after the user set one argument. */
export function setArgument(
  form: TrainingForm,
  name: ArgumentName,
  value: DraftValue,
): TrainingForm {
  return {
    ...form,
    draft: { ...form.draft, [name]: value },
    touched: new Set([...form.touched, name]),
  };
}

/** The form after a file gave arguments: those that it names are taken, and recommendations leave them alone. */
export function importIntoForm(
  form: TrainingForm,
  { args, given }: ImportedArguments,
): TrainingForm {
  const draft = toDraft(args);
  const own = Object.fromEntries(given.map((name) => [name, draft[name]]));
  return {
    ...form,
    draft: { ...form.draft, ...own },
    touched: new Set([...form.touched, ...given]),
  };
}

/** The form after a remedy or the like set several arguments at once. */
export function setArguments(form: TrainingForm, change: Partial<TrainingArguments>): TrainingForm {
  const names = argumentNames.filter((name) => change[name] !== undefined);
  const values = toDraft({ ...trainingArgumentsSchema.parse({}), ...change });
  const own = Object.fromEntries(names.map((name) => [name, values[name]]));
  return {
    ...form,
    draft: { ...form.draft, ...own },
    touched: new Set([...form.touched, ...names]),
  };
}

/** Arguments as the controls hold them. */
export function toDraft(args: TrainingArguments): Draft {
  return Object.fromEntries(
    argumentNames.map((name) => {
      const value = args[name];
      const isOptions = typeof value === "object" && value !== null;
      if (isOptions) return [name, JSON.stringify(value)];
      return [name, typeof value === "number" ? String(value) : value];
    }),
  ) as Draft;
}

/** The strategy that must be "steps" for an interval to have a say, or null for every other argument. */
export function strategyOf(name: ArgumentName): "evaluation_strategy" | "save_strategy" | null {
  if (name === "eval_steps") return "evaluation_strategy";
  return name === "save_steps" ? "save_strategy" : null;
}

/** True where a field has no say at the moment. */
export function isIdle(name: ArgumentName, draft: Draft): boolean {
  const strategy = strategyOf(name);
  return strategy !== null && draft[strategy] !== "steps";
}

/** Reads every field; a field that cannot be read is named with its limits. One that has no say then counts as its default. */
export function readDraft(draft: Draft): ReadDraft {
  const entries = argumentNames.flatMap((name) => {
    const value = readValue(name, draft[name]);
    const isReadable = trainingArgumentFields[name].schema.safeParse(value).success;
    return isReadable || !isIdle(name, draft) ? [[name, value]] : [];
  });
  const parsed = trainingArgumentsSchema.safeParse(Object.fromEntries(entries));
  if (parsed.success) return { ok: true, args: parsed.data };
  const problems: Partial<Record<ArgumentName, string>> = {};
  for (const issue of parsed.error.issues) {
    const name = issue.path[0] as ArgumentName;
    problems[name] ??= describeLimits(name) ?? issue.message;
  }
  return { ok: false, problems };
}

function readValue(name: ArgumentName, value: DraftValue): unknown {
  const field = trainingArgumentFields[name];
  if (field.optional && (value === null || value === "")) return null;
  if (field.kind === "json") return readJson(value);
  if (field.kind !== "number" || typeof value !== "string") return value;
  return value.trim() === "" ? Number.NaN : Number(value);
}

/** The options that a text of JSON holds; the text itself where it is none, which the schema then refuses. */
function readJson(value: DraftValue): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return value;
  }
}

function describeLimits(name: ArgumentName): string | null {
  const field = trainingArgumentFields[name];
  if (field.kind === "json") return 'Options as JSON, please, such as {"num_cycles": 2}.';
  if (field.kind !== "number") return null;
  if (field.isInterval) return "A whole number from 1, or a share between 0 and 1, please.";
  const { min, above, max, below } = field.limits;
  const kind = field.integer ? "A whole number" : "A number";
  const low = min === undefined ? (above === undefined ? "" : `above ${above}`) : `from ${min}`;
  const high =
    below !== undefined
      ? ` to below ${below}`
      : max === undefined || max >= 1e9
        ? ""
        : ` to ${max}`;
  return `${kind} ${low}${high}, please.`;
}
