// The same BERT in plain tfjs operations with tf.train.adam: what a page without the studio's kernels does. No dropout and no
// clipping, which would only add to its counts. Its embedding is a product with one-hot rows: tfjs's own gradient is not deterministic.
import * as tf from "@tensorflow/tfjs-core";
import { AdamOptimizer } from "@tensorflow/tfjs-core";
import type { Contender } from "./ours.ts";
import { adam, idsOf, learningRate, type Size } from "./size.ts";

export function createStock(size: Size): Contender {
  const { layers, width, heads, inner, vocabulary, batch, seq } = size;
  const parameters = new Map<string, tf.Variable>();
  const make = (name: string, shape: number[]) => {
    parameters.set(name, tf.variable(tf.randomNormal(shape, 0, 0.02, "float32", 1)));
  };
  const makeLinear = (name: string, from: number, to: number) => {
    make(`${name}.weight`, [from, to]);
    make(`${name}.bias`, [to]);
  };
  const makeNorm = (name: string) => {
    parameters.set(`${name}.weight`, tf.variable(tf.ones([width])));
    parameters.set(`${name}.bias`, tf.variable(tf.zeros([width])));
  };
  make("words", [vocabulary, width]);
  make("positions", [seq, width]);
  makeNorm("norm");
  for (let layer = 0; layer < layers; layer += 1) {
    for (const name of ["query", "key", "value", "out"]) {
      makeLinear(`${layer}.${name}`, width, width);
    }
    makeLinear(`${layer}.up`, width, inner);
    makeLinear(`${layer}.down`, inner, width);
    makeNorm(`${layer}.norm1`);
    makeNorm(`${layer}.norm2`);
  }
  makeLinear("classifier", width, 2);

  const get = (name: string) => parameters.get(name) as tf.Variable;
  const linear = (name: string, x: tf.Tensor) =>
    tf.add(tf.matMul(x as tf.Tensor2D, get(`${name}.weight`) as tf.Tensor2D), get(`${name}.bias`));
  const norm = (name: string, x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normalised = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-12)));
    return tf.add(tf.mul(normalised, get(`${name}.weight`)), get(`${name}.bias`));
  };
  const gelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const split = (x: tf.Tensor) =>
    tf.transpose(tf.reshape(x, [batch, seq, heads, width / heads]), [0, 2, 1, 3]);
  const layer = (index: number, hidden: tf.Tensor): tf.Tensor => {
    const [q, k, v] = ["query", "key", "value"].map((name) =>
      split(linear(`${index}.${name}`, hidden)),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
    const attended = norm(
      `${index}.norm1`,
      tf.add(hidden, linear(`${index}.out`, tf.reshape(mixed, [batch * seq, width]))),
    );
    const fed = linear(`${index}.down`, gelu(linear(`${index}.up`, attended)));
    return norm(`${index}.norm2`, tf.add(attended, fed));
  };
  const loss = (): tf.Scalar => {
    const ids = tf.tensor1d(idsOf(size), "int32");
    const words = tf.matMul(
      tf.oneHot(ids, vocabulary, 1, 0, "float32") as tf.Tensor2D,
      get("words") as tf.Tensor2D,
    );
    const places = tf.tile(get("positions"), [batch, 1]);
    let hidden: tf.Tensor = norm("norm", tf.add(words, places));
    for (let index = 0; index < layers; index += 1) hidden = layer(index, hidden);
    const first = tf.slice(tf.reshape(hidden, [batch, seq, width]), [0, 0, 0], [batch, 1, width]);
    const logits = linear("classifier", tf.reshape(first, [batch, width]));
    const labels = Int32Array.from({ length: batch }, (_, row) => row % 2);
    const targets = tf.oneHot(tf.tensor1d(labels, "int32"), 2, 1, 0, "float32");
    return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
  };
  const optimizer = new AdamOptimizer(learningRate, adam.beta1, adam.beta2, adam.epsilon);
  const sizes = [...parameters.values()].map((parameter) => parameter.size);
  return {
    tensors: sizes.length,
    parameters: sizes.reduce((sum, own) => sum + own, 0),
    async step() {
      const value = optimizer.minimize(loss, true) as tf.Scalar;
      const [found = Number.NaN] = await value.data();
      value.dispose();
      return found;
    },
    problem: null,
    dispose() {
      optimizer.dispose();
      tf.dispose([...parameters.values()]);
    },
  };
}
