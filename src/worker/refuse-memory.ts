// Refuses a run that cannot fit into what the device grants, before it starts, by the estimate that the training page shows.
import {
  checkFit,
  estimateRunMemory,
  findFit,
  type MemoryEstimate,
  type MemoryLimits,
  memorySubject,
  styleOf,
} from "../config/run-memory.ts";
import type { RunRecord } from "../config/run-record.ts";
import type { HeadKind } from "../config/trained-parameters.ts";
import { encodeRow } from "../data/encode-row.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { StudioError } from "../lib/errors.ts";
import type { BaseModel } from "./base-model.ts";

interface RunToFit {
  readonly record: RunRecord;
  readonly base: Pick<BaseModel, "summary" | "tokenizer">;
  readonly prepared: Pick<PreparedDataset, "train" | "evaluation" | "labels">;
  readonly backend: { readonly backend: string; readonly memory: MemoryLimits };
}

/** @throws StudioError with the estimate, the limit and what to lower, where the run does not fit. */
export function refuseTooLarge({ record, base, prepared, backend }: RunToFit): void {
  const longest = longestRows({ record, base, prepared });
  refuse(record, base.summary, prepared.labels.length, longest, backend);
}

/** The same for a language model. `longest`: tokens of its longest rows, the longest first. */
export function refuseTooLargeLanguage({
  record,
  base,
  backend,
  longest,
}: {
  readonly record: RunRecord;
  readonly base: Pick<BaseModel, "summary">;
  readonly backend: RunToFit["backend"];
  readonly longest: readonly number[];
}): void {
  refuse(record, base.summary, "language", longest, backend);
}

function refuse(
  record: RunRecord,
  summary: BaseModel["summary"],
  head: HeadKind,
  longest: readonly number[],
  backend: RunToFit["backend"],
): void {
  const args = record.arguments;
  const subject = memorySubject(summary, record.mode, record.num_trainable_layers ?? 1, head);
  const style = styleOf(backend.backend);
  const estimate = estimateRunMemory(subject, args, longest, style);
  const fit = checkFit(estimate, backend.memory);
  if (fit.fits) return;
  const change = findFit(subject, args, longest, style, backend.memory);
  const named = Object.entries(change ?? {}).map(([name, value]) => `${name} ${value}`);
  throw new StudioError(
    fit.because === "largest"
      ? `One tensor of this run needs ${inGb(estimate.largest)}, and this device takes ${inGb(fit.limit)} in one piece.`
      : `This run needs about ${inGb(estimate.total)} of memory, and ${inGb(fit.limit)} can be used here: weights ${inGb(estimate.weights)}, gradients ${inGb(estimate.gradients)}, optimiser ${inGb(estimate.optimizer)}, activations ${inGb(estimate.working)}${estimate.logits === 0 ? "" : `, logits ${inGb(estimate.logits)}`}.`,
    {
      hint:
        change === null && fit.because === "largest" && isTable(estimate, summary)
          ? "It is the table of the vocabulary, which no smaller batch makes smaller: choose WebAssembly as back end, or a model with a smaller vocabulary."
          : change === null
            ? `No batch is small enough: ${args.gradient_checkpointing ? "" : "switch gradient_checkpointing on, "}train the last layers only, or take a smaller model.`
            : `This fits: ${named.join(", ")}.`,
    },
  );
}

/** Tokens of the rows that are longest in characters, longest first: finding them by tokens would read every row. */
function longestRows({
  record: { arguments: args },
  base,
  prepared,
}: Omit<RunToFit, "backend">): number[] {
  const { per_device_train_batch_size: trained, per_device_eval_batch_size: scored } = args;
  return [...prepared.train, ...prepared.evaluation]
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, Math.max(trained, scored))
    .map((row) => encodeRow(base.tokenizer, row, args.max_length).ids.length)
    .sort((a, b) => b - a);
}

const sizeOf = ({ text, pair }: PreparedDataset["train"][number]) =>
  text.length + (pair?.length ?? 0);

/** Whether the largest tensor is the table of the vocabulary. */
const isTable = (
  { largest }: Pick<MemoryEstimate, "largest">,
  { vocabularySize, layers }: Pick<BaseModel["summary"], "vocabularySize" | "layers">,
): boolean => largest <= 4 * vocabularySize * (layers[0]?.hiddenSize ?? 0);

const inGb = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(2)} GB`;
