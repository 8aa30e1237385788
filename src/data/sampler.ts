// The order of the training rows: PyTorch's, for the same seed.
import type { TrainingArguments } from "../config/training-arguments.ts";
import { randomPermutation } from "../lib/mersenne-twister.ts";

/**
 * Row indices of each batch of an epoch (from 0). Random is as accelerate's SeedableRandomSampler: a permutation seeded
 * with `(data_seed ?? seed) + epoch`, cut into batches; the short last batch is kept unless it is to be dropped.
 * `lengths` are the rows' token counts, which `group_by_length` needs.
 */
export function epochBatches(
  args: TrainingArguments,
  lengths: readonly number[],
  epoch: number,
): number[][] {
  const rows = lengths.length;
  const size = args.per_device_train_batch_size;
  const order = orderOf(args, lengths, ((args.data_seed ?? args.seed) + epoch) % 2 ** 32);
  const batches: number[][] = [];
  for (let start = 0; start < rows; start += size) batches.push(order.slice(start, start + size));
  const isShort = (batches.at(-1)?.length ?? size) < size;
  return args.dataloader_drop_last && isShort ? batches.slice(0, -1) : batches;
}

function orderOf(args: TrainingArguments, lengths: readonly number[], seed: number): number[] {
  switch (args.train_sampling_strategy) {
    case "sequential":
      return lengths.map((_, row) => row);
    case "random":
      return [...randomPermutation(lengths.length, seed)];
    case "group_by_length":
      return groupByLength(
        lengths,
        args.per_device_train_batch_size * args.gradient_accumulation_steps,
        [...randomPermutation(lengths.length, seed)],
      );
    default:
      return args.train_sampling_strategy satisfies never;
  }
}

/**
 * Transformers' `get_length_grouped_indices`: the permutation in mega-batches, each sorted by falling length, the longest
 * row of all moved to the front so that a lack of memory shows at once. The Trainer draws this permutation from PyTorch's
 * global generator; here it is seeded as the random one is (a listed difference).
 */
function groupByLength(lengths: readonly number[], batchSize: number, order: number[]): number[] {
  const lengthOf = (row: number | undefined) => lengths[row ?? 0] ?? 0;
  const batches = Math.max(1, Math.min(Math.floor(lengths.length / (4 * batchSize)), 50));
  const size = batches * batchSize;
  const groups: number[][] = [];
  for (let start = 0; start < order.length; start += size) {
    groups.push(order.slice(start, start + size).sort((a, b) => lengthOf(b) - lengthOf(a)));
  }
  const firsts = groups.map((group) => lengthOf(group[0]));
  const longest = firsts.indexOf(Math.max(...firsts));
  const [first, other] = [groups[0], groups[longest]];
  if (first !== undefined && other !== undefined) {
    [first[0], other[0]] = [other[0] ?? 0, first[0] ?? 0];
  }
  return groups.flat();
}

/**
 * The batches that each device works through in one epoch, as accelerate deals them: batch k goes to device k mod
 * `devices`. So that all devices get equal full batches, the last round is completed from the start of the epoch, or left
 * out where short batches are dropped. One device keeps its batches as they are.
 */
export function dealBatches(
  batches: readonly (readonly number[])[],
  batchSize: number,
  devices: number,
  dropLast: boolean,
): number[][][] {
  if (devices === 1) return [batches.map((batch) => [...batch])];
  const rounds = (dropLast ? Math.floor : Math.ceil)(batches.length / devices);
  const wanted = rounds * devices;
  const whole = batches.slice(0, wanted).map((batch) => [...batch]);
  const spare = dropLast
    ? []
    : endless(batches.slice(0, devices).flat(), batchSize * (devices + 1));
  if (!dropLast) {
    while (whole.length < wanted || (whole.at(-1)?.length ?? batchSize) < batchSize) {
      const last = whole.at(-1);
      if (last !== undefined && last.length < batchSize) {
        last.push(...spare.splice(0, batchSize - last.length));
      } else whole.push(spare.splice(0, batchSize));
    }
  }
  return Array.from({ length: devices }, (_, device) =>
    whole.filter((_batch, index) => index % devices === device),
  );
}

/** The rows again and again, so many of them at least. */
function endless(rows: readonly number[], count: number): number[] {
  const repeats = Math.ceil(count / Math.max(1, rows.length));
  return Array.from({ length: repeats }, () => rows).flat();
}
