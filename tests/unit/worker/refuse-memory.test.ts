import { beforeAll, expect, test } from "vitest";
import { estimateMemory, wasmHeapLimit } from "../../../src/config/memory-estimate.ts";
import { runRecordSchema } from "../../../src/config/run-record.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { refuseTooLarge } from "../../../src/worker/refuse-memory.ts";
import { bertFiles } from "../support/tiny-bert.ts";

let base: BaseModel;

beforeAll(async () => {
  const files = bertFiles(2);
  base = await loadBaseModel({ id: "bert", name: "bert", source: "stored" }, async (name) =>
    files.get(name),
  );
});

const recordOf = (batchSize: number) =>
  runRecordSchema.parse({
    version: 1,
    id: "run",
    name: "run",
    created_at: "2026-01-01T00:00:00Z",
    mode: "full",
    model_name_or_path: "bert",
    dataset: {
      id: "table",
      name: "table.csv",
      text_column: "text",
      label_column: "label",
      skip_empty: true,
      eval_fraction: 0.25,
      split_seed: 1,
    },
    backend: "wasm",
    arguments: { max_length: 24, per_device_train_batch_size: batchSize },
  });

const prepared = {
  labels: ["bad", "good"],
  train: Array.from({ length: 64 }, (_, row) => ({
    row,
    line: row + 2,
    text: "the model learns from rows of any length",
    label: row % 2,
  })),
};

test("a run that fits is let through, and one that does not is refused with its numbers and the way out", () => {
  const record = recordOf(8);
  refuseTooLarge({ record, base, prepared });

  const [layer] = base.summary.layers;
  const wide = { hiddenSize: 8192, intermediateSize: 32_768, heads: layer?.heads ?? 1 };
  const layers = new Array(96).fill(wide);
  const large = { ...base, summary: { ...base.summary, layers } };
  expect(() => refuseTooLarge({ record: recordOf(64), base: large, prepared })).toThrow(
    /needs about \d+\.\d\d GB of memory, and WebAssembly has 4\.00 GB: weights .* a batch of \d+ tokens/u,
  );
});

test("the estimate adds up: weights, gradients, two numbers a parameter for AdamW, and the batch", () => {
  const question = {
    summary: {
      parameterCount: 1000,
      layers: [{ hiddenSize: 8, intermediateSize: 32, heads: 2 }],
      vocabularySize: 10,
    },
    trainedParameters: 500,
    optimizerSlots: 2,
    tokens: 3,
  };
  const { weights, gradients, optimizer, activations, total } = estimateMemory(question);
  expect([weights, gradients, optimizer]).toEqual([4000, 2000, 4000]);
  expect(activations).toBe(4 * 3 * 2 * (8 * 8 + 2 * 32 + 2));
  expect(total).toBeGreaterThan(weights + gradients + optimizer + activations);
  expect(total).toBeLessThan(wasmHeapLimit);
});
