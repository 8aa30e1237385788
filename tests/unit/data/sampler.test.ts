import { expect, test } from "vitest";
import {
  type TrainingArguments,
  trainingArgumentsSchema,
} from "../../../src/config/training-arguments.ts";
import { dealBatches, epochBatches } from "../../../src/data/sampler.ts";

const argsOf = (given: Partial<TrainingArguments>) => trainingArgumentsSchema.parse(given);

// The notes' own split (A10), measured with accelerate: 11 rows, batches of 2, two devices.
const eleven = [[6, 8], [9, 2], [1, 10], [0, 7], [3, 5], [4]];

test("11 rows on two devices are dealt as accelerate deals them: the last round is completed from the start", () => {
  expect(dealBatches(eleven, 2, 2, false)).toEqual([
    [
      [6, 8],
      [1, 10],
      [3, 5],
    ],
    [
      [9, 2],
      [0, 7],
      [4, 6],
    ],
  ]);
});

test("with dropped short batches only full rounds are dealt", () => {
  const full = eleven.slice(0, 5);
  expect(dealBatches(full, 2, 2, true)).toEqual([
    [
      [6, 8],
      [1, 10],
    ],
    [
      [9, 2],
      [0, 7],
    ],
  ]);
});

test("fewer rows than devices are repeated until every device has a full batch", () => {
  expect(dealBatches([[0, 1], [2]], 2, 3, false)).toEqual([[[0, 1]], [[2, 0]], [[1, 2]]]);
});

test("one device keeps its short last batch", () => {
  expect(dealBatches(eleven, 2, 1, false)).toEqual([eleven]);
});

test("sequential sampling takes the rows as they come, and drop_last leaves out the short batch", () => {
  const args = argsOf({
    train_sampling_strategy: "sequential",
    per_device_train_batch_size: 2,
    dataloader_drop_last: true,
  });
  expect(epochBatches(args, [3, 3, 3, 3, 3], 0)).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test("group_by_length puts the longest row first and sorts each mega-batch by falling length", () => {
  const lengths = Array.from({ length: 40 }, (_, row) => (row * 7) % 40);
  const args = argsOf({
    train_sampling_strategy: "group_by_length",
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 2,
  });
  const order = epochBatches(args, lengths, 0).flat();
  expect([...order].sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
  expect(lengths[order[0] ?? -1]).toBe(39);
  // min(40 / (4 * 4), 50) = 2 batches of 4 make a mega-batch of 8; the first of each may have been swapped.
  for (let start = 0; start < 40; start += 8) {
    const group = order.slice(start + 1, start + 8).map((row) => lengths[row] ?? -1);
    expect(group).toEqual([...group].sort((a, b) => b - a));
  }
});

test("another data_seed changes the order, another seed alone then does not", () => {
  const lengths = new Array(20).fill(5);
  const order = (given: Partial<TrainingArguments>) => epochBatches(argsOf(given), lengths, 0);
  expect(order({ seed: 42, data_seed: 1 })).toEqual(order({ seed: 1 }));
  expect(order({ seed: 42, data_seed: 1 })).not.toEqual(order({ seed: 42 }));
});
