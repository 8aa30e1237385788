// The order of the training rows: PyTorch's, for the same seed.
import { randomPermutation } from "../lib/mersenne-twister.ts";

/**
 * Row indices of each batch of an epoch (from 0), as accelerate's SeedableRandomSampler gives them: a permutation seeded
 * with `seed + epoch`, cut into batches; the short last batch is kept.
 */
export function epochBatches(
  rows: number,
  batchSize: number,
  seed: number,
  epoch: number,
): number[][] {
  const order = randomPermutation(rows, (seed + epoch) % 2 ** 32);
  const batches: number[][] = [];
  for (let start = 0; start < rows; start += batchSize) {
    batches.push([...order.subarray(start, start + batchSize)]);
  }
  return batches;
}
