// The same fine-tuning as the studio did it before it had CPU kernels: composites of tfjs ops, transposed products taken apart,
// AdamW as fourteen kernels a tensor. Kept for the comparison only, and frozen: it is the code of that day in one file.
import * as tf from "@tensorflow/tfjs-core";
import type { TokenBatch } from "../../src/data/collate.ts";
import { findTokenPositions } from "../../src/models/token-positions.ts";
import type { UniversalSentenceEncoderConfig } from "../../src/models/universal-sentence-encoder.ts";
import { createClassifier } from "../../src/trainer/classifier.ts";
import type { Prepared } from "./messages.ts";
import type { UseLite } from "./use-lite.ts";

type Weights = ReadonlyMap<string, tf.Variable>;

/** Steps of the studio as it was. */
export function stepsBefore({ base, batches }: UseLite): Omit<Prepared, "description"> {
  turnTransposedProducts();
  const config = base.parsedConfig as UniversalSentenceEncoderConfig;
  const { parameters } = createClassifier({
    architecture: base.architecture,
    config: base.parsedConfig,
    labels: ["negative", "positive"],
    weights: base.weights,
    seed: 42,
  });
  const moments = new Map(
    [...parameters].map(([name, { shape }]) => [
      name,
      [tf.keep(tf.zeros(shape)), tf.keep(tf.zeros(shape))] as [tf.Tensor, tf.Tensor],
    ]),
  );
  let next = 0;
  return {
    async step() {
      const batch = batches[next % batches.length] as TokenBatch;
      next += 1;
      const { value, grads } = tf.variableGrads(
        () =>
          tf.tidy(
            () =>
              crossEntropySum(
                linear(parameters, "classifier", encode(parameters, config, batch)),
                batch.labels,
              ).div(batch.labels.length) as tf.Scalar,
          ),
        [...parameters.values()],
      );
      const norm = tf.tidy(() =>
        tf.sqrt(tf.sum(tf.stack(Object.values(grads).map((gradient) => gradient.square().sum())))),
      );
      const [loss = Number.NaN] = await value.data();
      const [gradNorm = Number.NaN] = await norm.data();
      const scale = Math.min(1, 1 / (gradNorm + 1e-6));
      for (const [name, parameter] of parameters) {
        const gradient = grads[parameter.name] as tf.Tensor;
        updateAdamw(parameter, gradient, moments.get(name) as [tf.Tensor, tf.Tensor], next, scale);
      }
      tf.dispose([value, norm, ...Object.values(grads)]);
      return loss;
    },
  };
}

function updateAdamw(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  moments: [tf.Tensor, tf.Tensor],
  step: number,
  scale: number,
): void {
  const next = tf.tidy(() => {
    const g = scale === 1 ? gradient : gradient.mul(scale);
    const m = moments[0].mul(0.9).add(g.mul(0.1));
    const v = moments[1].mul(0.999).add(g.square().mul(0.001));
    const denominator = v
      .sqrt()
      .mul(1 / Math.sqrt(1 - 0.999 ** step))
      .add(1e-8);
    const kept = parameter.mul(1 - 1e-4 * 0.01);
    return [kept.sub(m.div(denominator).mul(1e-4 / (1 - 0.9 ** step))), m, v] as const;
  });
  parameter.assign(next[0]);
  tf.dispose([next[0], ...moments]);
  moments[0] = tf.keep(next[1]);
  moments[1] = tf.keep(next[2]);
}

function encode(weights: Weights, config: UniversalSentenceEncoderConfig, batch: TokenBatch) {
  const { batchSize, length } = batch;
  const inputIds = tf.tensor1d(batch.inputIds, "int32");
  const attentionMask = tf.tensor2d(batch.attentionMask, [batchSize, length], "int32");
  const found = findTokenPositions(batch.attentionMask) ?? new Int32Array();
  const places = tf.tensor1d(found, "int32");
  const texts = tf.cast(tf.floor(tf.div(tf.add(places, 0.5), length)), "int32") as tf.Tensor1D;
  const isOfText = tf.cast(tf.oneHot(texts, batchSize), "float32") as tf.Tensor2D;
  const sameText = tf.matMul(isOfText, tf.transpose(isOfText)) as tf.Tensor2D;
  const positions = tf.sub(places, tf.mul(texts, tf.scalar(length, "int32"))) as tf.Tensor1D;
  const table = weights.get("embeddings.word_embeddings.weight") as unknown as tf.Tensor2D;
  const words = embedding(table, tf.gather(inputIds, places));
  const signal = tf.gather(positionSignal(length, config), positions);
  let hidden: tf.Tensor2D = tf.add(words, tf.add(words, signal));
  config.layers.forEach((layer, i) => {
    const name = `encoder.layer.${i}`;
    const norm = (part: string) =>
      layerNorm(
        hidden,
        weights.get(`${name}.${part}.weight`) as unknown as tf.Tensor1D,
        weights.get(`${name}.${part}.bias`) as unknown as tf.Tensor1D,
        config.layer_norm_eps,
      );
    const qkv = linear(weights, `${name}.attention.qkv`, norm("attention.layer_norm"));
    const mixed = packedAttention(qkv, sameText, layer.num_attention_heads);
    const residual =
      layer.input_size === layer.hidden_size ? hidden : linear(weights, `${name}.residual`, hidden);
    hidden = tf.add(linear(weights, `${name}.attention.output`, mixed), residual);
    const inner = tf.relu(
      linear(weights, `${name}.feed_forward.intermediate`, norm("feed_forward.layer_norm")),
    );
    hidden = tf.add(linear(weights, `${name}.feed_forward.output`, inner), hidden);
  });
  const counts = tf.maximum(tf.sum(tf.cast(attentionMask, "float32"), 1, true), 1);
  const mean = tf.div(tf.matMul(tf.transpose(isOfText), hidden), counts) as tf.Tensor2D;
  const pooled = tf.tanh(linear(weights, "pooler.dense", mean));
  const squaredLength = tf.sum(tf.square(pooled), 1, true);
  return tf.mul(pooled, tf.rsqrt(tf.maximum(squaredLength, config.normalize_eps))) as tf.Tensor2D;
}

function positionSignal(seq: number, config: UniversalSentenceEncoderConfig): tf.Tensor2D {
  const { embedding_size: width, min_timescale: shortest, max_timescale: longest } = config;
  const waves = width / 2;
  const step = Math.log(longest / shortest) / Math.max(1, waves - 1);
  const signal = new Float32Array(seq * width);
  for (let position = 0; position < seq; position++) {
    for (let wave = 0; wave < waves; wave++) {
      const angle = position * Math.fround(Math.exp(-wave * step) / shortest);
      signal[position * width + wave] = Math.sin(Math.fround(angle));
      signal[position * width + waves + wave] = Math.cos(Math.fround(angle));
    }
  }
  return tf.tensor2d(signal, [seq, width]);
}

function packedAttention(qkv: tf.Tensor2D, sameText: tf.Tensor2D, heads: number): tf.Tensor2D {
  const bias = tf.mul(tf.sub(1, sameText), -1e9);
  const parts = tf.split(tf.transpose(qkv), 3 * heads, 0) as tf.Tensor2D[];
  const partOf = (kind: number, head: number) => parts[kind * heads + head] as tf.Tensor2D;
  const mixed = Array.from({ length: heads }, (_, head) => {
    const q = partOf(0, head);
    const scaled = tf.transpose(tf.mul(q, 1 / Math.sqrt(q.shape[0])));
    const scores = tf.matMul(scaled, partOf(1, head));
    const weights: tf.Tensor2D = tf.softmax(tf.add(scores, bias));
    return tf.transpose(tf.matMul(weights, tf.transpose(partOf(2, head)))) as tf.Tensor2D;
  });
  return tf.transpose(tf.concat(mixed, 0));
}

type CustomOp = (...inputs: tf.Tensor[]) => tf.Tensor2D;

function crossEntropySum(logits: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const loss = tf.customGrad((x, save) => {
    const inputs = x as tf.Tensor2D;
    const target = tf.oneHot(tf.tensor1d(labels, "int32"), inputs.shape[1]).toFloat();
    const logProbabilities = tf.logSoftmax(inputs);
    (save as tf.GradSaveFunc)([logProbabilities, target]);
    return {
      value: logProbabilities.mul(target).sum().neg(),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        (saved[0] as tf.Tensor)
          .exp()
          .sub(saved[1] as tf.Tensor)
          .mul(dy),
    };
  });
  return loss(logits) as tf.Scalar;
}

function embedding(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const [rows] = ids.shape;
  const lookUp: CustomOp = tf.customGrad((...args) => {
    const [rowsOf, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    return {
      value: tf.gather(rowsOf, ids),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) =>
        tf.scatterND(tf.reshape(saved[0] as tf.Tensor1D, [rows, 1]), dy, table.shape),
    };
  });
  return lookUp(table);
}

function linear(weights: Weights, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const weight = weights.get(`${name}.weight`) as unknown as tf.Tensor2D;
  const bias = weights.get(`${name}.bias`) as unknown as tf.Tensor1D;
  return addBias(product(x, weight), bias);
}

const product: CustomOp = tf.customGrad((...args) => {
  const [x, weight, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
  save([x, weight]);
  return {
    value: tf.transpose(tf.matMul(weight, tf.transpose(x))),
    gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy, weight), tf.matMul(tf.transpose(dy), x)];
    },
  };
});

const addBias: CustomOp = tf.customGrad((...args) => {
  const [x, bias] = args as unknown as [tf.Tensor2D, tf.Tensor1D];
  return {
    value: tf.add(x, bias),
    gradFunc: (dy: tf.Tensor2D) => [dy, sumRows(dy)],
  };
});

function sumRows(x: tf.Tensor2D): tf.Tensor1D {
  const [rows, columns] = x.shape;
  return tf.reshape(tf.matMul(tf.fill([1, rows], 1), x), [columns]);
}

function layerNorm(x: tf.Tensor2D, weight: tf.Tensor1D, bias: tf.Tensor1D, epsilon: number) {
  const normalise: CustomOp = tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as unknown as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
    const normalised = tf.mul(centred, inverseDeviation);
    save([normalised, inverseDeviation, weight]);
    return {
      value: tf.add(tf.mul(normalised, weight), bias) as tf.Tensor2D,
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [normal, inverse, scale] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const dNormal = tf.mul(dy, scale);
        const along = tf.mean(tf.mul(dNormal, normal), -1, true);
        const offMean = tf.sub(dNormal, tf.mean(dNormal, -1, true));
        const dx = tf.mul(tf.sub(offMean, tf.mul(normal, along)), inverse);
        return [dx, sumRows(tf.mul(dy, normal)), sumRows(dy)];
      },
    };
  });
  return normalise(x, weight, bias);
}

/** The repair of that day: two-dimensional operands are transposed before the stock kernel, not inside it. */
function turnTransposedProducts(): void {
  const stock = tf.getKernel("BatchMatMul", "wasm") as tf.KernelConfig;
  const transpose = tf.getKernel("Transpose", "wasm") as tf.KernelConfig;
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...stock,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { transposeA, transposeB } = attrs as unknown as Record<string, boolean>;
      const temporary: tf.TensorInfo[] = [];
      const turned = (x: tf.TensorInfo, wanted: boolean | undefined): tf.TensorInfo => {
        if (!wanted) return x;
        const perm = x.shape.map((_, axis) => axis);
        [perm[perm.length - 2], perm[perm.length - 1]] = [perm.length - 1, perm.length - 2];
        const turnedX = transpose.kernelFunc({ inputs: { x }, backend, attrs: { perm } });
        temporary.push(turnedX as tf.TensorInfo);
        return turnedX as tf.TensorInfo;
      };
      const operands = {
        a: turned(inputs.a as tf.TensorInfo, transposeA),
        b: turned(inputs.b as tf.TensorInfo, transposeB),
      };
      const plain = { transposeA: false, transposeB: false };
      const result = stock.kernelFunc({ inputs: operands, backend, attrs: plain });
      for (const { dataId } of temporary) tf.engine().backend.disposeData(dataId);
      return result;
    },
  });
}
