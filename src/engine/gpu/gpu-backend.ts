// tfjs's WebGPU back end on a device of ours, with two things it lacks: tensors that begin inside a buffer, and reads that see
// what was written in place since. The parts of it that tfjs keeps private are named here and nowhere else.
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";

/** What this folder uses of the back end beyond its types. */
export interface GpuInternals {
  commandEncoder: GPUCommandEncoder | null | undefined;
  computePassEncoder: GPUComputePassEncoder | null | undefined;
  dispatchCountInPass: number;
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly uniformPendingDisposal: GPUBuffer[];
  readonly pipelineCache: Record<string, GPUComputePipeline>;
  nextDataId(): number;
  releaseResource(dataId: object): void;
  tensorToBinding(tensor: tf.TensorInfo): GPUBufferBinding;
}

export const internalsOf = (backend: WebGPUBackend): GpuInternals =>
  backend as unknown as GpuInternals;

/** Usage of every buffer that holds a tensor. tfjs creates its own with the same. */
export const tensorUsage = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST

/** Offsets of bindings are multiples of it on every device. In bytes. */
export const bindingAlignment = 256;

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

/** A float32 tensor over a part of a buffer, which stays the caller's. `offset` in bytes, a multiple of `bindingAlignment`. */
export function viewTensor(
  backend: WebGPUBackend,
  buffer: GPUBuffer,
  offset: number,
  shape: readonly number[],
): tf.Tensor {
  const tensor = backend.createTensorFromGPUData(
    { buffer, zeroCopy: true },
    [...shape],
    "float32",
  ) as tf.Tensor;
  viewOffsets.set(tensor.dataId, offset);
  return tensor;
}

/** Submits what tfjs has encoded and not yet submitted, so that work of ours queues after it. */
export function flush(backend: WebGPUBackend): void {
  // tfjs leaves it undefined before its first command.
  if (!internalsOf(backend).commandEncoder) return;
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

/** Destroys the buffers that tfjs keeps for later tensors of the same sizes. It never does so itself. */
export function purgeFreeBuffers(backend: WebGPUBackend): void {
  flush(backend);
  const manager = backend.bufferManager as unknown as {
    readonly freeBuffers: Map<string, GPUBuffer[]>;
    numBytesAllocated: number;
    numFreeBuffers: number;
  };
  for (const buffers of manager.freeBuffers.values()) {
    for (const buffer of buffers) {
      manager.numBytesAllocated -= buffer.size;
      manager.numFreeBuffers -= 1;
      buffer.destroy();
    }
    buffers.length = 0;
  }
}
