// The seam of all optimisers: one rule a parameter, the same state and the same files for every rule.
// A rule is a pure pair: which tensors it keeps for a parameter, and how one update changes them. It owns nothing.
import * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../../lib/errors.ts";
import type { AdamwOptions } from "../../ops/adamw/adamw.ts";
import { readValues, type TensorValues } from "../tensor-values.ts";

/** Parameters that are trained, under their names, in the model's order. */
export type Trainable = ReadonlyMap<string, tf.Variable>;

/** A tensor that a rule keeps for a parameter: its shape and the value it starts with. */
interface Slot {
  readonly shape: readonly number[];
  readonly fill: number;
}

/** What a rule keeps for one parameter, under PyTorch's names such as `exp_avg`. */
type ParameterState = Readonly<Record<string, tf.Variable>>;

/** One parameter's update. */
export interface ParameterUpdate {
  readonly parameter: tf.Variable;
  /** As the loss gave it; it belongs to the caller. */
  readonly gradient: tf.Tensor;
  /** Clipping: the gradient counts times this. */
  readonly gradientScale: number;
  readonly state: ParameterState;
  /** Number of this update, from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** 0 for a parameter of the group without decay. */
  readonly weightDecay: number;
}

/** An optimiser with its hyper-parameters. */
export interface OptimizerRule {
  /** What it keeps for a parameter of this shape. */
  slots(shape: readonly number[]): Readonly<Record<string, Slot>>;
  /** The numbers of AdamW, where the rule is AdamW: on a GPU it updates all parameters in place. */
  readonly inPlace?: AdamwOptions;
  /** Gives the parameter and its state their next values. It is called inside `tf.tidy`. */
  update(update: ParameterUpdate): void;
}

/** The tensor that a rule keeps under this name. */
export function slotOf({ state }: ParameterUpdate, name: string): tf.Variable {
  const slot = state[name];
  if (slot === undefined) throw new Error(`The optimiser keeps no ${name}.`);
  return slot;
}

/** The gradient after clipping, with the decay of a rule that is not decoupled: `g * scale + wd * p`. */
export function effectiveGradient(update: ParameterUpdate, coupledDecay: boolean): tf.Tensor {
  const { parameter, gradient, gradientScale, weightDecay } = update;
  const clipped = gradientScale === 1 ? gradient : gradient.mul(gradientScale);
  return coupledDecay && weightDecay !== 0 ? clipped.add(parameter.mul(weightDecay)) : clipped;
}

/** The whole state. Its variables live until `disposeOptimizer`. */
export interface OptimizerState {
  /** Updates done. */
  step: number;
  readonly parameters: ReadonlyMap<string, ParameterState>;
}

/** What one update needs besides gradients. */
export interface OptimizerStep {
  readonly learningRate: number;
  /** Of the group with decay. */
  readonly weightDecay: number;
  readonly gradientScale: number;
}

/**
 * Names of the Trainer (transformers 5.18) whose parameters get no weight decay: biases and norms. GPT-2's norms it knows by their
 * class.
 */
const withoutDecay = [
  ...[/bias/u, /layernorm/u, /rmsnorm/u, /(?:^|\.)norm(?:$|\.)/u, /_norm(?:$|\.)/u],
  /(?:^|\.)ln_(?:\d+|f)(?:$|\.)/u,
];

/** True where the Trainer decays the parameter: its first parameter group. */
export function isDecayed(name: string): boolean {
  const lowered = name.toLowerCase();
  return !withoutDecay.some((pattern) => pattern.test(lowered));
}

/** The state before the first update. */
export function initOptimizer(rule: OptimizerRule, parameters: Trainable): OptimizerState {
  return {
    step: 0,
    parameters: mapValues(parameters, ({ shape }) =>
      mapRecord(rule.slots(shape), (slot) => toVariable(tf.fill([...slot.shape], slot.fill))),
    ),
  };
}

/**
 * One update of every parameter. Gradients are left to the caller; no tensor is left over.
 * @throws StudioError that names a parameter without a gradient.
 */
export function updateOptimizer(
  rule: OptimizerRule,
  state: OptimizerState,
  parameters: Trainable,
  gradients: ReadonlyMap<string, tf.Tensor>,
  { learningRate, weightDecay, gradientScale }: OptimizerStep,
): void {
  state.step += 1;
  for (const [name, parameter] of parameters) {
    const gradient = gradients.get(name);
    const own = state.parameters.get(name);
    if (gradient === undefined || own === undefined) {
      throw new StudioError(
        `The parameter ${name} has no gradient: the loss does not depend on it.`,
      );
    }
    tf.tidy(() =>
      rule.update({
        parameter,
        gradient,
        gradientScale,
        state: own,
        step: state.step,
        learningRate,
        weightDecay: isDecayed(name) ? weightDecay : 0,
      }),
    );
  }
}

/** The optimiser's state as plain numbers: what a checkpoint keeps. */
export interface OptimizerValues {
  readonly step: number;
  /** By parameter, then by slot. */
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, TensorValues>>;
}

/** Reads the state out. */
export async function exportOptimizer(state: OptimizerState): Promise<OptimizerValues> {
  const parameters = new Map<string, ReadonlyMap<string, TensorValues>>();
  for (const [name, slots] of state.parameters) {
    parameters.set(name, await readValues(new Map(Object.entries(slots))));
  }
  return { step: state.step, parameters };
}

/** The state that `exportOptimizer` read, for the same rule and parameters. @throws StudioError for what does not fit. */
export function importOptimizer(
  rule: OptimizerRule,
  parameters: Trainable,
  values: OptimizerValues,
): OptimizerState {
  const restore = (name: string, slot: string, shape: readonly number[]): tf.Variable => {
    const found = values.parameters.get(name)?.get(slot);
    if (found?.shape.join() !== shape.join()) {
      throw new StudioError(
        `The optimiser state does not fit ${name} [${shape.join(", ")}]: its ${slot} is ${
          found === undefined ? "missing" : `[${found.shape.join(", ")}]`
        }.`,
        { hint: "Resume with the optimiser that wrote the checkpoint." },
      );
    }
    return toVariable(tf.tensor(found.data, [...shape], "float32"));
  };
  return {
    step: values.step,
    parameters: mapValues(parameters, ({ shape }, name) =>
      mapRecord(rule.slots(shape), (slot, key) => restore(name, key, slot.shape)),
    ),
  };
}

/** Frees the state. */
export function disposeOptimizer(state: OptimizerState): void {
  for (const slots of state.parameters.values()) tf.dispose(Object.values(slots));
}

function toVariable(initial: tf.Tensor): tf.Variable {
  const variable = tf.variable(initial, false);
  initial.dispose();
  return variable;
}

const mapValues = <In, Out>(
  map: ReadonlyMap<string, In>,
  change: (value: In, key: string) => Out,
) => new Map([...map].map(([key, value]) => [key, change(value, key)] as const));

const mapRecord = <In, Out>(
  record: Readonly<Record<string, In>>,
  change: (value: In, key: string) => Out,
): Record<string, Out> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
