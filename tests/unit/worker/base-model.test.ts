import { describe, expect, test } from "vitest";
import { float32ToFloat16 } from "../../../src/formats/float16.ts";
import { parseSafetensors, serializeSafetensors } from "../../../src/formats/safetensors.ts";
import { StudioError } from "../../../src/lib/errors.ts";
import { type BaseModel, loadBaseModel } from "../../../src/worker/base-model.ts";
import { bertFiles } from "../support/tiny-bert.ts";

type Files = Map<string, Uint8Array>;

const load = (files: Files): Promise<BaseModel> =>
  loadBaseModel({ id: "m", name: "my-bert", source: "stored" }, async (name) => files.get(name));

/** The refusal of these files, which must come within a second. */
async function refusal(files: Files): Promise<string> {
  const before = performance.now();
  const error = await load(files).then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(performance.now() - before).toBeLessThan(1000);
  if (!(error instanceof StudioError)) throw error ?? new Error("Nothing was refused.");
  return error.message;
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const read = (files: Files, name: string) => JSON.parse(new TextDecoder().decode(files.get(name)));

const change = (files: Files, changes: Record<string, unknown>) =>
  files.set("config.json", json({ ...read(files, "config.json"), ...changes }));

/** Rewrites the weights file. */
function rewrite(
  files: Files,
  edit: (tensors: Map<string, { shape: readonly number[]; data: Float32Array }>) => void,
): Files {
  const file = parseSafetensors(files.get("model.safetensors") ?? new Uint8Array(), "file");
  const tensors = new Map(
    [...file.tensors].map(([name, { shape, data }]) => [name, { shape, data }]),
  );
  edit(tensors);
  const sources = [...tensors].map(
    ([name, tensor]) => [name, { dtype: "F32" as const, ...tensor }] as const,
  );
  return files.set("model.safetensors", serializeSafetensors(new Map(sources)));
}

/** The same weights in two bytes each: the header by hand, because the studio writes no bfloat16. */
function inHalf(files: Files, dtype: "F16" | "BF16"): Files {
  const file = parseSafetensors(files.get("model.safetensors") ?? new Uint8Array(), "file");
  let end = 0;
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  for (const [name, { shape, data }] of file.tensors) {
    const halves =
      dtype === "F16"
        ? float32ToFloat16(data)
        : Uint16Array.from(new Uint32Array(data.buffer), (bits) => bits >>> 16);
    header[name] = { dtype, shape, data_offsets: [end, end + halves.byteLength] };
    end += halves.byteLength;
    parts.push(new Uint8Array(halves.buffer));
  }
  const text = json(header);
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let offset = 8 + text.length;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return files.set("model.safetensors", bytes);
}

test("a checkpoint knows the max_length of its run; a folder without training_args.json does not", async () => {
  expect((await load(bertFiles())).trainedLength).toBeNull();
  const files = bertFiles().set("training_args.json", json({ max_length: 16, seed: 1 }));
  expect((await load(files)).trainedLength).toBe(16);
});

describe("a BERT folder", () => {
  test("gives weights, labels, sizes and a tree with the widths of its layers", async () => {
    const { summary, labels, weights } = await load(bertFiles());
    expect(labels).toEqual(["bad", "good"]);
    expect(weights.size).toBe(41);
    expect(summary).toMatchObject({ maxLength: 64, pooledSize: 32, drawn: [], ignored: [] });
    expect(summary.layers).toEqual(
      Array.from({ length: 2 }, () => ({ hiddenSize: 32, intermediateSize: 128, heads: 4 })),
    );
    const { counts, parameterCount } = summary;
    const total = counts.embeddings + counts.head + 2 * counts.eachLabel;
    expect(total + counts.layers.reduce((sum, n) => sum + n, 0)).toBe(parameterCount);
    const encoder = summary.tree.children[0]?.children.find(({ name }) => name === "encoder");
    const [layer] = encoder?.children[0]?.children ?? [];
    expect(layer).toMatchObject({ name: "0", layer: { heads: 4, intermediateSize: 128 } });
    expect(encoder?.layer).toBeUndefined();
  });

  test.each([
    ["F16", 1e-3],
    ["BF16", 1e-2],
  ] as const)("is read from %s", async (dtype, tolerance) => {
    const exact = (await load(bertFiles())).weights;
    const { weights, summary } = await load(inHalf(bertFiles(), dtype));
    expect(summary.dtype).toBe(dtype);
    for (const [name, values] of weights) {
      const wanted = exact.get(name) ?? new Float32Array();
      const apart = values.reduce(
        (most, x, i) => Math.max(most, Math.abs(x - (wanted[i] ?? 9))),
        0,
      );
      expect(apart, name).toBeLessThan(tolerance);
    }
  });

  test("of a pretraining loses its other heads and says what it lacks", async () => {
    const files = rewrite(bertFiles(), (tensors) => {
      for (const name of ["classifier.weight", "classifier.bias"]) tensors.delete(name);
      tensors.set("cls.predictions.bias", { shape: [2], data: Float32Array.of(0, 0) });
    });
    change(files, { architectures: ["BertForPreTraining"], id2label: undefined });
    const { labels, summary } = await load(files);
    expect(labels).toBeNull();
    expect(summary.ignored).toEqual(["cls.predictions.bias"]);
  });
});

describe("refused within a second", () => {
  test.each(["config.json", "model.safetensors", "tokenizer.json"])(
    "is a folder without %s",
    async (name) => {
      const files = bertFiles();
      files.delete(name);
      expect(await refusal(files)).toBe(`my-bert has no ${name}.`);
    },
  );

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an architecture that is not known", { model_type: "t5" }, /does not know.*"t5"/u],
    ["a config.json without a model type", { model_type: undefined }, /no model_type/u],
    [
      "an activation that is not known",
      { hidden_act: "quick_gelu" },
      /hidden_act.*quick_gelu.*gelu_new/u,
    ],
    ["relative positions", { position_embedding_type: "relative_key" }, /position_embedding_type/u],
    ["heads that do not divide the width", { num_attention_heads: 5 }, /divide hidden_size/u],
    ["a vocabulary smaller than the tokenizer's", { vocab_size: 100 }, /\[318, 32\].*\[100, 32\]/u],
    ["a width of another model", { hidden_size: 64 }, /word_embeddings.*\[318, 32\].*\[318, 64\]/u],
    ["layers that the file lacks", { num_hidden_layers: 3 }, /lacks bert\.encoder\.layer\.2\./u],
    ["layers that the config lacks", { num_hidden_layers: 1 }, /layer\.1\..*does not use/u],
    [
      "labels of another checkpoint",
      { id2label: { 0: "a" } },
      /1 classes.*classifier\.weight.*2 rows/u,
    ],
  ])("is %s", async (_, changes, message) => {
    expect(await refusal(change(bertFiles(), changes))).toMatch(message);
  });

  test("is a tokenizer with more ids than the model embeds", async () => {
    const files = rewrite(bertFiles(), (tensors) => {
      tensors.set("bert.embeddings.word_embeddings.weight", {
        shape: [300, 32],
        data: new Float32Array(9600),
      });
    });
    expect(await refusal(change(files, { vocab_size: 300 }))).toMatch(/ids up to 317.*only 300/u);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("is a weight that is %s", async (value) => {
    const files = rewrite(bertFiles(), (tensors) => {
      (tensors.get("bert.pooler.dense.weight")?.data ?? [])[5] = value;
    });
    expect(await refusal(files)).toMatch(
      new RegExp(
        `model.safetensors: tensor bert.pooler.dense.weight has the value ${value} at place 5`,
        "u",
      ),
    );
  });

  test("is a file that was cut short, at any place", async () => {
    const whole = bertFiles().get("model.safetensors") ?? new Uint8Array();
    for (const length of [0, 7, 100, 5000, whole.length - 1]) {
      const files = bertFiles().set("model.safetensors", whole.slice(0, length));
      expect(await refusal(files), `${length} bytes`).toContain("model.safetensors");
    }
  });

  test("is a config.json with a key twice, or one that is no JSON", async () => {
    const text = (words: string) => new TextEncoder().encode(words);
    const twice = bertFiles().set(
      "config.json",
      text('{"model_type": "bert", "model_type": "t5"}'),
    );
    expect(await refusal(twice)).toMatch(/config\.json has the key "model_type" twice/u);
    expect(await refusal(bertFiles().set("config.json", text("[1]")))).toContain("config.json");
    expect(await refusal(bertFiles().set("config.json", text("{")))).toContain("config.json");
  });
});
