import { beforeAll, expect, test } from "vitest";
import { wasmHeapLimit } from "../../../src/config/run-memory.ts";
import { runRecordSchema } from "../../../src/config/run-record.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { refuseTooLarge, refuseTooLargeLanguage } from "../../../src/worker/refuse-memory.ts";
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

const backend = { backend: "wasm", memory: { total: wasmHeapLimit, largest: null } };

const prepared = {
  labels: ["bad", "good"],
  train: Array.from({ length: 64 }, (_, row) => ({
    row,
    line: row + 2,
    text: "the model learns from rows of any length",
    label: row % 2,
  })),
  evaluation: [],
};

test("a run that fits is let through, and one that does not is refused with its numbers and the way out", () => {
  const record = recordOf(8);
  refuseTooLarge({ record, base, prepared, backend });

  const [layer] = base.summary.layers;
  const wide = { hiddenSize: 8192, intermediateSize: 32_768, heads: layer?.heads ?? 1 };
  const layers = new Array(96).fill(wide);
  const large = { ...base, summary: { ...base.summary, layers } };
  const refused = () => refuseTooLarge({ record: recordOf(64), base: large, prepared, backend });
  expect(refused).toThrow(
    /needs about \d+\.\d\d GB of memory, and 4\.00 GB can be used here: weights .* activations/u,
  );
  expect(refused).toThrow(
    expect.objectContaining({
      hint: expect.stringMatching(/per_device_train_batch_size \d, .*gradient_accumulation_steps/u),
    }),
  );
});

test("a language model's run is refused with its logits named", () => {
  const counts = { ...base.summary.counts, languageHead: 0 };
  const layer = { hiddenSize: 2048, intermediateSize: 8192, heads: 16 };
  const summary = {
    ...base.summary,
    counts,
    vocabularySize: 256_000,
    layers: new Array(28).fill(layer),
  };
  const refused = (size: number, longest: number[]) => () =>
    refuseTooLargeLanguage({ record: recordOf(size), base: { summary }, backend, longest });
  expect(refused(64, [24])).toThrow(/activations \d+\.\d\d GB, logits \d\.\d\d GB\.$/u);
  // A table that is too large for one buffer: no batch helps.
  const gpu = { backend: "webgpu", memory: { total: null, largest: 1024 ** 3 } };
  const tabled = () =>
    refuseTooLargeLanguage({ record: recordOf(8), base: { summary }, backend: gpu, longest: [24] });
  expect(tabled).toThrow(/One tensor of this run needs 1\.95 GB, and this device takes 1\.00 GB/u);
  expect(tabled).toThrow(
    expect.objectContaining({
      hint: expect.stringMatching(/table of the vocabulary.*WebAssembly/u),
    }),
  );
  const small = { ...summary, layers: [], vocabularySize: 300 };
  expect(() =>
    refuseTooLargeLanguage({
      record: recordOf(8),
      base: { summary: small },
      backend,
      longest: [24],
    }),
  ).not.toThrow();
});
