// A golden encoder (tests/golden, made by PyTorch and transformers) and how far ours is from it, for tests on every back end.
// It reads no tensor synchronously: on a GPU that loses the device.
import * as tf from "@tensorflow/tfjs-core";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { runTrained } from "../../../src/models/forward.ts";
import { matchTensors } from "../../../src/models/match-tensors.ts";
import type { EncoderInputs } from "../../../src/models/model.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { toRows } from "../../../src/models/rows.ts";
import { findTokenPositions } from "../../../src/models/token-positions.ts";
import { crossEntropySum } from "../../../src/ops/cross-entropy/cross-entropy.ts";

export const goldenModels = ["bert", "roberta", "distilbert"] as const;
type ReadGolden = (path: string) => Promise<Uint8Array>;

/** Rows of the golden batch: the first of the training rows. */
const batch = 4;

/** Loads a golden model and its expected tensors. `read` gives a file below tests/golden. */
export async function loadGolden(name: string, read: ReadGolden) {
  const json = async (file: string) =>
    JSON.parse(new TextDecoder().decode(await read(`${name}/${file}`)));
  const tensors = async (file: string) =>
    parseSafetensors(await read(`${name}/${file}`), file).tensors;
  const config = await json("config.json");
  const architecture = findArchitecture(config.model_type);
  const parsed = architecture.configSchema.parse(config);
  const file = { name: "model.safetensors", tensors: await tensors("model.safetensors") };
  return {
    architecture,
    config: parsed,
    weights: matchTensors(architecture, parsed, file, true).tensors,
    forward: await tensors("forward.safetensors"),
    grads: await tensors("grads.safetensors"),
    rows: (await json("rows.json")).train.slice(0, batch) as readonly GoldenRow[],
    expected: (await json("expected.json")) as { loss: number; grad_norm: number },
  };
}
type Golden = Awaited<ReturnType<typeof loadGolden>>;

interface GoldenRow {
  readonly input_ids: readonly number[];
  readonly attention_mask: readonly number[];
  readonly labels: number;
}

/** Largest differences from what PyTorch computed. */
export interface GoldenErrors {
  readonly logits: number;
  /** Absent for tokens without padding: the reference has hidden states of padding too. */
  readonly hiddenStates: number;
  readonly loss: number;
  /** Relative L2 distance of the worst gradient, key biases aside, and its name. */
  readonly gradient: number;
  readonly worst: string;
  /**
   * L2 distance of the worst gradient of a key bias, as a share of the gradient norm. Its true value is 0, so that even
   * PyTorch's is rounding noise, which no relative distance can be measured from.
   */
  readonly keyBias: number;
}

/** Runs the golden batch forward and backward; `isPacked` leaves the padding out. */
export async function measureGolden(golden: Golden, isPacked: boolean): Promise<GoldenErrors> {
  const { architecture, config, weights, rows, expected } = golden;
  const parameters = new Map(
    [...weights].map(([name, { shape, data }]) => {
      const initial = tf.tensor(data, [...shape]);
      const variable = tf.variable(initial);
      initial.dispose();
      return [name, variable];
    }),
  );
  const context = { parameters };
  const labels = Int32Array.from(rows, (row) => row.labels);
  const logits = tf.tidy(() => {
    const laidOut = toRows(inputsOf(rows, isPacked));
    const embedded = architecture.embed(context, config, laidOut);
    return runTrained({ architecture, config, context }, () => laidOut, 0, embedded);
  });
  const { value, grads } = tf.variableGrads(
    () =>
      tf.tidy(() => {
        const laidOut = toRows(inputsOf(rows, isPacked));
        const embedded = architecture.embed(context, config, laidOut);
        const out = runTrained({ architecture, config, context }, () => laidOut, 0, embedded);
        return crossEntropySum(out, labels).div(rows.length) as tf.Scalar;
      }),
    [...parameters.values()],
  );
  const errors = new Map<string, number>();
  let keyBias = 0;
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    const actual = gradient === undefined ? new Float32Array() : await read(gradient);
    const wanted = golden.grads.get(name)?.data;
    const apart = distance(actual, wanted);
    if (isKeyBias(name)) keyBias = Math.max(keyBias, apart / expected.grad_norm);
    else errors.set(name, apart / Math.max(norm(wanted ?? []), 1e-6 * expected.grad_norm));
  }
  const hiddenStates = isPacked ? 0 : await hiddenStateError(golden, context);
  const [loss] = await read(value);
  const [worst, gradient] = [...errors].reduce((a, b) => (b[1] > a[1] ? b : a));
  tf.dispose([...parameters.values()]);
  return {
    logits: largestDifference(await read(logits), golden.forward.get("logits")?.data),
    hiddenStates,
    loss: Math.abs((loss ?? Number.NaN) - expected.loss),
    gradient,
    worst,
    keyBias,
  };
}

/** Largest difference of any hidden state, from the embeddings to the last layer. */
async function hiddenStateError(
  { architecture, config, rows, forward }: Golden,
  context: { parameters: ReadonlyMap<string, tf.Tensor> },
): Promise<number> {
  const states = tf.tidy(() => {
    const laidOut = toRows(inputsOf(rows, false));
    const all = [architecture.embed(context, config, laidOut)];
    architecture.sizes(config).layers.forEach((_, index) => {
      all.push(architecture.layer(context, config, index, all[index] as tf.Tensor2D, laidOut));
    });
    return all;
  });
  const errors: number[] = [];
  for (const [index, state] of states.entries()) {
    errors.push(largestDifference(await read(state), forward.get(`hidden_states.${index}`)?.data));
  }
  return Math.max(...errors);
}

function inputsOf(rows: readonly GoldenRow[], isPacked: boolean): EncoderInputs {
  const mask = Int32Array.from(rows.flatMap((row) => row.attention_mask));
  const shape: [number, number] = [rows.length, mask.length / rows.length];
  const places = isPacked ? findTokenPositions(mask) : undefined;
  return {
    inputIds: tf.tensor2d(Int32Array.from(rows.flatMap((row) => row.input_ids)), shape, "int32"),
    attentionMask: tf.tensor2d(mask, shape, "int32"),
    ...(places === undefined ? {} : { tokenPositions: tf.tensor1d(places, "int32") }),
  };
}

const isKeyBias = (name: string): boolean => /(?:self\.key|k_lin)\.bias$/u.test(name);

function distance(actual: Float32Array, expected: Float32Array | undefined): number {
  if (actual.length !== expected?.length) return Number.POSITIVE_INFINITY;
  return norm(actual.map((x, i) => x - (expected[i] ?? 0)));
}

const norm = (numbers: ArrayLike<number>): number => Math.hypot(...Array.from(numbers));

function largestDifference(actual: Float32Array, expected: Float32Array | undefined): number {
  if (actual.length !== expected?.length) return Number.POSITIVE_INFINITY;
  return actual.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected[i] ?? 0))), 0);
}

/** A copy of a tensor's values; the tensor is freed. */
async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<"float32">()).slice();
  tensor.dispose();
  return values;
}
