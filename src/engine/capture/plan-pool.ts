// The memory of captured plans. It takes the place of tfjs's buffer manager while a step is recorded.
import { tensorUsage } from "../gpu/gpu-backend.ts";
import { UniformBytes } from "./commands.ts";
import { Scratch } from "./scratch.ts";

/** Why a step cannot be captured. */
export class CaptureError extends Error {}

/** Plans run one after another, so they share these buffers; tfjs itself never gets one. */
export class PlanPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  /** Rises when a buffer of plans is replaced by a larger one. */
  version = 0;
  private readonly device: GPUDevice;
  private readonly inUse = new Set<Scratch>();
  private readonly constants = new Map<GPUBuffer, { id: number; data: Uint8Array }>();
  private readonly shared: GPUBuffer[] = [];
  private nextId = 0;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  beginRecording(): void {
    if (this.inUse.size > 0) throw new CaptureError("another step is being recorded");
    this.nextId = 0;
  }

  /** Forgets who uses what, also after a step that threw, and says how many buffers were still in use. */
  endRecording(): number {
    const left = this.inUse.size;
    this.inUse.clear();
    this.numBytesUsed = 0;
    return left;
  }

  acquireBuffer(size: number, usage: number): GPUBuffer {
    if ((usage & GPUBufferUsage.UNIFORM) !== 0) {
      return new UniformBytes(size) as unknown as GPUBuffer;
    }
    if (usage !== tensorUsage) throw new CaptureError("it reads values back or maps a buffer");
    const scratch = new Scratch(this.nextId++, size);
    this.inUse.add(scratch);
    this.numBytesUsed += size;
    return scratch as unknown as GPUBuffer;
  }

  releaseBuffer(buffer: GPUBuffer | Scratch | UniformBytes): void {
    if (buffer instanceof UniformBytes) return;
    if (buffer instanceof Scratch) {
      if (this.inUse.delete(buffer)) this.numBytesUsed -= buffer.size;
      return;
    }
    if (!this.constants.has(buffer)) {
      throw new CaptureError("it disposes of a tensor made outside of it");
    }
  }

  /** A buffer that holds these bytes for good. Equal constants share one; no captured dispatch writes to it. */
  constant(data: Uint8Array<ArrayBuffer>): GPUBuffer {
    for (const [buffer, known] of this.constants) if (isSame(known.data, data)) return buffer;
    const buffer = this.create(data.byteLength);
    this.device.queue.writeBuffer(buffer, 0, data);
    this.constants.set(buffer, { id: this.constants.size, data: data.slice() });
    return buffer;
  }

  /** What a buffer is in the step being recorded: the same name in every recording of an equal step. */
  describe(buffer: GPUBuffer | Scratch): { name: string; size: number } | undefined {
    if (buffer instanceof Scratch) return { name: `scratch${buffer.id}`, size: buffer.size };
    const constant = this.constants.get(buffer);
    return constant && { name: `constant${constant.id}`, size: constant.data.byteLength };
  }

  /** Makes the shared buffers at least so large. */
  reserve(sizes: readonly number[]): void {
    sizes.forEach((size, i) => {
      const known = this.shared[i];
      if (known !== undefined && known.size >= size) return;
      if (known !== undefined) {
        this.numBytesAllocated -= known.size;
        known.destroy();
        this.version += 1;
      }
      this.shared[i] = this.create(size);
    });
  }

  /** A shared buffer. Another one after `version` has risen. */
  buffer(index: number): GPUBuffer {
    const buffer = this.shared[index];
    if (buffer === undefined) throw new Error("The plan's memory was not reserved.");
    return buffer;
  }

  dispose(): void {
    for (const buffer of [...this.shared, ...this.constants.keys()]) buffer.destroy();
    this.shared.length = 0;
    this.inUse.clear();
    this.constants.clear();
    this.numBytesAllocated = 0;
  }

  private create(size: number): GPUBuffer {
    this.numBytesAllocated += size;
    return this.device.createBuffer({ size, usage: tensorUsage });
  }
}

const isSame = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
