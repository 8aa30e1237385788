// The product of a gated network (Shazeer 2020, https://arxiv.org/abs/2002.05202): activation(gate) · up, with its gradients. On wasm it
// is one kernel each way; on webgpu it is a part of the whole network, feed-forward.ts.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { activations } from "../activation/activation.ts";
import { geluTanhSlope } from "../gelu/gelu.ts";
import { elementBlocks } from "../grain.ts";

/** SwiGLU's and GeGLU's. */
export type GateName = "silu" | "geluTanh";

/** `activation(gate) · up`, all of one shape. */
export function gated(activation: GateName, gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  return gatedOp({ gate, up }, { activation }) as tf.Tensor2D;
}

/** The kernels' numbers. */
const kinds: Record<GateName, number> = { silu: 0, geluTanh: 1 };

const gatedOp = defineOp({
  name: "StudioGated",
  saves: ["gate", "up"],
  forward(inputs, attributes) {
    const { gate, up } = inputs as { gate: tf.Tensor2D; up: tf.Tensor2D };
    const activation = attributes.activation as GateName;
    const kernels = cpuKernels();
    if (kernels === undefined) return tf.mul(activations[activation](gate), up);
    const y = kernels.output(gate.shape);
    const args = [kinds[activation], ...[gate, up, y].map(kernels.address), gate.size];
    kernels.split("gatedForward", args, ...elementBlocks(gate.size));
    return y;
  },
  gradients(dy, saved, attributes) {
    const [gate, up] = saved as [tf.Tensor2D, tf.Tensor2D];
    // tfjs tidies up after each gradient: what they share is computed before.
    const computed = computeGradients(attributes.activation as GateName, dy, gate, up);
    return { gate: () => computed.gate, up: () => computed.up };
  },
});

const slopes: Record<GateName, (x: tf.Tensor) => tf.Tensor> = {
  silu(x) {
    const share = tf.sigmoid(x);
    return tf.mul(share, tf.add(1, tf.mul(x, tf.sub(1, share))));
  },
  geluTanh: geluTanhSlope,
};

function computeGradients(
  activation: GateName,
  dy: tf.Tensor,
  gate: tf.Tensor2D,
  up: tf.Tensor2D,
): { gate: tf.Tensor; up: tf.Tensor } {
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const ofGate = tf.mul(tf.mul(dy, up), slopes[activation](gate));
    return { gate: ofGate, up: tf.mul(dy, activations[activation](gate)) };
  }
  const dGate = kernels.output(gate.shape) as tf.Tensor;
  const dUp = kernels.output(gate.shape) as tf.Tensor;
  const addresses = [dy, gate, up, dGate, dUp].map(kernels.address);
  const args = [kinds[activation], ...addresses, gate.size];
  kernels.split("gatedBackward", args, ...elementBlocks(gate.size));
  return { gate: dGate, up: dUp };
}
