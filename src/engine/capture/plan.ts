// A recorded step, ready to run again and again: its pipelines, bind groups and buffers all exist already.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { UniformBytes } from "./plan-pool.ts";

/** One buffer of a dispatch. `name` says what it is, alike in every recording of an equal step. */
export interface Binding {
  readonly buffer: GPUBuffer | UniformBytes;
  readonly offset: number;
  readonly size: number;
  readonly name: string;
}

interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: readonly Binding[];
  readonly workgroups: [number, number, number];
}
type Encode = (encoder: GPUCommandEncoder) => void;
export type Command = { readonly name: string } & (Dispatch | { readonly encode: Encode });

/** The GPU work of one step, and the outside tensors that it uses, each held by one reference. */
export interface Recording {
  readonly commands: readonly Command[];
  readonly outside: ReadonlySet<object>;
}

interface Run {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: [number, number, number];
}

export interface Plan {
  /** What each command does: two recordings with equal names do the same. */
  readonly names: readonly string[];
  readonly dispatches: number;
  readonly uniformBytes: number;
  /** Adds the whole step to an encoder. */
  encode(encoder: GPUCommandEncoder): void;
  dispose(): void;
}

/** Builds the plan of a recording. */
export function createPlan(backend: WebGPUBackend, { commands, outside }: Recording): Plan {
  const { device } = backend;
  const dispatches = commands.filter((command) => "pipeline" in command);
  const packed = packUniforms(dispatches, device.limits.minUniformBufferOffsetAlignment);
  const uniforms = device.createBuffer({
    size: packed.bytes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(uniforms, 0, packed.bytes);
  const runs = commands.map((command): Run | { encode: Encode } => {
    if (!("pipeline" in command)) return command;
    const { pipeline, workgroups } = command;
    const entries = command.bindings.map(({ buffer, offset, size, name }, binding) => ({
      binding,
      resource:
        buffer instanceof UniformBytes
          ? { buffer: uniforms, offset: packed.offsets.get(name) ?? 0, size }
          : { buffer, offset, size },
    }));
    const layout = pipeline.getBindGroupLayout(0);
    return { pipeline, workgroups, group: device.createBindGroup({ layout, entries }) };
  });
  return {
    names: commands.map(({ name }) => name),
    dispatches: dispatches.length,
    uniformBytes: packed.bytes.byteLength,
    encode(encoder) {
      let pass: GPUComputePassEncoder | undefined;
      for (const run of runs) {
        if ("encode" in run) {
          pass?.end();
          pass = undefined;
          run.encode(encoder);
          continue;
        }
        pass ??= encoder.beginComputePass();
        pass.setPipeline(run.pipeline);
        pass.setBindGroup(0, run.group);
        pass.dispatchWorkgroups(...run.workgroups);
      }
      pass?.end();
    },
    dispose() {
      uniforms.destroy();
      for (const dataId of outside) backend.disposeData(dataId);
    },
  };
}

/** Lays all uniforms of a plan out in one buffer, equal ones once. */
function packUniforms(dispatches: readonly Dispatch[], alignment: number) {
  const offsets = new Map<string, number>();
  const chunks: [number, Uint8Array][] = [];
  let end = 0;
  for (const { buffer, name } of dispatches.flatMap(({ bindings }) => bindings)) {
    if (!(buffer instanceof UniformBytes) || offsets.has(name)) continue;
    offsets.set(name, end);
    chunks.push([end, buffer.bytes]);
    end = Math.ceil((end + buffer.size) / alignment) * alignment;
  }
  const bytes = new Uint8Array(Math.max(end, 16));
  for (const [at, chunk] of chunks) bytes.set(chunk, at);
  return { bytes, offsets };
}
