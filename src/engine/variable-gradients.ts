// A loss and its gradients, as tf.variableGrads gives them, in less memory: that one keeps every activation and every gradient of
// an activation until the whole way back is done. Here each goes as soon as the operation that read it has passed.
import * as tf from "@tensorflow/tfjs-core";
import {
  backpropagateGradients,
  getFilteredNodesXToY,
  type TapeNode,
} from "@tensorflow/tfjs-core/dist/tape";

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
export function variableGradients(
  forward: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; gradients: (tf.Tensor | undefined)[] } {
  const engine = tf.engine() as unknown as TapeEngine;
  let value: tf.Scalar | undefined;
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
    const path = getFilteredNodesXToY(tape as TapeNode[], [...variables], value);
    const onPath = new Set(path.map(({ id }) => id));
    for (const { id, saved } of tape) if (!onPath.has(id)) tf.dispose(saved ?? []);
    const loss = value;
    return { value, gradients: tf.tidy(() => goBack(path, loss, variables)) };
  } catch (error) {
    // Out of memory is an error that the studio outlives: what the tape held goes, too.
    tf.dispose(tape.map(({ saved }) => saved ?? []));
    if (value !== undefined) value.dispose();
    throw error;
  }
}

function goBack(
  path: readonly TapeNode[],
  value: tf.Scalar,
  variables: readonly tf.Variable[],
): (tf.Tensor | undefined)[] {
  const found: Record<number, tf.Tensor> = { [value.id]: tf.onesLike(value) };
  for (const node of path.toReversed()) {
    backpropagateGradients(
      found,
      [node],
      (compute) => tf.tidy(compute as () => tf.Tensor),
      (a, b) => tf.add(a, b),
    );
    const used = node.outputs.map(({ id }) => found[id]);
    for (const { id } of node.outputs) delete found[id];
    // A gradient may be passed on as it is.
    const kept = new Set(Object.values(found));
    tf.dispose(used.filter((gradient) => gradient !== undefined && !kept.has(gradient)));
    tf.dispose(node.saved ?? []);
  }
  return variables.map(({ id }) => found[id]);
}
