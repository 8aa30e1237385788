// The BERT of stock.ts in jax-js on its WebGPU back end: one jitted step of forward, backward and Adam. As there no dropout, no clipping
// and a product with one-hot rows for the embedding: jax-js has no gradient that scatters. Its arrays are used up by what they are
// given to; `.ref` keeps one.
import {
  defaultDevice,
  init,
  type Array as JaxArray,
  jit,
  nn,
  numpy as np,
  valueAndGrad,
} from "@jax-js/jax";
import type { Contender } from "../../src/trainer/device-benchmark/ours.ts";
import { adam, idsOf, learningRate, type Size } from "../../src/trainer/device-benchmark/size.ts";

type Tree = Record<string, JaxArray>;

/** @throws where jax-js finds no WebGPU. */
export async function createJax(size: Size): Promise<Contender> {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js finds no WebGPU.");
  defaultDevice("webgpu");
  const shapes = shapesOf(size);
  const names = [...shapes.keys()];
  const tree = (make: (name: string, shape: number[]) => JaxArray): Tree =>
    Object.fromEntries([...shapes].map(([name, shape]) => [name, make(name, shape)]));
  let state = {
    weights: tree((name, shape) => initial(name, shape)),
    mean: tree((_, shape) => np.zeros(shape)),
    square: tree((_, shape) => np.zeros(shape)),
  };
  const ids = np.array(Int32Array.from(idsOf(size)));
  const update = jit(
    (weights: Tree, mean: Tree, square: Tree, scale: JaxArray, inputIds: JaxArray) => {
      const kept = Object.fromEntries(
        names.map((name) => [name, (weights[name] as JaxArray).ref] as const),
      );
      const lossOf = (own: Tree, rows: JaxArray) => bertLoss(own, rows, size);
      const [value, gradients] = valueAndGrad(lossOf)(kept, inputIds) as unknown as [
        JaxArray,
        Tree,
      ];
      const next: [Tree, Tree, Tree] = [{}, {}, {}];
      for (const name of names) {
        const g = gradients[name] as JaxArray;
        const m = (mean[name] as JaxArray).mul(adam.beta1).add(g.ref.mul(1 - adam.beta1));
        const v = (square[name] as JaxArray).mul(adam.beta2).add(g.ref.mul(g).mul(1 - adam.beta2));
        const change = m.ref.div(np.sqrt(v.ref).add(adam.epsilon)).mul(scale.ref);
        next[0][name] = (weights[name] as JaxArray).sub(change);
        next[1][name] = m;
        next[2][name] = v;
      }
      scale.dispose();
      return { value, weights: next[0], mean: next[1], square: next[2] };
    },
  );
  let step = 0;
  const sizes = [...shapes.values()].map((shape) => shape.reduce((a, b) => a * b, 1));
  return {
    tensors: names.length,
    parameters: sizes.reduce((a, b) => a + b, 0),
    async step() {
      step += 1;
      const scale = (learningRate * Math.sqrt(1 - adam.beta2 ** step)) / (1 - adam.beta1 ** step);
      const { weights, mean, square } = state;
      const { value, ...next } = update(weights, mean, square, np.array([scale]), ids.ref) as {
        value: JaxArray;
      } & typeof state;
      state = next;
      const arrays = Object.values(state).flatMap((each) => Object.values(each));
      await Promise.all(arrays.map((array) => array.blockUntilReady()));
      const [found = Number.NaN] = await value.data();
      return found;
    },
    problem: null,
    dispose() {
      for (const array of Object.values(state).flatMap((each) => Object.values(each))) {
        array.dispose();
      }
      ids.dispose();
      update.dispose();
    },
  };
}

/** The parameters of stock.ts. */
function shapesOf({ layers, width, inner, vocabulary, seq }: Size): Map<string, number[]> {
  const linear = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [from, to]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const ofLayer = (layer: number) => [
    ...["query", "key", "value", "out"].flatMap((name) => linear(`${layer}.${name}`, width, width)),
    ...linear(`${layer}.up`, width, inner),
    ...linear(`${layer}.down`, inner, width),
    ...[...norm(`${layer}.norm1`), ...norm(`${layer}.norm2`)],
  ];
  return new Map([
    ["words", [vocabulary, width]],
    ["positions", [seq, width]],
    ...norm("norm"),
    ...Array.from({ length: layers }, (_, layer) => ofLayer(layer)).flat(),
    ...linear("classifier", width, 2),
  ]);
}

function initial(name: string, shape: number[]): JaxArray {
  if (shape.length === 1)
    return name.includes("norm") && name.endsWith("weight") ? np.ones(shape) : np.zeros(shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => 0.04 * (((i * 48_271) % 65_537) / 65_537 - 0.5),
  );
  return np.array(values, { shape });
}

function bertLoss(weights: Tree, ids: JaxArray, size: Size): JaxArray {
  const { layers, width, heads, vocabulary, batch, seq } = size;
  const get = (name: string) => (weights[name] as JaxArray).ref;
  const linear = (name: string, x: JaxArray) =>
    np.matmul(x, get(`${name}.weight`)).add(get(`${name}.bias`));
  const norm = (name: string, x: JaxArray) =>
    nn
      .standardize(x, -1, { epsilon: 1e-12 })
      .mul(get(`${name}.weight`))
      .add(get(`${name}.bias`));
  const words = np.matmul(nn.oneHot(ids, vocabulary), get("words"));
  const placed = np.reshape(words, [batch, seq, width]).add(get("positions"));
  let hidden = norm("norm", np.reshape(placed, [batch * seq, width]));
  for (let layer = 0; layer < layers; layer += 1) {
    const [q, k, v] = ["query", "key", "value"].map((name) =>
      np.reshape(linear(`${layer}.${name}`, hidden.ref), [batch, seq, heads, width / heads]),
    ) as [JaxArray, JaxArray, JaxArray];
    const mixed = np.reshape(nn.dotProductAttention(q, k, v), [batch * seq, width]);
    const attended = norm(`${layer}.norm1`, hidden.add(linear(`${layer}.out`, mixed)));
    const inner = nn.gelu(linear(`${layer}.up`, attended.ref), { approximate: false });
    hidden = norm(`${layer}.norm2`, attended.add(linear(`${layer}.down`, inner)));
  }
  const rows = np.split(np.reshape(hidden, [batch, seq * width]), [width], 1);
  const [first, rest] = rows as [JaxArray, JaxArray];
  rest.dispose();
  const logits = linear("classifier", first);
  const labels = np.array(Int32Array.from({ length: batch }, (_, row) => row % 2));
  return np.sum(nn.logSoftmax(logits, -1).mul(nn.oneHot(labels, 2))).mul(-1 / batch);
}
