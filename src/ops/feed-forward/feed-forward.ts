// The feed-forward network of a transformer layer: a linear, an activation, and a linear back; or gated, where the activation of one
// linear is multiplied with another (Shazeer 2020, https://arxiv.org/abs/2002.05202). On webgpu it is one operation: the activation is
// part of the products before and behind it, and only what came before it is kept for the way back.
import * as tf from "@tensorflow/tfjs-core";
import { defineOp, gradientsTogether, type TakeSum } from "../../engine/define-op.ts";
import { type GpuKernels, gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { type ActivationName, activations } from "../activation/activation.ts";
import { type GateName, gated } from "../gated/gated.ts";
import { conv1d } from "../linear/conv1d.ts";
import { type LinearParameters, linear } from "../linear/linear.ts";
import { gpuLinear, gpuLinearInput, gpuLinearWeights } from "../linear/linear.wgsl.ts";
import { gpuActivated, gpuTurnStates } from "./feed-forward.wgsl.ts";

/** The linears of a network. */
export type FeedForwardParts =
  | {
      readonly inner: LinearParameters;
      readonly outer: LinearParameters;
      readonly activation: ActivationName;
      /** Both weights are those of a Conv1D, `[in, out]`. */
      readonly isConv1d?: boolean;
    }
  | {
      readonly gate: LinearParameters;
      readonly up: LinearParameters;
      readonly outer: LinearParameters;
      readonly activation: GateName;
    };

/** `outer(activation(inner(x)))` or `outer(activation(gate(x)) · up(x))`, plus the residual. x is `[rows, in]`. */
export function feedForward(
  x: tf.Tensor2D,
  parts: FeedForwardParts,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  const first = "inner" in parts ? [parts.inner] : [parts.gate, parts.up];
  const biases = first.filter(({ bias }) => bias !== undefined).length;
  if (gpuKernels() === undefined || biases % first.length !== 0) {
    return apply(parts, parts.outer, activated(x, parts), residual);
  }
  // The outer weight comes first: its gradient reads what the others' turn into theirs.
  const inputs: Record<string, tf.Tensor> = { outer: parts.outer.weight };
  if (parts.outer.bias !== undefined) inputs.outerBias = parts.outer.bias;
  inputs.x = x;
  first.forEach(({ weight, bias }, part) => {
    inputs[`weight${part}`] = weight;
    if (bias !== undefined) inputs[`bias${part}`] = bias;
  });
  if (residual !== undefined) inputs.residual = residual;
  const op = first.length === 1 ? plainOp : gatedOp;
  const { activation } = parts;
  const hasBiases = { hasBias: biases > 0, hasOuterBias: "outerBias" in inputs };
  return op(inputs, { activation, ...hasBiases, flipped: isFlipped(parts) }) as tf.Tensor2D;
}

function activated(x: tf.Tensor2D, parts: FeedForwardParts): tf.Tensor2D {
  if ("inner" in parts) return activations[parts.activation](apply(parts, parts.inner, x));
  return gated(parts.activation, apply(parts, parts.gate, x), apply(parts, parts.up, x));
}

function apply(
  parts: FeedForwardParts,
  { weight, bias }: LinearParameters,
  x: tf.Tensor2D,
  residual?: tf.Tensor2D,
): tf.Tensor2D {
  if (isFlipped(parts)) return conv1d(x, weight, bias, residual);
  return linear(x, weight, bias, residual && { residual });
}

const isFlipped = (parts: FeedForwardParts) => "inner" in parts && parts.isConv1d === true;

const plainOp = define("StudioFeedForward", 1);
const gatedOp = define("StudioFeedForwardGated", 2);

interface Attributes {
  readonly activation: ActivationName;
  readonly hasBias: boolean;
  readonly hasOuterBias: boolean;
  readonly flipped: boolean;
}

function define(name: string, count: number) {
  const weightNames = Array.from({ length: count }, (_, part) => `weight${part}`);
  const biasNames = Array.from({ length: count }, (_, part) => `bias${part}`);
  return defineOp({
    name,
    saves: ["outer", "x", ...weightNames],
    extras: 1, // what came before the activation, [rows, count * inner]
    forward(inputs, attributes) {
      const { activation, hasBias, flipped } = attributes as unknown as Attributes;
      const gpu = gpuKernels() as GpuKernels;
      const pick = (names: readonly string[]) => names.map((each) => inputs[each] as tf.Tensor);
      const first = { weights: pick(weightNames), biases: hasBias ? pick(biasNames) : [], flipped };
      const { activated, states } = gpuActivated(gpu, inputs.x as tf.Tensor2D, first, activation);
      const { outer, outerBias, residual } = inputs;
      const second = {
        weights: [outer as tf.Tensor],
        biases: outerBias ? [outerBias] : [],
        flipped,
      };
      return [gpuLinear(gpu, activated, second, residual && { residual }), states];
    },
    gradients(dy, saved, attributes, takeSum) {
      const [outer, x, ...rest] = saved as tf.Tensor2D[];
      const states = rest.pop() as tf.Tensor2D;
      return gradients(
        gpuKernels() as GpuKernels,
        dy as tf.Tensor2D,
        { outer: outer as tf.Tensor2D, x: x as tf.Tensor2D, weights: rest, states, takeSum },
        attributes as unknown as Attributes,
      );
    },
  });
}

interface Saved {
  readonly outer: tf.Tensor2D;
  readonly x: tf.Tensor2D;
  readonly weights: readonly tf.Tensor2D[];
  /** Read here for the last time: their gradients take their place. */
  readonly states: tf.Tensor2D;
  readonly takeSum: TakeSum;
}

function gradients(
  gpu: GpuKernels,
  dy: tf.Tensor2D,
  { outer, x, weights, states, takeSum }: Saved,
  { activation, hasBias, hasOuterBias, flipped }: Attributes,
): Record<string, () => tf.Tensor> {
  let areTurned = false;
  const turn = (): tf.Tensor2D | undefined => {
    if (areTurned) return undefined;
    areTurned = true;
    return gpuTurnStates(gpu, dy, outer, states, { activation, flipped });
  };
  const ofParts = (input: tf.Tensor2D, upstream: tf.Tensor2D, count: number, withBias: boolean) => {
    const sizes = new Array<number>(count).fill(upstream.shape[1] / count);
    return gpuLinearWeights(gpu, upstream, input, sizes, withBias, { flipped });
  };
  return {
    ...gradientsTogether(hasOuterBias ? ["outer", "outerBias"] : ["outer"], () => {
      const activated = turn();
      if (activated === undefined) throw new Error("The outer weight's gradient comes first.");
      const found = ofParts(activated, dy, 1, hasOuterBias);
      activated.dispose();
      return { outer: found.weights[0] as tf.Tensor, outerBias: found.biases[0] as tf.Tensor };
    }),
    x() {
      turn();
      return gpuLinearInput(gpu, states, weights, { sum: takeSum("x"), flipped });
    },
    ...gradientsTogether(
      weights.flatMap((_, part) =>
        hasBias ? [`weight${part}`, `bias${part}`] : [`weight${part}`],
      ),
      () => {
        turn();
        const found = ofParts(x, states, weights.length, hasBias);
        return Object.fromEntries([
          ...found.weights.map((tensor, part) => [`weight${part}`, tensor]),
          ...found.biases.map((tensor, part) => [`bias${part}`, tensor]),
        ]);
      },
    ),
    residual: () => tf.clone(dy),
  };
}
