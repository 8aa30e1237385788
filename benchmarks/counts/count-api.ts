// Counts what a page asks of WebGPU, by wrapping the API. Imported before anything that uses it.

export interface ApiCounts {
  /** Dispatches by the label of their pipeline. */
  readonly dispatches: Record<string, number>;
  readonly submits: number;
  readonly buffers: number;
  readonly bindGroups: number;
  readonly writes: number;
  readonly passes: number;
}

const counts = { submits: 0, buffers: 0, bindGroups: 0, writes: 0, passes: 0 };
let dispatches: Record<string, number> = {};
let liveBytes = 0;
let mostBytes = 0;

/** Bytes of all buffers that were created and not destroyed. */
export const bytesAlive = (): number => liveBytes;

/** The most of them at once since the last call. */
export function takePeak(): number {
  const peak = mostBytes;
  mostBytes = liveBytes;
  return peak;
}

/** What was asked for since the last call. */
export function takeCounts(): ApiCounts {
  const taken = { ...counts, dispatches };
  dispatches = {};
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] = 0;
  return taken;
}

function wrap<Target extends object, Name extends keyof Target>(
  prototype: Target,
  name: Name,
  before: (self: never, args: readonly never[]) => void,
): void {
  const original = prototype[name] as (...args: never[]) => unknown;
  prototype[name] = function (this: never, ...args: never[]) {
    before(this, args);
    return Reflect.apply(original, this, args);
  } as Target[Name];
}

wrap(GPUQueue.prototype, "submit", () => {
  counts.submits += 1;
});
wrap(GPUQueue.prototype, "writeBuffer", () => {
  counts.writes += 1;
});
wrap(GPUDevice.prototype, "createBindGroup", () => {
  counts.bindGroups += 1;
});
wrap(GPUCommandEncoder.prototype, "beginComputePass", () => {
  counts.passes += 1;
});
wrap(GPUDevice.prototype, "createBuffer", (_self, [descriptor]: readonly GPUBufferDescriptor[]) => {
  counts.buffers += 1;
  liveBytes += descriptor?.size ?? 0;
  mostBytes = Math.max(mostBytes, liveBytes);
});
const destroyed = new WeakSet<GPUBuffer>();
wrap(GPUBuffer.prototype, "destroy", (self: GPUBuffer) => {
  if (destroyed.has(self)) return;
  destroyed.add(self);
  liveBytes -= self.size;
});
const labels = new WeakMap<GPUComputePassEncoder, string>();
wrap(
  GPUComputePassEncoder.prototype,
  "setPipeline",
  (self: GPUComputePassEncoder, [pipeline]: readonly GPUComputePipeline[]) => {
    labels.set(self, pipeline?.label ?? "");
  },
);
wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", (self: GPUComputePassEncoder) => {
  const label = labels.get(self) ?? "";
  dispatches[label] = (dispatches[label] ?? 0) + 1;
});
