// tfjs-wasm as it comes, with only what keeps it from training at all repaired: the gradient of gather, which has no kernel
// (tfjs#8082). One thread: its threaded build cannot start under the studio's content security policy.
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import { repairGatherGradient } from "../../src/engine/repairs/gather-gradient.ts";
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
} from "./gpt-size.ts";
import { type Prepared, serveContender } from "./messages.ts";
import { loadUseLite } from "./use-lite.ts";
import { stepsBefore } from "./use-lite-before.ts";

serveContender(async (task) => {
  const file = new URL(simd, self.location.href).href;
  setWasmPaths({
    "tfjs-backend-wasm.wasm": file,
    "tfjs-backend-wasm-simd.wasm": file,
    "tfjs-backend-wasm-threaded-simd.wasm": file,
  });
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
  if (tf.getBackend() !== "wasm") throw new Error(`tfjs runs on ${tf.getBackend()}.`);
  repairGatherGradient();
  const description = "SIMD, one thread";
  if (task.type === "gpt") return { description, ...prepareGpt(task.size) };
  if (task.type === "useLite") return { description, ...stepsBefore(await loadUseLite()) };
  throw new Error(`tfjs does not run ${task.type} here.`);
});

function prepareGpt(size: GptSize): Omit<Prepared, "description"> {
  const { batch, seq, width, heads, layers, vocabulary } = size;
  const shapes = gptShapes(size);
  const parameters = new Map(
    [...gptValues(size)].map(
      ([name, values]) => [name, tf.variable(tf.tensor(values, shapes.get(name)))] as const,
    ),
  );
  const { ids, targets } = gptBatch(size);
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const mask = tf.tensor2d(
    Float32Array.from({ length: seq * seq }, (_, i) => (i % seq <= i / seq ? 0 : -1e9)),
    [seq, seq],
  );
  const get = (name: string) => parameters.get(name) as tf.Variable;
  const norm = (name: string, x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normalised = x.sub(mean).mul(variance.add(layerNormEpsilon).rsqrt());
    return normalised.mul(get(`${name}.weight`)).add(get(`${name}.bias`));
  };
  const project = (name: string, x: tf.Tensor) =>
    tf.matMul(x, get(`${name}.weight`), false, true).add(get(`${name}.bias`));
  const gelu = (x: tf.Tensor) => {
    const inner = x
      .mul(x)
      .mul(x)
      .mul(0.044715)
      .add(x)
      .mul(Math.sqrt(2 / Math.PI));
    return x.mul(0.5).mul(inner.tanh().add(1));
  };
  const loss = (): tf.Scalar => {
    let x: tf.Tensor = tf.gather(get("wte.weight"), tf.tensor1d(ids, "int32"));
    x = x
      .reshape([batch, seq, width])
      .add(get("wpe.weight"))
      .reshape([batch * seq, width]);
    for (let layer = 0; layer < layers; layer++) {
      const name = `h.${layer}`;
      const qkv = project(`${name}.attn.c_attn`, norm(`${name}.ln_1`, x));
      const [q, k, v] = tf
        .split(qkv, 3, 1)
        .map((part) => part.reshape([batch, seq, heads, width / heads]).transpose([0, 2, 1, 3]));
      const scores = tf.matMul(q as tf.Tensor, k as tf.Tensor, false, true);
      const weights = tf.softmax(scores.mul(1 / Math.sqrt(width / heads)).add(mask));
      const mixed = tf.matMul(weights, v as tf.Tensor).transpose([0, 2, 1, 3]);
      x = x.add(project(`${name}.attn.c_proj`, mixed.reshape([batch * seq, width])));
      x = x.add(
        project(`${name}.mlp.c_proj`, gelu(project(`${name}.mlp.c_fc`, norm(`${name}.ln_2`, x)))),
      );
    }
    const logits = tf.matMul(norm("ln_f", x), get("wte.weight"), false, true);
    const hot = tf.oneHot(tf.tensor1d(targets, "int32"), vocabulary).toFloat();
    return hot.mul(tf.logSoftmax(logits)).sum(-1).mean().neg() as tf.Scalar;
  };
  return {
    async step() {
      const value = optimizer.minimize(loss, true, [...parameters.values()]) as tf.Scalar;
      const [number = Number.NaN] = await value.data();
      value.dispose();
      return number;
    },
    dispose() {
      optimizer.dispose();
      tf.dispose([mask, ...parameters.values()]);
    },
  };
}
