// The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415), exact and by tanh, each as
// one operation with its gradient: on wasm and webgpu one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { elementBlocks } from "../grain.ts";
import { runElementwise } from "../wgsl.ts";
import { geluKernels } from "./gelu.wgsl.ts";

const sqrtHalf = Math.SQRT1_2;
const densityAtZero = 1 / Math.sqrt(2 * Math.PI);
const tanhScale = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** `x · Φ(x)` with the normal distribution's Φ by erf: PyTorch's `gelu`. Any shape. */
export function gelu<Kind extends tf.Tensor>(x: Kind): Kind {
  return geluOp({ x }) as Kind;
}

/** The same with tanh in place of erf: Hugging Face's `gelu_new` and `gelu_pytorch_tanh`. Any shape. */
export function geluTanh<Kind extends tf.Tensor>(x: Kind): Kind {
  return geluTanhOp({ x }) as Kind;
}

const geluOp = defineUnit("StudioGelu", {
  kernel: "gelu",
  value: (x) => tf.mul(x, normalShare(x)),
  slope(x) {
    const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), densityAtZero);
    return tf.add(normalShare(x), tf.mul(x, density));
  },
});

const geluTanhOp = defineUnit("StudioGeluTanh", {
  kernel: "geluTanh",
  value: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner(x)), 1)),
  slope: geluTanhSlope,
});

/** The slope of `geluTanh`, in operations of tfjs. */
export function geluTanhSlope(x: tf.Tensor): tf.Tensor {
  const tanh = tf.tanh(inner(x));
  const innerSlope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), tanhScale);
  const bend = tf.mul(tf.mul(x, tf.sub(1, tf.square(tanh))), innerSlope);
  return tf.mul(tf.add(tf.add(tanh, 1), bend), 0.5);
}

/** Φ(x): the share of a normal distribution below x. */
const normalShare = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.add(tf.erf(tf.mul(x, sqrtHalf)), 1), 0.5);

const inner = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), cubic), 1)), tanhScale);

/** An activation by elements: kernels `<kernel>Forward` and `<kernel>Backward`, or its value and slope as composites. */
function defineUnit(
  name: string,
  unit: {
    readonly kernel: keyof typeof geluKernels;
    value(x: tf.Tensor): tf.Tensor;
    slope(x: tf.Tensor): tf.Tensor;
  },
) {
  return defineOp({
    name,
    saves: ["x"],
    forward(inputs) {
      const x = inputs.x as tf.Tensor;
      const gpu = gpuKernels();
      if (gpu !== undefined) {
        const y = gpu.output(x.shape);
        runElementwise(gpu, geluKernels[unit.kernel].forward, { x, y }, x.size);
        return y;
      }
      const kernels = cpuKernels();
      if (kernels === undefined) return unit.value(x);
      const y = kernels.output(x.shape);
      const args = [kernels.address(x), kernels.address(y), x.size];
      kernels.split(`${unit.kernel}Forward`, args, ...elementBlocks(x.size));
      return y;
    },
    gradients: (dy, [saved]) => ({
      x() {
        const x = saved as tf.Tensor;
        const gpu = gpuKernels();
        if (gpu !== undefined) {
          const dx: tf.Tensor = gpu.output(x.shape);
          runElementwise(gpu, geluKernels[unit.kernel].backward, { dy, x, dx }, x.size);
          return dx;
        }
        const kernels = cpuKernels();
        if (kernels === undefined) return tf.mul(dy, unit.slope(x));
        const dx = kernels.output(x.shape);
        const args = [kernels.address(dy), kernels.address(x), kernels.address(dx), x.size];
        kernels.split(`${unit.kernel}Backward`, args, ...elementBlocks(x.size));
        return dx;
      },
    }),
  });
}
