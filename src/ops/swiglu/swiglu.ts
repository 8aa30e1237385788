// SwiGLU (Shazeer 2020, https://arxiv.org/abs/2002.05202): silu(gate) · up, with its gradients. On wasm and webgpu it is one kernel each way.
import * as tf from "@tensorflow/tfjs-core";
import { cpuKernels } from "../../engine/cpu/cpu-kernels.ts";
import { defineOp } from "../../engine/define-op.ts";
import { gpuKernels } from "../../engine/gpu/gpu-kernels.ts";
import { elementBlocks } from "../grain.ts";
import { runElementwise } from "../wgsl.ts";
import { swigluBackward, swigluForward } from "./swiglu.wgsl.ts";

/** `gate · sigmoid(gate) · up`, all of one shape. */
export function swiglu(gate: tf.Tensor2D, up: tf.Tensor2D): tf.Tensor2D {
  return swigluOp({ gate, up }) as tf.Tensor2D;
}

const swigluOp = defineOp({
  name: "StudioSwiglu",
  saves: ["gate", "up"],
  forward(inputs) {
    const { gate, up } = inputs as { gate: tf.Tensor; up: tf.Tensor };
    const gpu = gpuKernels();
    if (gpu !== undefined) {
      const y = gpu.output(gate.shape);
      runElementwise(gpu, swigluForward, { gate, up, y }, gate.size);
      return y;
    }
    const kernels = cpuKernels();
    if (kernels === undefined) return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
    const y = kernels.output(gate.shape);
    const args = [...[gate, up, y].map(kernels.address), gate.size];
    kernels.split("swigluForward", args, ...elementBlocks(gate.size));
    return y;
  },
  gradients(dy, saved) {
    const [gate, up] = saved as [tf.Tensor, tf.Tensor];
    // tfjs tidies up after each gradient: what they share is computed before.
    const computed = computeGradients(dy, gate, up);
    return { gate: () => computed.gate, up: () => computed.up };
  },
});

function computeGradients(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor) {
  const gpu = gpuKernels();
  if (gpu !== undefined) {
    const [d_gate, d_up]: [tf.Tensor, tf.Tensor] = [gpu.output(gate.shape), gpu.output(gate.shape)];
    runElementwise(gpu, swigluBackward, { dy, gate, up, d_gate, d_up }, gate.size);
    return { gate: d_gate, up: d_up };
  }
  const kernels = cpuKernels();
  if (kernels === undefined) {
    const share = tf.sigmoid(gate);
    const slope = tf.mul(share, tf.add(1, tf.mul(gate, tf.sub(1, share))));
    return {
      gate: tf.mul(tf.mul(dy, up), slope),
      up: tf.mul(dy, tf.mul(gate, share)),
    };
  }
  const dGate = kernels.output(gate.shape) as tf.Tensor;
  const dUp = kernels.output(gate.shape) as tf.Tensor;
  const args = [...[dy, gate, up, dGate, dUp].map(kernels.address), gate.size];
  kernels.split("swigluBackward", args, ...elementBlocks(gate.size));
  return { gate: dGate, up: dUp };
}
