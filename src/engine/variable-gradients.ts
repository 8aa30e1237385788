// A loss and its gradients, as tf.variableGrads gives them, in less memory: that one keeps every activation and every gradient of
// an activation until the whole way back is done. Here each goes as soon as the operation that read it has passed.
import * as tf from "@tensorflow/tfjs-core";
import { getFilteredNodesXToY, type TapeNode } from "@tensorflow/tfjs-core/dist/tape";
import { runInPassBack } from "./define-op.ts";

/** The parts of tfjs's engine that make a tape. */
interface TapeEngine {
  readonly state: { activeTape: TapeNode[] | null };
  startTape(): void;
  endTape(): void;
}

/**
 * Runs `forward`, which gives a scalar, and goes back. The caller disposes both results.
 * @returns the scalar and a gradient for each variable, undefined where the scalar does not depend on it.
 */
export const variableGradients = (
  forward: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; gradients: (tf.Tensor | undefined)[] } => gradientsOf(forward, variables);

/**
 * The same from any value, with respect to any tensors that `forward` reads.
 * @param dy the gradient that the value has itself, of its shape; ones where it is not given.
 */
export function gradientsOf<Value extends tf.Tensor>(
  forward: () => Value,
  inputs: readonly tf.Tensor[],
  dy?: tf.Tensor,
): { value: Value; gradients: (tf.Tensor | undefined)[] } {
  const gradients: (tf.Tensor | undefined)[] = inputs.map(() => undefined);
  const take: Take = (gradient, index) => {
    gradients[index] = gradient;
  };
  const value = runBothWays(forward, inputs, dy, take, () => gradients.filter(isTensor));
  return { value, gradients };
}

const isTensor = (tensor: tf.Tensor | undefined) => tensor !== undefined;

/** Takes the gradient of the input with this index. */
type Take = (gradient: tf.Tensor, index: number) => void;

/**
 * The same of a scalar, but each gradient is handed to `take` as soon as it is whole, and is `take`'s to dispose. A variable that
 * the scalar does not depend on has none.
 */
export const takeGradients = (
  forward: () => tf.Scalar,
  variables: readonly tf.Variable[],
  take: Take,
): tf.Scalar => runBothWays(forward, variables, undefined, take, () => []);

/** `kept` gives those of the gradients that outlive the way back. */
function runBothWays<Value extends tf.Tensor>(
  forward: () => Value,
  inputs: readonly tf.Tensor[],
  dy: tf.Tensor | undefined,
  take: Take,
  kept: () => tf.Tensor[],
): Value {
  const engine = tf.engine() as unknown as TapeEngine;
  let value: Value | undefined;
  let tape: readonly TapeNode[] = [];
  engine.startTape();
  try {
    try {
      value = tf.tidy(forward);
    } finally {
      tape = engine.state.activeTape ?? [];
      engine.endTape();
      engine.state.activeTape = null;
    }
    const path = getFilteredNodesXToY(tape as TapeNode[], [...inputs], value);
    const onPath = new Set(path.map(({ id }) => id));
    for (const { id, saved } of tape) if (!onPath.has(id)) tf.dispose(saved ?? []);
    const own = value;
    tf.tidy(() => {
      goBack(path, own, dy?.clone() ?? tf.onesLike(own), inputs, take);
      return kept();
    });
    return value;
  } catch (error) {
    // Out of memory is an error that the studio outlives: what the tape held goes, too.
    tf.dispose(tape.map(({ saved }) => saved ?? []));
    if (value !== undefined) value.dispose();
    throw error;
  }
}

function goBack(
  path: readonly TapeNode[],
  value: tf.Tensor,
  start: tf.Tensor,
  inputs: readonly tf.Tensor[],
  take: Take,
): void {
  const found: Record<number, tf.Tensor> = { [value.id]: start };
  const indices = new Map(inputs.map(({ id }, index) => [id, index]));
  /** How many nodes have still to add to an input's gradient. */
  const open = new Map<number, number>();
  const inputsOf = (node: TapeNode) =>
    new Set(Object.values(node.inputs).flatMap(({ id }) => (indices.has(id) ? [id] : [])));
  for (const node of path) {
    for (const id of inputsOf(node)) open.set(id, (open.get(id) ?? 0) + 1);
  }
  for (const node of path.toReversed()) {
    passBack(node, found);
    const used = node.outputs.map(({ id }) => found[id]);
    for (const { id } of node.outputs) delete found[id];
    for (const id of inputsOf(node)) {
      const left = (open.get(id) ?? 1) - 1;
      open.set(id, left);
      const gradient = found[id];
      if (left > 0 || gradient === undefined) continue;
      delete found[id];
      // A gradient may be passed on as it is.
      const isShared = [...Object.values(found), ...used].includes(gradient);
      take(isShared ? tf.clone(gradient) : gradient, indices.get(id) ?? 0);
    }
    const kept = new Set(Object.values(found));
    tf.dispose(used.filter((gradient) => gradient !== undefined && !kept.has(gradient)));
    tf.dispose(node.saved ?? []);
  }
}

/** Adds what one operation passes back to the gradients of its inputs. tfjs's own knows nothing of kernels that add themselves. */
function passBack(node: TapeNode, found: Record<number, tf.Tensor>): void {
  const inputs = Object.entries(node.inputs);
  const taken = new Set<string>();
  const takeSum = (name: string) => {
    const id = node.inputs[name]?.id;
    // A tensor that is two inputs of one operation gets its second gradient after this one is computed.
    if (id === undefined || inputs.filter(([, input]) => input.id === id).length > 1) return;
    if (found[id] !== undefined) taken.add(name);
    return found[id];
  };
  const dys = node.outputs.map(({ id }) => found[id] ?? null) as tf.Tensor[];
  // The inputs that no asked-for tensor is behind are gone from the node.
  const isAsked = (name: string) => name in node.inputs;
  const gradients = runInPassBack({ takeSum, isAsked }, () => node.gradient?.(dys)) ?? {};
  for (const [name, input] of inputs) {
    const compute = gradients[name];
    if (compute === undefined) throw new Error(`${node.kernelName} has no gradient of ${name}.`);
    const own = tf.tidy(compute);
    if (!tf.util.arraysEqual(own.shape, input.shape)) {
      const shapes = `[${own.shape}], and ${name} is [${input.shape}]`;
      throw new Error(`${node.kernelName} gives a gradient of ${shapes}.`);
    }
    const sum = found[input.id];
    const isAdded = sum === undefined || taken.has(name);
    found[input.id] = isAdded ? own : tf.add(sum, own);
    sum?.dispose();
    // It may be the gradient that came in, passed on as it is.
    if (!isAdded && !dys.includes(own)) own.dispose();
  }
}
