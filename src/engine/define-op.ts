// An operation of our own as tfjs knows its own: a kernel on every back end and one gradient. Unlike tf.customGrad, only those
// gradients are computed that something asks for, so a frozen weight costs nothing backward.
import * as tf from "@tensorflow/tfjs-core";

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Attributes = Readonly<Record<string, string | number | boolean>>;

interface OpDefinition {
  readonly name: string;
  /** Inputs that the gradients read, in the order in which they get them. */
  readonly saves: readonly string[];
  /** Whether the gradients read the output, which they get last. */
  readonly savesOutput?: boolean;
  /** How many tensors the forward pass gives after its result. Only the gradients see them, after all else. */
  readonly extras?: number;
  forward(inputs: Inputs, attributes: Attributes): tf.Tensor | tf.Tensor[];
  /** A gradient for each input, computed when it is called. */
  gradients(
    dy: tf.Tensor,
    saved: readonly tf.Tensor[],
    attributes: Attributes,
    takeSum: TakeSum,
  ): Readonly<Record<string, () => tf.Tensor>>;
}

/**
 * Gives what an input's gradient is so far from its other readers, if anything. Who takes it adds it to the own gradient, in the
 * kernel that computes that, which saves a pass over both.
 */
export type TakeSum = (input: string) => tf.Tensor | undefined;

/** What the gradient function of an operation is told by the pass back that runs it. */
interface PassBack {
  readonly takeSum: TakeSum;
  /** Whether an input's gradient will be asked for. */
  isAsked(input: string): boolean;
}

let passBack: PassBack = { takeSum: () => undefined, isAsked: () => true };

/** Runs the gradient function of an operation as a part of this pass back. */
export function runInPassBack<Gradients>(own: PassBack, gradients: () => Gradients): Gradients {
  const outer = passBack;
  passBack = own;
  try {
    return gradients();
  } finally {
    passBack = outer;
  }
}

/**
 * Gradients that one computation gives together, for a gradient function. tfjs asks for each in a scope of its own: the first call
 * computes all and keeps the others that will be asked for, until they are. A frozen weight's goes at once.
 */
export function gradientsTogether<Name extends string>(
  names: readonly Name[],
  compute: () => Readonly<Record<Name, tf.Tensor>>,
): Record<Name, () => tf.Tensor> {
  const asked = names.filter(passBack.isAsked);
  const kept = new Map<Name, tf.Tensor>();
  const ask = (name: Name) => () => {
    const own = kept.get(name);
    if (own === undefined) {
      const all = compute();
      for (const other of asked) if (other !== name) kept.set(other, tf.keep(all[other]));
      return all[name];
    }
    kept.delete(name);
    const result = tf.clone(own);
    own.dispose();
    return result;
  };
  return Object.fromEntries(names.map((name) => [name, ask(name)])) as Record<
    Name,
    () => tf.Tensor
  >;
}

/** Registers an operation and gives the function that runs it. Names start with "Studio". */
export function defineOp(
  definition: OpDefinition,
): (inputs: Inputs, attributes?: Attributes) => tf.Tensor {
  const { name, saves, savesOutput = false, extras = 0, forward, gradients } = definition;
  for (const backendName of ["webgpu", "wasm", "cpu"]) {
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => forward(inputs as Inputs, (attrs ?? {}) as Attributes)),
    });
  }
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...saves],
    outputsToSave: [savesOutput, ...new Array<boolean>(extras).fill(true)],
    gradFunc: (dy, saved, attributes) =>
      gradients(
        Array.isArray(dy) ? (dy[0] as tf.Tensor) : dy,
        saved,
        attributes as Attributes,
        passBack.takeSum,
      ) as ReturnType<tf.GradFunc>,
  });
  return (inputs, attributes = {}) => {
    const outputs: tf.Tensor | tf.Tensor[] = tf
      .engine()
      .runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
    if (!Array.isArray(outputs)) return outputs;
    const [result, ...rest] = outputs as [tf.Tensor, ...tf.Tensor[]];
    // The tape keeps clones of what the gradients need.
    tf.dispose(rest);
    return result;
  };
}
