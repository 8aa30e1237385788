// Whether what the form trains of a model fits into the memory that the device grants. The formula is config/run-memory.ts.
import type { ModelOutline } from "../config/model-summary.ts";
import {
  type ComputeStyle,
  checkFit,
  estimateRunMemory,
  type Fit,
  type MemoryEstimate,
  type MemoryLimits,
  type MemorySubject,
  memorySubject,
  styleOf,
} from "../config/run-memory.ts";
import type { TrainingMode } from "../config/run-record.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { newForm, readDraft, type TrainingForm } from "./training-form.ts";

export interface ModelFit {
  readonly mode: TrainingMode;
  readonly subject: MemorySubject;
  /** The form's, with a max_length that the model takes. */
  readonly args: TrainingArguments;
  readonly style: ComputeStyle;
  readonly estimate: MemoryEstimate;
  readonly fit: Fit;
}

/** Classes where no data set says how many: their share of the memory is nothing beside the rest. */
const fewClasses = 2;

/** The fit of a model for the form's mode and arguments; fields that cannot be read count with their recommendation. */
export function modelFit(
  outline: Pick<ModelOutline, "counts" | "layers" | "vocabularySize" | "maxLength">,
  form: TrainingForm,
  device: { readonly backend: string; readonly memory: MemoryLimits },
  mode: TrainingMode = trainedMode(outline, form),
): ModelFit {
  const draft = readDraft(form.draft);
  const asked = draft.ok ? draft.args : recommended(mode);
  const args = { ...asked, max_length: Math.max(1, Math.min(asked.max_length, outline.maxLength)) };
  const wanted = Number(form.numTrainableLayers);
  const layers = Number.isInteger(wanted) && wanted >= 1 ? wanted : 1;
  // A decoder is loaded to write, most often; as a classifier it takes a little less.
  const head = outline.counts.languageHead === null ? fewClasses : "language";
  const subject = memorySubject(outline, mode, layers, head);
  const style = styleOf(device.backend);
  // No data set says how long its rows are: all are as long as they may be.
  const estimate = estimateRunMemory(subject, args, [], style);
  return { mode, subject, args, style, estimate, fit: checkFit(estimate, device.memory) };
}

/** The form's mode; the head of a language model is not trained alone. */
function trainedMode(
  { counts }: Pick<ModelOutline, "counts">,
  { mode }: TrainingForm,
): TrainingMode {
  return counts.languageHead !== null && mode === "head" ? "full" : mode;
}

function recommended(mode: TrainingMode): TrainingArguments {
  const draft = readDraft(newForm(mode, 1, "").draft);
  if (draft.ok) return draft.args;
  throw new Error("The recommended arguments cannot be read.");
}
