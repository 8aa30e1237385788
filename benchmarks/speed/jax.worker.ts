// jax-js on its wasm back end: one jitted step. Its arrays are used up by what they are given to; `.ref` keeps one.
import {
  defaultDevice,
  init,
  type Array as JaxArray,
  jit,
  nn,
  numpy as np,
  valueAndGrad,
} from "@jax-js/jax";
import {
  beta1,
  beta2,
  epsilon,
  type GptSize,
  gptBatch,
  gptShapes,
  gptValues,
  layerNormEpsilon,
  learningRate,
  weightDecay,
} from "./gpt-size.ts";
import { type Prepared, serveContender } from "./messages.ts";

type Tree = Record<string, JaxArray>;

serveContender(async (task) => {
  await init("wasm");
  defaultDevice("wasm");
  const description = `wasm, ${crossOriginIsolated ? navigator.hardwareConcurrency : 1} threads`;
  if (task.type === "gpt") return { description, ...prepareGpt(task.size) };
  throw new Error(`jax-js does not run ${task.type} here.`);
});

function prepareGpt(size: GptSize): Omit<Prepared, "description"> {
  const shapes = gptShapes(size);
  const names = [...shapes.keys()];
  const values = gptValues(size);
  const tree = (make: (name: string) => JaxArray): Tree =>
    Object.fromEntries(names.map((name) => [name, make(name)]));
  let parameters = tree((name) =>
    np.array(values.get(name) as Float32Array<ArrayBuffer>, {
      shape: shapes.get(name) as number[],
    }),
  );
  let expAvg = tree((name) => np.zeros(shapes.get(name) as number[]));
  let expAvgSq = tree((name) => np.zeros(shapes.get(name) as number[]));
  const { ids, targets } = gptBatch(size);
  const idArray = np.array(ids);
  const targetArray = np.array(targets);

  const loss = (weights: Tree, inputIds: JaxArray, labels: JaxArray): JaxArray =>
    gptLoss(weights, inputIds, labels, size);
  const update = jit(
    (
      weights: Tree,
      mean: Tree,
      square: Tree,
      scale: JaxArray,
      inputIds: JaxArray,
      labels: JaxArray,
    ) => {
      const [value, gradients] = valueAndGrad(loss)(
        Object.fromEntries(names.map((name) => [name, weights[name]?.ref as JaxArray])),
        inputIds,
        labels,
      ) as unknown as [JaxArray, Tree];
      const next: [Tree, Tree, Tree] = [{}, {}, {}];
      for (const name of names) {
        const g = gradients[name] as JaxArray;
        const m = (mean[name] as JaxArray).mul(beta1).add(g.ref.mul(1 - beta1));
        const v = (square[name] as JaxArray).mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
        const denominator = np.sqrt(v.ref).add(epsilon);
        const kept = (weights[name] as JaxArray).mul(1 - learningRate * weightDecay);
        next[0][name] = kept.sub(m.ref.div(denominator).mul(scale.ref));
        next[1][name] = m;
        next[2][name] = v;
      }
      scale.dispose();
      return { value, weights: next[0], mean: next[1], square: next[2] };
    },
  );
  let step = 0;
  return {
    async step() {
      step += 1;
      const scale = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      const result = update(
        parameters,
        expAvg,
        expAvgSq,
        np.array([scale]),
        idArray.ref,
        targetArray.ref,
      ) as { value: JaxArray; weights: Tree; mean: Tree; square: Tree };
      ({ weights: parameters, mean: expAvg, square: expAvgSq } = result);
      await Promise.all(
        [parameters, expAvg, expAvgSq].flatMap((each) =>
          Object.values(each).map((array) => array.blockUntilReady()),
        ),
      );
      const [number = Number.NaN] = await result.value.data();
      return number;
    },
  };
}

function gptLoss(weights: Tree, ids: JaxArray, labels: JaxArray, size: GptSize): JaxArray {
  const { batch, seq, width, heads, layers, vocabulary } = size;
  const get = (name: string) => (weights[name] as JaxArray).ref;
  const norm = (name: string, x: JaxArray) =>
    nn
      .standardize(x, -1, { epsilon: layerNormEpsilon })
      .mul(get(`${name}.weight`))
      .add(get(`${name}.bias`));
  const project = (name: string, x: JaxArray) =>
    np.matmul(x, np.transpose(get(`${name}.weight`))).add(get(`${name}.bias`));
  // A product with one-hot rows: jax-js has no gradient that scatters.
  let x = np.matmul(nn.oneHot(ids, vocabulary), get("wte.weight"));
  x = np.reshape(np.reshape(x, [batch, seq, width]).add(get("wpe.weight")), [batch * seq, width]);
  for (let layer = 0; layer < layers; layer++) {
    const name = `h.${layer}`;
    const qkv = project(`${name}.attn.c_attn`, norm(`${name}.ln_1`, x.ref));
    const [q, k, v] = np
      .split(qkv, 3, 1)
      .map((part) => np.reshape(part, [batch, seq, heads, width / heads])) as [
      JaxArray,
      JaxArray,
      JaxArray,
    ];
    const mixed = nn.dotProductAttention(q, k, v, { isCausal: true });
    x = x.add(project(`${name}.attn.c_proj`, np.reshape(mixed, [batch * seq, width])));
    const inner = nn.gelu(project(`${name}.mlp.c_fc`, norm(`${name}.ln_2`, x.ref)));
    x = x.add(project(`${name}.mlp.c_proj`, inner));
  }
  const logits = np.matmul(norm("ln_f", x), np.transpose(get("wte.weight")));
  const picked = nn.logSoftmax(logits, -1).mul(nn.oneHot(labels, vocabulary));
  return np.sum(picked).mul(-1 / (batch * seq));
}
