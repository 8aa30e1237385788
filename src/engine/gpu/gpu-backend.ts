// tfjs's WebGPU back end on a device of ours, with two things it lacks: tensors that begin inside a buffer, and reads that see
// what was written in place since. The parts of it that tfjs keeps private are named here and nowhere else.
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";

/** What this folder uses of the back end beyond its types. */
interface GpuInternals {
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly uniformPendingDisposal: GPUBuffer[];
  tensorToBinding(tensor: tf.TensorInfo): GPUBufferBinding;
}

export const internalsOf = (backend: WebGPUBackend): GpuInternals =>
  backend as unknown as GpuInternals;

const viewOffsets = new WeakMap<object, number>();

/** The running back end where it is WebGPU. */
export function gpuBackend(): WebGPUBackend | undefined {
  if (tf.getBackend() !== "webgpu") return undefined;
  return tf.backend() as unknown as WebGPUBackend;
}

/** A back end on this device. */
export function createGpuBackend(device: GPUDevice, info: GPUAdapterInfo): WebGPUBackend {
  const backend = new WebGPUBackend(device, info);
  const read = backend.read.bind(backend);
  Object.assign(backend, {
    tensorToBinding({ dataId, shape }: tf.TensorInfo): GPUBufferBinding {
      const buffer = backend.tensorMap.get(dataId).resource as GPUBuffer;
      const offset = viewOffsets.get(dataId);
      if (offset === undefined) return { buffer };
      return { buffer, offset, size: 4 * tf.util.sizeFromShape(shape) };
    },
    async read(dataId: object) {
      const data = backend.tensorMap.get(dataId);
      const offset = viewOffsets.get(dataId);
      const values =
        offset === undefined
          ? await read(dataId)
          : await readRange(backend, data.resource as GPUBuffer, offset, data.shape);
      // tfjs keeps what it read for the tensor's life, blind to what is written in place later.
      if (data.resource !== undefined && data.resource !== null) data.values = null as never;
      return values;
    },
  });
  return backend;
}

/** Submits what tfjs has encoded and not yet submitted, so that work of ours queues after it. */
function flush(backend: WebGPUBackend): void {
  if (internalsOf(backend).commandEncoder === null) return;
  backend.endComputePassEncoder();
  backend.submitQueue();
}

async function readRange(
  backend: WebGPUBackend,
  buffer: GPUBuffer,
  offset: number,
  shape: readonly number[],
): Promise<Float32Array> {
  const size = 4 * tf.util.sizeFromShape([...shape]);
  const staging = backend.device.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  flush(backend);
  const encoder = backend.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, offset, staging, 0, size);
  backend.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return values;
}
