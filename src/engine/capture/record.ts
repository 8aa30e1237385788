// Records what a step would have the GPU do, without doing it. While it runs, the back end's device, queue and buffer manager are
// ours; tfjs's own code runs unchanged. Recording has no effect, so it can be repeated to see whether a step still does the same.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { flush, internalsOf, tensorUsage } from "../gpu/gpu-backend.ts";
import { constantId, writesBinding } from "../gpu/gpu-kernels.ts";
import { type Binding, type Command, type Range, UniformBytes } from "./commands.ts";
import type { Recording } from "./plan.ts";
import { CaptureError, type PlanPool } from "./plan-pool.ts";
import { Scratch } from "./scratch.ts";

const ids = new WeakMap<object, number>();
let nextId = 0;
function idOf(object: object): number {
  const known = ids.get(object);
  if (known !== undefined) return known;
  ids.set(object, nextId);
  return nextId++;
}

/** Gives a pipeline, or what stands in for it where the recording only tells which there are. */
type Compile = (descriptor: GPUComputePipelineDescriptor) => Pick<GPUComputePipeline, "label">;

/** Records a step. @throws CaptureError for one that reads values, writes its inputs or leaves tensors. */
export function record(
  backend: WebGPUBackend,
  pool: PlanPool,
  step: () => void,
  compile?: Compile,
): Recording {
  flush(backend);
  pool.beginRecording();
  const recorder = new Recorder(backend, pool, compile);
  let left = 0;
  try {
    recorder.attach();
    tf.tidy(step);
  } finally {
    try {
      flush(backend); // tfjs releases what it still holds, into the pool
    } finally {
      recorder.detach();
      left = pool.endRecording();
    }
  }
  if (left > 0) {
    release(backend, recorder);
    throw new CaptureError(`${left} of its tensors outlive it`);
  }
  return recorder;
}

/** Lets go of the outside tensors of a recording that becomes no plan. */
export function release(backend: WebGPUBackend, { outside }: Recording): void {
  for (const dataId of outside) backend.disposeData(dataId);
}

/** Records a step again and says where it differs from the names of its plan; undefined where it does the same. */
export function findDifference(
  backend: WebGPUBackend,
  pool: PlanPool,
  names: readonly string[],
  step: () => void,
): string | undefined {
  const again = record(backend, pool, step);
  release(backend, again);
  const count = Math.max(again.commands.length, names.length);
  for (let i = 0; i < count; i += 1) {
    const [now, then] = [again.commands[i]?.name, names[i]];
    if (now !== then) return `command ${i + 1} of ${count} was ${then} and is ${now}`;
  }
  return undefined;
}

const replaced = [
  ...(["device", "queue", "bufferManager", "uploadToGPU"] as const),
  ...(["readSync", "read", "releaseResource"] as const),
];
type Replaced = (typeof replaced)[number];

class Recorder implements Recording {
  readonly commands: Command[] = [];
  readonly outside = new Set<object>();
  private readonly backend: WebGPUBackend;
  private readonly pool: PlanPool;
  private readonly compile: Compile | undefined;
  private readonly firstDataId: number;
  private readonly own: Map<Replaced, PropertyDescriptor | undefined>;
  private readonly saved: Pick<WebGPUBackend, "device" | "queue" | "bufferManager">;
  private readonly batchSize = tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE");

  constructor(backend: WebGPUBackend, pool: PlanPool, compile: Compile | undefined) {
    this.backend = backend;
    this.pool = pool;
    this.compile = compile;
    const { device, queue, bufferManager } = backend;
    this.saved = { device, queue, bufferManager };
    this.own = new Map(
      replaced.map((name) => [name, Object.getOwnPropertyDescriptor(backend, name)]),
    );
    this.firstDataId = internalsOf(backend).nextDataId();
  }

  attach(): void {
    const { backend } = this;
    const uploadToGPU = backend.uploadToGPU.bind(backend);
    const releaseResource = internalsOf(backend).releaseResource.bind(backend);
    const refuse = (): never => {
      throw new CaptureError("it reads the values of a tensor");
    };
    Object.assign(backend, {
      device: strict(this.saved.device, {
        createCommandEncoder: () => this.encoder(),
        createBindGroup: (group: GPUBindGroupDescriptor) => group,
        ...(this.compile && { createComputePipeline: this.compile }),
      }),
      queue: strict({} as GPUQueue, {
        submit() {},
        writeBuffer(to: UniformBytes, _offset: number, data: ArrayBuffer) {
          if (!(to instanceof UniformBytes)) throw new CaptureError("it writes its own inputs");
          to.bytes = new Uint8Array(data.slice(0));
        },
      }),
      bufferManager: this.pool,
      uploadToGPU: (dataId: object) => this.place(dataId, uploadToGPU),
      // tfjs computes with small numbers of the step's own on the processor: constants, of which a second recording tells the change.
      readSync: (dataId: object) => {
        const { values, resource } = backend.tensorMap.get(dataId);
        return values && !resource && !this.isOutside(dataId) ? values : refuse();
      },
      read: refuse,
      // tfjs gives back what is a GPUBuffer.
      releaseResource: (dataId: object) => {
        const data = backend.tensorMap.get(dataId);
        const resource: unknown = data?.resource;
        if (!(resource instanceof Scratch)) return releaseResource(dataId);
        this.pool.releaseBuffer(resource);
        data.resource = null as never;
      },
    });
    // Each dispatch is a submit of its own: tfjs then releases what it used last right after it.
    tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", 1);
  }

  detach(): void {
    for (const [name, descriptor] of this.own) {
      Reflect.deleteProperty(this.backend, name);
      if (descriptor !== undefined) Object.defineProperty(this.backend, name, descriptor);
    }
    tf.env().set("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE", this.batchSize);
  }

  private isOutside(dataId: object): boolean {
    return (dataId as { id: number }).id < this.firstDataId;
  }

  /** tfjs calls this for every tensor that a program touches, before it binds it. */
  private place(dataId: object, uploadToGPU: (dataId: object) => void): void {
    const data = this.backend.tensorMap.get(dataId);
    const isOutside = this.isOutside(dataId);
    if (isOutside && !this.outside.has(dataId)) {
      this.outside.add(dataId);
      this.backend.incRef(dataId);
    }
    if (data.resource || !data.values) {
      if (isOutside) this.inOwnMemory(() => uploadToGPU(dataId));
      else uploadToGPU(dataId);
      return;
    }
    const Values = data.dtype === "float32" ? Float32Array : Int32Array;
    const bytes = new Uint8Array(Values.from(data.values as Float32Array).buffer);
    if (isOutside) {
      const { bufferManager, queue } = this.saved;
      const buffer = bufferManager.acquireBuffer(bytes.byteLength, tensorUsage);
      queue.writeBuffer(buffer, 0, bytes);
      data.resource = buffer;
    } else {
      data.resource = this.pool.constant(bytes);
    }
    data.values = null as never; // as uploadToGPU does: the GPU has it now
  }

  /** What outlives the recording gets no scratch memory, also where it gets its memory only now. */
  private inOwnMemory(work: () => void): void {
    const { backend } = this;
    backend.bufferManager = this.saved.bufferManager;
    try {
      work();
    } finally {
      backend.bufferManager = this.pool as never;
    }
  }

  private encoder(): GPUCommandEncoder {
    let pipeline: GPUComputePipeline;
    let bindings: Binding[] = [];
    const pass = {
      setPipeline(next: GPUComputePipeline) {
        pipeline = next;
      },
      setBindGroup: (_index: number, { entries }: GPUBindGroupDescriptor) => {
        bindings = Array.from(entries, ({ binding, resource }) => ({
          ...this.bind(resource as GPUBufferBinding),
          isWritten: writesBinding(pipeline, binding),
        }));
      },
      dispatchWorkgroups: (...workgroups: [number, number, number]) => {
        const names = bindings.map(({ name }) => name).join(" ");
        const name = `${pipeline.label}#${idOf(pipeline)}(${names}) ${workgroups}`;
        this.commands.push({ name, pipeline, bindings, workgroups });
      },
      end() {},
    };
    return strict({} as GPUCommandEncoder, {
      beginComputePass: () => pass,
      finish: () => undefined,
      copyBufferToBuffer: (
        source: GPUBuffer,
        at: number,
        target: GPUBuffer,
        toAt: number,
        size: number,
      ) => {
        const [from, to] = [this.range(source, at, size), this.range(target, toAt, size)];
        this.commands.push({
          name: `copy ${from.name}+${at} ${to.name}+${toAt} ${size}`,
          copy: { from, to },
        });
      },
      clearBuffer: (buffer: GPUBuffer, at = 0, size = buffer.size - at) => {
        const range = this.range(buffer, at, size);
        this.commands.push({ name: `clear ${range.name}+${at} ${size}`, clear: range });
      },
    });
  }

  private range(buffer: GPUBuffer, offset: number, size: number): Range & { name: string } {
    const { name } = this.bind({ buffer });
    return { buffer, offset, size, name };
  }

  private bind({ buffer: bound, offset = 0, size }: GPUBufferBinding): Omit<Binding, "isWritten"> {
    const buffer = bound as GPUBuffer | Scratch | UniformBytes;
    if (buffer instanceof UniformBytes) {
      const name = `[${new Int32Array(buffer.bytes.buffer)}]`;
      return { buffer, offset: 0, size: buffer.size, name };
    }
    const known = this.pool.describe(buffer);
    if (known !== undefined) return { buffer, offset, ...known };
    const constant = constantId(buffer);
    const place = constant === undefined ? `outside${idOf(buffer)}` : `table${constant}`;
    return { buffer, offset, size: size ?? buffer.size - offset, name: `${place}+${offset}` };
  }
}

/** `target` with some methods replaced; a method that neither has is refused by name. */
function strict<Target extends object>(target: Target, methods: Record<string, unknown>): Target {
  return new Proxy(target, {
    get(_, key: string) {
      if (key in methods) return methods[key];
      if (!(key in target)) throw new CaptureError(`it uses ${key}`);
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
