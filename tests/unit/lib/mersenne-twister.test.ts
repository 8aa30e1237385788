import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { trainingArgumentsSchema } from "../../../src/config/training-arguments.ts";
import { epochBatches } from "../../../src/data/sampler.ts";
import {
  MersenneTwister,
  normalValues,
  randomPermutation,
} from "../../../src/lib/mersenne-twister.ts";

interface Golden {
  trainer_order: {
    rows: number;
    seed: number;
    data_seed: number | null;
    per_device_train_batch_size: number;
    epochs: number[][];
  }[];
}

// Made with transformers 5.18 and PyTorch, see the README of the golden data.
const golden: Golden = JSON.parse(
  readFileSync(new URL("../../golden/sampler.json", import.meta.url), "utf8"),
);

test.each(golden.trainer_order)(
  "the Trainer's order of $rows rows, seed $seed, data_seed $data_seed",
  (run) => {
    run.epochs.forEach((rows, epoch) => {
      const { seed, data_seed, per_device_train_batch_size } = run;
      const args = trainingArgumentsSchema.parse({ seed, data_seed, per_device_train_batch_size });
      const batches = epochBatches(args, new Array(run.rows).fill(9), epoch);
      expect(batches.flat()).toEqual(rows);
      expect(
        batches.slice(0, -1).every((batch) => batch.length === run.per_device_train_batch_size),
      ).toBe(true);
    });
  },
);

test("a permutation holds every index once", () => {
  expect([...randomPermutation(1000, 5)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 1000 }, (_, index) => index),
  );
});

test("normal values have the asked spread, the same for the same seed", () => {
  const values = normalValues(20_001, 0.02, new MersenneTwister(42));
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(Math.sqrt(variance)).toBeCloseTo(0.02, 3);
  expect(normalValues(20_001, 0.02, new MersenneTwister(42))).toEqual(values);
});

test("torch.manual_seed(42), torch.randn(16) starts as PyTorch's does", () => {
  // torch 2.x on a CPU: tensor([ 1.9269,  1.4873,  0.9007, -2.1055, ...]).
  const [a, b, c, d] = normalValues(16, 1, new MersenneTwister(42));
  expect([a, b, c, d].map((value) => Number(value?.toFixed(4)))).toEqual([
    1.9269, 1.4873, 0.9007, -2.1055,
  ]);
});

const drawn: { seed: number; std: number; draws: number[][] }[] = JSON.parse(
  readFileSync(new URL("../../golden/normal.json", import.meta.url), "utf8"),
);

test.each(drawn)(
  "normal values of seed $seed are PyTorch 1.13's, few or many, one draw after the other",
  ({ seed, std, draws }) => {
    const generator = new MersenneTwister(seed);
    for (const expected of draws) {
      const values = normalValues(expected.length, std, generator);
      expected.forEach((value, index) => {
        expect(Math.abs((values[index] ?? 9) - value)).toBeLessThan(1e-7);
      });
    }
  },
);
