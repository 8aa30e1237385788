// How much of the training batches is padding, and what max_length cuts: the figures beside the length histogram.
import type { LengthFigures } from "../config/dataset.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { bucketLength } from "./collate.ts";
import type { PreparedDataset } from "./prepare-dataset.ts";
import { epochBatches } from "./sampler.ts";
import type { TokenCounts } from "./token-counts.ts";

/** Figures of the first epoch with these arguments, padded as the batches of this back end are. */
export function measureLengths(
  { train, evaluation }: PreparedDataset,
  { tokens }: TokenCounts,
  args: TrainingArguments,
  backend: string,
): LengthFigures {
  const all = [...train, ...evaluation].map(({ row }) => tokens[row] ?? 0);
  const lengths = train.map(({ row }) => Math.min(args.max_length, tokens[row] ?? 0));
  return lengthFigures(all, lengths, args, backend);
}

/** The same from the tokens of all rows, and of those that batches are made of, cut. */
export function lengthFigures(
  tokens: readonly number[],
  lengths: readonly number[],
  args: TrainingArguments,
  backend: string,
): LengthFigures {
  const all = tokens.toSorted((a, b) => a - b);
  const own = share(lengths, epochBatches(args, lengths, 0), backend);
  const grouped = epochBatches({ ...args, train_sampling_strategy: "group_by_length" }, lengths, 0);
  return {
    overLongRows: all.filter((length) => length > args.max_length).length,
    enoughFor99: all[Math.max(0, Math.ceil(all.length * 0.99) - 1)] ?? 0,
    padding: own.padding,
    paddingGrouped: share(lengths, grouped, backend).padding,
    shapes: own.shapes,
  };
}

function share(
  lengths: readonly number[],
  batches: readonly (readonly number[])[],
  backend: string,
): { padding: number; shapes: number } {
  let tokens = 0;
  let positions = 0;
  const shapes = new Set<number>();
  for (const batch of batches) {
    const own = batch.map((row) => lengths[row] ?? 0);
    const length = bucketLength(Math.max(1, ...own), backend);
    shapes.add(length);
    positions += length * batch.length;
    tokens += own.reduce((sum, count) => sum + count, 0);
  }
  return { padding: positions === 0 ? 0 : 1 - tokens / positions, shapes: shapes.size };
}
