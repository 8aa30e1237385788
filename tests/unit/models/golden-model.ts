// A golden encoder (tests/golden, made by PyTorch and transformers) and how far ours is from it, for tests on every back end.
// It reads no tensor synchronously: on a GPU that loses the device.
import * as tf from "@tensorflow/tfjs-core";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { runTrained } from "../../../src/models/forward.ts";
import { matchTensors } from "../../../src/models/match-tensors.ts";
import type { TokenInputs } from "../../../src/models/model.ts";
import { findArchitecture } from "../../../src/models/registry.ts";
import { toRows } from "../../../src/models/rows.ts";
import { findTokenPositions } from "../../../src/models/token-positions.ts";
import { crossEntropySum } from "../../../src/ops/cross-entropy/cross-entropy.ts";

export const goldenModels = ["bert", "roberta", "distilbert"] as const;
export const goldenLanguageModels = [
  ...["gpt2", "llama", "smollm", "qwen2", "qwen3", "gemma3"],
  ...["variants/llama-rope-linear", "variants/llama-rope-llama3"],
] as const;
export const goldenDecoderClassifiers = ["llama", "gpt2", "qwen2", "qwen3"].map(
  (name) => `variants/${name}-classifier`,
);
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
    weights: matchTensors(architecture, parsed, file, isClassifier(config.architectures)).tensors,
    forward: await tensors("forward.safetensors"),
    grads: await tensors("grads.safetensors"),
    rows: (await json("rows.json")).train.slice(0, batch) as readonly GoldenRow[],
    expected: await expectedOf(name, json),
  };
}
export type Golden = Awaited<ReturnType<typeof loadGolden>>;

const isClassifier = (architectures: readonly string[]) =>
  architectures.some((each) => each.endsWith("ForSequenceClassification"));

/** Loss and gradient norm of the golden batch. A variant's norm is that of its gradients. */
async function expectedOf(name: string, json: (file: string) => Promise<Record<string, unknown>>) {
  const variant = name.replace(/^variants\//u, "");
  if (variant === name) return (await json("expected.json")) as { loss: number; grad_norm: number };
  const { loss } = (await json("../expected.json"))[variant] as { loss: number };
  return { loss, grad_norm: 1 };
}

export interface GoldenRow {
  readonly input_ids: readonly number[];
  readonly attention_mask: readonly number[];
  readonly labels: number | readonly number[];
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

/** Runs the golden batch forward and backward; `isPacked` leaves the padding out. Not every golden model has hidden states. */
export async function measureGolden(
  golden: Golden,
  isPacked: boolean,
  hasHiddenStates = !isPacked,
): Promise<GoldenErrors> {
  const { architecture, config, rows, expected } = golden;
  const parameters = toVariables(golden);
  const context = { parameters };
  const labels = Int32Array.from(rows, (row) => Number(row.labels));
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
  const gradients = await gradientErrors(golden, parameters, grads);
  const hiddenStates = hasHiddenStates ? await hiddenStateError(golden, context) : 0;
  const [loss] = await read(value);
  tf.dispose([...parameters.values()]);
  return {
    logits: largestDifference(await read(logits), golden.forward.get("logits")?.data),
    hiddenStates,
    loss: Math.abs((loss ?? Number.NaN) - expected.loss),
    ...gradients,
  };
}

/** The golden weights as variables, which the caller frees. */
export function toVariables({ weights }: Golden): Map<string, tf.Variable> {
  return new Map(
    [...weights].map(([name, { shape, data }]) => {
      const initial = tf.tensor(data, [...shape]);
      const variable = tf.variable(initial);
      initial.dispose();
      return [name, variable];
    }),
  );
}

/** How far the gradients are from the reference's; they are freed. */
export async function gradientErrors(
  golden: Golden,
  parameters: ReadonlyMap<string, tf.Variable>,
  grads: tf.NamedTensorMap,
): Promise<Pick<GoldenErrors, "gradient" | "worst" | "keyBias">> {
  const { grad_norm } = golden.expected;
  const errors = new Map<string, number>();
  let keyBias = 0;
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    const actual = gradient === undefined ? new Float32Array() : await read(gradient);
    const wanted = golden.grads.get(name)?.data;
    const [own, reference] = withoutKeyBias(name, actual, wanted);
    if (isKeyBias(name)) keyBias = Math.max(keyBias, distance(own, reference) / grad_norm);
    else
      errors.set(
        name,
        distance(own, reference) / Math.max(norm(reference ?? []), 1e-6 * grad_norm),
      );
  }
  const [worst, gradient] = [...errors].reduce((a, b) =>
    b[1] > a[1] || Number.isNaN(b[1]) ? b : a,
  );
  return { gradient, worst, keyBias };
}

/** GPT-2's biases of queries, keys and values lie in one tensor: its third of keys, whose true gradient is 0, is left out. */
function withoutKeyBias(name: string, actual: Float32Array, wanted: Float32Array | undefined) {
  if (!name.endsWith("c_attn.bias") || wanted === undefined) return [actual, wanted] as const;
  const third = wanted.length / 3;
  const rest = (x: Float32Array) => x.filter((_, i) => i < third || i >= 2 * third);
  return [rest(actual), rest(wanted)] as const;
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

export function inputsOf(rows: readonly GoldenRow[], isPacked: boolean): TokenInputs {
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

export function largestDifference(
  actual: Float32Array,
  expected: Float32Array | undefined,
): number {
  if (actual.length !== expected?.length) return Number.POSITIVE_INFINITY;
  return actual.reduce((most, x, i) => Math.max(most, Math.abs(x - (expected[i] ?? 0))), 0);
}

/** A copy of a tensor's values; the tensor is freed. */
export async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<"float32">()).slice();
  tensor.dispose();
  return values;
}
