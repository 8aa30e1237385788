// The memory of captured plans. It takes the place of tfjs's buffer manager while a step is recorded.
import { tensorUsage } from "../gpu/gpu-backend.ts";

/** Why a step cannot be captured. */
export class CaptureError extends Error {}

/** Stands in for a uniform buffer while a step is recorded: only its bytes matter, the plan packs them later. */
export class UniformBytes {
  readonly size: number;
  bytes = new Uint8Array(0);
  constructor(size: number) {
    this.size = size;
  }
}

/** A free buffer serves a request if it is at most so many times larger. */
const slack = 2;

/** Plans run one after another, so they share these buffers; tfjs itself never gets one. */
export class PlanPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  private readonly device: GPUDevice;
  private readonly free: GPUBuffer[] = [];
  private readonly inUse = new Map<GPUBuffer, { id: number; size: number }>();
  private readonly constants = new Map<GPUBuffer, { id: number; data: Uint8Array }>();
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
    this.free.push(...this.inUse.keys());
    this.inUse.clear();
    this.numBytesUsed = 0;
    return left;
  }

  acquireBuffer(size: number, usage: number): GPUBuffer {
    if ((usage & GPUBufferUsage.UNIFORM) !== 0) {
      return new UniformBytes(size) as unknown as GPUBuffer;
    }
    if (usage !== tensorUsage) throw new CaptureError("it reads values back or maps a buffer");
    const buffer = this.takeFree(size) ?? this.create(size);
    this.inUse.set(buffer, { id: this.nextId++, size });
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer | UniformBytes): void {
    if (buffer instanceof UniformBytes || this.constants.has(buffer)) return;
    const use = this.inUse.get(buffer);
    if (use === undefined) throw new CaptureError("it disposes of a tensor made outside of it");
    this.inUse.delete(buffer);
    this.numBytesUsed -= use.size;
    this.free.push(buffer);
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
  describe(buffer: GPUBuffer): { name: string; size: number } | undefined {
    const use = this.inUse.get(buffer);
    if (use !== undefined) return { name: `scratch${use.id}`, size: use.size };
    const constant = this.constants.get(buffer);
    return constant && { name: `constant${constant.id}`, size: constant.data.byteLength };
  }

  dispose(): void {
    for (const buffer of [...this.free, ...this.inUse.keys(), ...this.constants.keys()]) {
      buffer.destroy();
    }
    this.free.length = 0;
    this.inUse.clear();
    this.constants.clear();
    this.numBytesAllocated = 0;
  }

  private create(size: number): GPUBuffer {
    this.numBytesAllocated += size;
    return this.device.createBuffer({ size, usage: tensorUsage });
  }

  private takeFree(size: number): GPUBuffer | undefined {
    let best = -1;
    for (const [i, buffer] of this.free.entries()) {
      if (buffer.size < size || buffer.size > size * slack) continue;
      if (best < 0 || buffer.size < (this.free[best]?.size ?? 0)) best = i;
    }
    return best < 0 ? undefined : this.free.splice(best, 1)[0];
  }
}

const isSame = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
