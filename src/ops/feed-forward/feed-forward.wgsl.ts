// The kernels of a feed-forward network that its two linears do not have already: the first product with the activation behind it,
// and the way back through the second and the activation.
import type * as tf from "@tensorflow/tfjs-core";
import type { GpuKernel, GpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import type { ActivationName } from "../activation/activation.ts";
import { activationCode } from "../activation/activation.wgsl.ts";
import type { LinearParts } from "../linear/linear.wgsl.ts";
import { each, named, product, productRunner, type Tiled } from "../product.wgsl.ts";

interface Variant {
  readonly activation: ActivationName;
  /** Two linears: of the gate and of what it is multiplied with. */
  readonly isGated: boolean;
  readonly bias: boolean;
  /** The weights lie the other way round: `[in, out]`. Not where gated. */
  readonly flipped: boolean;
}

/**
 * `activated` `[rows, inner]` of x, and `states` `[rows, inner]` or, side by side, `[rows, 2 * inner]`: what came before the activation.
 * Columns of gate and up take turns, so that an invocation has both.
 */
function forwardKernel(variant: Tiled<Variant>): GpuKernel {
  const { activation, isGated, bias, flipped, tile } = variant;
  const parts = isGated ? 2 : 1;
  const own = isGated ? "let own = n >> 1u;" : "let own = n;";
  const load = (part: number) =>
    flipped ? "return weight0[k * params.n + n];" : `return weight${part}[own * params.k + k];`;
  const add = (part: number, what: string) => (bias ? `${what} += bias${part}[own];` : "");
  return product(`feedForward ${activation} ${isGated} ${bias} ${flipped} ${tile}`, tile, {
    reads: { x: "f32", ...each(parts, "weight"), ...(bias && each(parts, "bias")) },
    writes: { states: "f32", activated: "f32" },
    params: {},
    functions: activationCode[activation],
    loadA: "return x[m * params.k + k];",
    aAlongRows: false,
    loadB: isGated ? `${own} if (n % 2u == 0u) { ${load(0)} } ${load(1)}` : `${own} ${load(0)}`,
    bAlongColumns: flipped,
    store: isGated
      ? `
  if (n % 2u == 1u) { return; }
  ${own}
  let inner = params.n >> 1u;
  var up = partner;
  ${add(0, "value")}
  ${add(1, "up")}
  states[m * params.n + own] = value;
  states[m * params.n + inner + own] = up;
  activated[m * inner + own] = unit(value).x * up;`
      : `
  ${own}
  ${add(0, "value")}
  states[m * params.n + n] = value;
  activated[m * params.n + n] = unit(value).x;`,
  });
}

/** From dy · weight to the gradients of the states, which take the place of the states, and `activated` once more. */
function backwardKernel(variant: Tiled<Omit<Variant, "bias">>): GpuKernel {
  const { activation, isGated, flipped, tile } = variant;
  return product(`feedForwardBack ${activation} ${isGated} ${flipped} ${tile}`, tile, {
    reads: { dy: "f32", weight: "f32" },
    writes: { states: "f32", activated: "f32" },
    params: {},
    functions: activationCode[activation],
    loadA: "return dy[m * params.k + k];",
    aAlongRows: false,
    loadB: flipped ? "return weight[n * params.k + k];" : "return weight[k * params.n + n];",
    bAlongColumns: !flipped,
    store: isGated
      ? `
  let at = m * 2u * params.n + n;
  let up = states[at + params.n];
  let own = unit(states[at]);
  activated[m * params.n + n] = own.x * up;
  states[at] = value * up * own.y;
  states[at + params.n] = value * own.x;`
      : `
  let at = m * params.n + n;
  let own = unit(states[at]);
  activated[at] = own.x;
  states[at] = value * own.y;`,
  });
}

const runForward = productRunner(forwardKernel);
const runBackward = productRunner(backwardKernel);

/** What leaves the activation, and what came before it. `parts` are one linear, or gate and up. */
export function gpuActivated(
  kernels: GpuKernels,
  x: tf.Tensor2D,
  { weights, biases, flipped = false }: LinearParts,
  activation: ActivationName,
): { activated: tf.Tensor2D; states: tf.Tensor2D } {
  const [rows, inSize] = x.shape;
  const inner = weights[0]?.shape[flipped ? 1 : 0] ?? 0;
  const width = weights.length * inner;
  const activated = kernels.output<tf.Rank.R2>([rows, inner]);
  const states = kernels.output<tf.Rank.R2>([rows, width]);
  const bias = biases.length > 0;
  const variant = { activation, isGated: weights.length === 2, bias, flipped };
  const tensors = { x, ...named("weight", weights), ...named("bias", biases), activated, states };
  runForward(kernels, variant, tensors, [rows, width, inSize]);
  return { activated, states };
}

/** Turns the states into their gradients and gives once more what left the activation. `weight` is the second linear's. */
export function gpuTurnStates(
  kernels: GpuKernels,
  dy: tf.Tensor2D,
  weight: tf.Tensor2D,
  states: tf.Tensor2D,
  { activation, flipped }: Pick<Variant, "activation" | "flipped">,
): tf.Tensor2D {
  const outSize = dy.shape[1];
  const inner = weight.size / outSize;
  const [rows, width] = states.shape;
  const activated = kernels.output<tf.Rank.R2>([rows, inner]);
  const variant = { activation, isGated: width !== inner, flipped };
  const tensors = { dy, weight, states, activated };
  runBackward(kernels, variant, tensors, [rows, inner, outSize]);
  return activated;
}
