// AdamW with decoupled weight decay, as torch.optim.AdamW computes it (Loshchilov and Hutter, 2019). It owns its moments.
import * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../../lib/errors.ts";
import { readValues, type TensorValues } from "../tensor-values.ts";

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** Names of the Trainer (transformers 5.18) whose parameters get no weight decay: biases and norms. */
const withoutDecay = [/bias/u, /layernorm/u, /rmsnorm/u, /(?:^|\.)norm(?:$|\.)/u, /_norm(?:$|\.)/u];

/** Step count and moments; `expAvg` and `expAvgSq` are kept until `disposeAdamw`. */
export interface AdamwState {
  step: number;
  readonly expAvg: Map<string, tf.Tensor>;
  readonly expAvgSq: Map<string, tf.Tensor>;
}

/** Parameters that are trained, under their names. */
export type Trainable = ReadonlyMap<string, tf.Variable>;

/** True where the Trainer decays the parameter. */
export function isDecayed(name: string): boolean {
  const lowered = name.toLowerCase();
  return !withoutDecay.some((pattern) => pattern.test(lowered));
}

/** Zero moments for every parameter. */
export function initAdamw(parameters: Trainable): AdamwState {
  const zeros = () =>
    new Map([...parameters].map(([name, { shape }]) => [name, tf.keep(tf.zeros(shape))] as const));
  return { step: 0, expAvg: zeros(), expAvgSq: zeros() };
}

/**
 * One update: `p -= lr * wd * p`, then `p -= lr * m̂ / (sqrt(v̂) + eps)`. Gradients are multiplied by `gradientScale`
 * first (clipping) and are left to the caller. Parameters and moments get new values; no tensor is left over.
 */
export function updateAdamw(
  state: AdamwState,
  parameters: Trainable,
  gradients: ReadonlyMap<string, tf.Tensor>,
  options: { learningRate: number; weightDecay: number; gradientScale: number },
): void {
  state.step += 1;
  const correction1 = 1 - beta1 ** state.step;
  const correction2 = 1 - beta2 ** state.step;
  const { learningRate, weightDecay, gradientScale } = options;
  for (const [name, parameter] of parameters) {
    const gradient = gradients.get(name);
    const expAvg = state.expAvg.get(name);
    const expAvgSq = state.expAvgSq.get(name);
    if (gradient === undefined || expAvg === undefined || expAvgSq === undefined) {
      throw new StudioError(
        `The parameter ${name} has no gradient: the loss does not depend on it.`,
      );
    }
    const [p, m, v] = tf.tidy(() => {
      const g = gradientScale === 1 ? gradient : gradient.mul(gradientScale);
      const nextM = expAvg.mul(beta1).add(g.mul(1 - beta1));
      const nextV = expAvgSq.mul(beta2).add(g.square().mul(1 - beta2));
      const denominator = nextV
        .sqrt()
        .mul(1 / Math.sqrt(correction2))
        .add(epsilon);
      const decay = isDecayed(name) ? 1 - learningRate * weightDecay : 1;
      const kept = decay === 1 ? parameter : parameter.mul(decay);
      const nextP = kept.sub(nextM.div(denominator).mul(learningRate / correction1));
      return [nextP, nextM, nextV] as const;
    });
    parameter.assign(p);
    p.dispose();
    replace(state.expAvg, name, m);
    replace(state.expAvgSq, name, v);
  }
}

function replace(moments: Map<string, tf.Tensor>, name: string, next: tf.Tensor): void {
  moments.get(name)?.dispose();
  moments.set(name, tf.keep(next));
}

/** The optimiser's state as plain numbers: what a checkpoint keeps. */
export interface OptimizerValues {
  readonly step: number;
  readonly expAvg: ReadonlyMap<string, TensorValues>;
  readonly expAvgSq: ReadonlyMap<string, TensorValues>;
}

/** Reads the state out. */
export async function exportAdamw(state: AdamwState): Promise<OptimizerValues> {
  return {
    step: state.step,
    expAvg: await readValues(state.expAvg),
    expAvgSq: await readValues(state.expAvgSq),
  };
}

/** The state that `exportAdamw` read, for the same parameters. Throws a StudioError for a parameter it does not know. */
export function importAdamw(parameters: Trainable, values: OptimizerValues): AdamwState {
  const restore = (moments: ReadonlyMap<string, TensorValues>) =>
    new Map(
      [...parameters].map(([name, { shape }]) => {
        const moment = moments.get(name);
        if (moment?.shape.join() !== shape.join()) {
          throw new StudioError(`The optimiser state does not fit ${name} [${shape.join(", ")}].`);
        }
        return [name, tf.keep(tf.tensor(moment.data, shape, "float32"))] as const;
      }),
    );
  return { step: values.step, expAvg: restore(values.expAvg), expAvgSq: restore(values.expAvgSq) };
}

/** Frees the moments. */
export function disposeAdamw(state: AdamwState): void {
  tf.dispose([...state.expAvg.values(), ...state.expAvgSq.values()]);
}
