// A small Universal Sentence Encoder with a head, its loss and its gradients, for tests on every back end.
// It reads no tensor synchronously: on a GPU that loses the device.
import * as tf from "@tensorflow/tfjs-core";
import { listParameters, runFrozen, runTrained } from "../../../src/models/forward.ts";
import { toRows } from "../../../src/models/rows.ts";
import { findTokenPositions } from "../../../src/models/token-positions.ts";
import {
  type UniversalSentenceEncoderConfig,
  universalSentenceEncoder,
} from "../../../src/models/universal-sentence-encoder.ts";

export type Values = ReadonlyMap<string, Float32Array>;

/** Small, but with all that the real one has: a projected residual, two widths, several heads. */
const config: UniversalSentenceEncoderConfig = {
  model_type: "universal-sentence-encoder",
  vocab_size: 11,
  embedding_size: 8,
  layers: [
    { input_size: 8, hidden_size: 12, intermediate_size: 20, num_attention_heads: 2 },
    { input_size: 12, hidden_size: 12, intermediate_size: 20, num_attention_heads: 3 },
  ],
  pooled_size: 6,
  max_position_embeddings: 16,
  min_timescale: 1,
  max_timescale: 10_000,
  layer_norm_eps: 1e-6,
  normalize_eps: 1e-12,
  initializer_range: 0.3,
};

/** Every parameter of encoder and head. */
export const specs = listParameters(universalSentenceEncoder.parameters(config, 3));

// The id 7 stands twice in one text and again in another: its gradients must add up.
const batch = [
  [7, 2, 7, 4, 1],
  [9, 7],
  [0, 10, 5],
];
const labels = [2, 0, 1];

const longest = Math.max(...batch.map((ids) => ids.length));
/** The batch and the model as PyTorch code takes them. */
export const pythonCase = {
  config: { ...config, num_labels: 3 },
  input_ids: batch.map((ids) => [...ids, ...new Array(longest - ids.length).fill(0)]),
  attention_mask: batch.map((ids) =>
    Array.from({ length: longest }, (_, i) => Number(i < ids.length)),
  ),
};

/** Weights that are the same on every run, large enough that no gradient drowns in rounding. */
export function drawValues(): Map<string, Float32Array> {
  let state = 1;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647 - 0.5) * 0.9;
  };
  return new Map(
    specs.map(({ name, shape, initializer }) => {
      const centre = initializer.type === "ones" ? 1 : 0;
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      return [name, Float32Array.from({ length: size }, () => centre + next())];
    }),
  );
}

/** Logits of the batch; `packed` computes its tokens without the padding. */
export function computeLogits(values: Values, packed: boolean): Promise<Float32Array> {
  return read(tf.tidy(() => forward(toTensors(values), packed)));
}

/** Mean cross-entropy of the batch. */
export async function computeLoss(values: Values): Promise<number> {
  const [loss] = await read(tf.tidy(() => crossEntropy(forward(toTensors(values), false))));
  return loss ?? Number.NaN;
}

/** The loss's gradient by every parameter that it depends on. */
export async function computeGradients(values: Values, packed: boolean): Promise<Values> {
  const tensors = toTensors(values);
  const variables = new Map([...tensors].map(([name, tensor]) => [name, tf.variable(tensor)]));
  const { value, grads } = tf.variableGrads(
    () => crossEntropy(forward(variables, packed)),
    [...variables.values()],
  );
  value.dispose();
  const result = new Map<string, Float32Array>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient !== undefined) result.set(name, await read(gradient));
  }
  tf.dispose([...variables.values(), ...tensors.values()]);
  return result;
}

function forward(parameters: ReadonlyMap<string, tf.Tensor>, packed: boolean): tf.Tensor2D {
  const model = { architecture: universalSentenceEncoder, config, context: { parameters } };
  const rows = toRows(makeInputs(packed));
  return runTrained(model, () => rows, "base", runFrozen(model, rows, "base"));
}

function makeInputs(packed: boolean) {
  const seq = 6; // one longer than the longest text
  const inputIds = new Int32Array(batch.length * seq).fill(3);
  const mask = new Int32Array(batch.length * seq);
  batch.forEach((ids, row) => {
    inputIds.set(ids, row * seq);
    mask.fill(1, row * seq, row * seq + ids.length);
  });
  const positions = packed ? findTokenPositions(mask) : undefined;
  return {
    inputIds: tf.tensor2d(inputIds, [batch.length, seq], "int32"),
    attentionMask: tf.tensor2d(mask, [batch.length, seq], "int32"),
    ...(positions === undefined ? {} : { tokenPositions: tf.tensor1d(positions, "int32") }),
  };
}

function crossEntropy(logits: tf.Tensor2D): tf.Scalar {
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), 3);
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

function toTensors(values: Values): Map<string, tf.Tensor> {
  return new Map(
    specs.map(({ name, shape }) => [
      name,
      tf.tensor(values.get(name) ?? new Float32Array(), [...shape]),
    ]),
  );
}

/** A copy of a tensor's values; the tensor is freed. */
async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data<"float32">()).slice();
  tensor.dispose();
  return values;
}
