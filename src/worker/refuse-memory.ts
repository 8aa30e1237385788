// Refuses a run that cannot fit into WebAssembly's memory, before it starts.
import { estimateMemory, wasmHeapLimit } from "../config/memory-estimate.ts";
import type { RunRecord } from "../config/run-record.ts";
import { trainedParameters } from "../config/trained-parameters.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { StudioError } from "../lib/errors.ts";
import { createOptimizer } from "../trainer/optimizers/create-optimizer.ts";
import type { BaseModel } from "./base-model.ts";

interface RunToFit {
  readonly record: RunRecord;
  readonly base: Pick<BaseModel, "summary" | "tokenizer">;
  readonly prepared: Pick<PreparedDataset, "train" | "labels">;
}

/** @throws StudioError with the estimate and what to lower, where it is above the 4 GB that WebAssembly addresses. */
export function refuseTooLarge({ record, base, prepared }: RunToFit): void {
  const { per_device_train_batch_size: batchSize, max_length } = record.arguments;
  const classes = prepared.labels.length;
  const trained = trainedParameters(
    record.mode,
    base.summary,
    classes,
    record.num_trainable_layers ?? 1,
  );
  // The longest texts stand for the largest batch; characters find them without reading every row.
  const longest = prepared.train
    .map(({ text }) => text)
    .sort((a, b) => b.length - a.length)
    .slice(0, batchSize);
  const tokens = longest.reduce(
    (sum, text) => sum + base.tokenizer.encode(text, max_length).length,
    0,
  );
  const estimate = estimateMemory({
    summary: base.summary,
    trainedParameters: trained ?? base.summary.parameterCount,
    optimizerSlots: slotsPerParameter(record),
    tokens,
  });
  if (estimate.total <= wasmHeapLimit) return;
  const parts = [
    `weights ${inGb(estimate.weights)}`,
    `gradients ${inGb(estimate.gradients)}`,
    `optimiser ${inGb(estimate.optimizer)}`,
    `a batch of ${tokens} tokens ${inGb(estimate.activations)}`,
  ];
  throw new StudioError(
    `This run needs about ${inGb(estimate.total)} of memory, and WebAssembly has ${inGb(wasmHeapLimit)}: ${parts.join(", ")}.`,
    {
      hint: "Lower per_device_train_batch_size (gradient_accumulation_steps makes up for it) or max_length, or train fewer layers.",
    },
  );
}

/** Floats that the optimiser keeps for each number of a square matrix. */
function slotsPerParameter(record: RunRecord): number {
  const side = 64;
  const slots = Object.values(createOptimizer(record.arguments).slots([side, side]));
  const floats = slots.map(({ shape }) => shape.reduce((product, length) => product * length, 1));
  return floats.reduce((sum, count) => sum + count, 0) / (side * side);
}

const inGb = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(2)} GB`;
