// Brings a step's results to the processor without holding the GPU up: copied in the step's own submit, mapped when they are there.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as tf from "@tensorflow/tfjs-core";
import { internalsOf } from "../gpu/gpu-backend.ts";

export interface Readback {
  /** Adds the copies to an encoder; the result is called once that is submitted, and gives the values one tensor after the other. */
  copy(encoder: GPUCommandEncoder, tensors: readonly tf.Tensor[]): () => Promise<Float32Array>;
  dispose(): void;
}

/** Staging buffers are used again: a steady step creates none. */
export function createReadback(backend: WebGPUBackend): Readback {
  const free = new Map<number, GPUBuffer[]>();
  return {
    copy(encoder, tensors) {
      const size = tensors.reduce((sum, tensor) => sum + 4 * tensor.size, 0);
      const staging =
        free.get(size)?.pop() ??
        backend.device.createBuffer({
          size,
          usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
        });
      let at = 0;
      for (const tensor of tensors) {
        const { buffer, offset = 0 } = internalsOf(backend).tensorToBinding(tensor);
        encoder.copyBufferToBuffer(buffer, offset, staging, at, 4 * tensor.size);
        at += 4 * tensor.size;
      }
      return async () => {
        await staging.mapAsync(GPUMapMode.READ);
        const values = new Float32Array(staging.getMappedRange().slice(0));
        staging.unmap();
        const known = free.get(size);
        if (known === undefined) free.set(size, [staging]);
        else known.push(staging);
        return values;
      };
    },
    dispose() {
      for (const buffer of [...free.values()].flat()) buffer.destroy();
      free.clear();
    },
  };
}
