// A recorded step, ready to run again and again: its pipelines, bind groups and buffers all exist already.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { nameProgram } from "../gpu/gpu-kernels.ts";
import { type Command, type Dispatch, type Range, rangesOf, UniformBytes } from "./commands.ts";
import { elideCopies } from "./elide-copies.ts";
import type { PlanPool } from "./plan-pool.ts";
import { arrangeScratch, Scratch, type ScratchLife } from "./scratch.ts";

/** The GPU work of one step, and the outside tensors that it uses, each held by one reference. */
export interface Recording {
  readonly commands: readonly Command[];
  readonly outside: ReadonlySet<object>;
}

export interface Plan {
  /** What each command of the recording does. */
  readonly names: readonly string[];
  readonly dispatches: number;
  /** Those of tfjs's own programs, by name. */
  readonly foreign: Readonly<Record<string, number>>;
  readonly uniformBytes: number;
  /** Adds the whole step to an encoder. */
  encode(encoder: GPUCommandEncoder): void;
  dispose(): void;
}

type Issue =
  | {
      readonly pipeline: GPUComputePipeline;
      readonly group: GPUBindGroup;
      readonly workgroups: [number, number, number];
    }
  | ((encoder: GPUCommandEncoder) => void);

/** Builds the plan of a recording. */
export function createPlan(
  backend: WebGPUBackend,
  pool: PlanPool,
  { commands: recorded, outside }: Recording,
): Plan {
  const { device } = backend;
  const commands = elideCopies(recorded);
  const dispatches = commands.filter((command) => "pipeline" in command);
  const packed = packUniforms(dispatches, device.limits.minUniformBufferOffsetAlignment);
  const uniforms = device.createBuffer({
    size: packed.bytes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(uniforms, 0, packed.bytes);
  const scratch = placeScratch(commands, device.limits.maxBufferSize);
  pool.reserve(scratch.sizes);
  const place = ({
    buffer,
    offset,
    size,
  }: Range): Required<GPUBufferBinding> & { buffer: GPUBuffer } => {
    if (!(buffer instanceof Scratch)) return { buffer, offset, size };
    const at = scratch.placeOf(buffer);
    return { buffer: pool.buffer(at.buffer), offset: at.offset + offset, size };
  };
  const issue = (command: Command): Issue => {
    if ("clear" in command) {
      const { buffer, offset, size } = place(command.clear);
      return (encoder) => encoder.clearBuffer(buffer, offset, size);
    }
    if ("copy" in command) {
      const [from, to] = [place(command.copy.from), place(command.copy.to)];
      return (encoder) =>
        encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, to.size);
    }
    const { pipeline, workgroups } = command;
    const entries = command.bindings.map(({ buffer, offset, size, name }, binding) => ({
      binding,
      resource:
        buffer instanceof UniformBytes
          ? { buffer: uniforms, offset: packed.offsets.get(name) ?? 0, size }
          : place({ buffer, offset, size }),
    }));
    const layout = pipeline.getBindGroupLayout(0);
    return { pipeline, workgroups, group: device.createBindGroup({ layout, entries }) };
  };
  let issues = commands.map(issue);
  let version = pool.version;
  return {
    names: recorded.map(({ name }) => name),
    dispatches: dispatches.length,
    foreign: countForeign(backend, dispatches),
    uniformBytes: packed.bytes.byteLength,
    encode(encoder) {
      if (version !== pool.version) {
        issues = commands.map(issue);
        version = pool.version;
      }
      encodeAll(encoder, issues);
    },
    dispose() {
      uniforms.destroy();
      for (const dataId of outside) backend.disposeData(dataId);
    },
  };
}

function countForeign(
  backend: WebGPUBackend,
  dispatches: readonly Dispatch[],
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { pipeline } of dispatches) {
    const { name, isOwn } = nameProgram(backend, pipeline);
    if (!isOwn) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function encodeAll(encoder: GPUCommandEncoder, issues: readonly Issue[]): void {
  let pass: GPUComputePassEncoder | undefined;
  for (const issue of issues) {
    if (typeof issue === "function") {
      pass?.end();
      pass = undefined;
      issue(encoder);
      continue;
    }
    pass ??= encoder.beginComputePass();
    pass.setPipeline(issue.pipeline);
    pass.setBindGroup(0, issue.group);
    pass.dispatchWorkgroups(...issue.workgroups);
  }
  pass?.end();
}

/** Buffers of scratch memory grow to it: small enough for every device. */
const mostBytes = 256 * 1024 ** 2;

/** Gives each piece of scratch memory its place. Large buffers come first, so that those of several plans fit each other. */
function placeScratch(commands: readonly Command[], limit: number) {
  const lives: { -readonly [Name in keyof ScratchLife]: number }[] = [];
  const conflicts: Set<number>[] = [];
  const indices = new Map<Scratch, number>();
  const indexOf = (scratch: Scratch, at: number): number => {
    const index = indices.get(scratch) ?? lives.length;
    if (index === lives.length) {
      indices.set(scratch, index);
      lives.push({ size: scratch.size, first: at, last: at });
      conflicts.push(new Set());
    }
    return index;
  };
  commands.forEach((command, at) => {
    const touched = rangesOf(command).flatMap(({ buffer, isWritten }) =>
      buffer instanceof Scratch ? [{ index: indexOf(buffer, at), isWritten }] : [],
    );
    for (const { index, isWritten } of touched) {
      (lives[index] as { last: number }).last = at;
      for (const other of touched) {
        if (other.isWritten !== isWritten) conflicts[index]?.add(other.index);
      }
    }
  });
  const { places, sizes } = arrangeScratch(lives, conflicts, Math.min(limit, mostBytes));
  const order = sizes.map((_, i) => i).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const ranks = sizes.map((_, i) => order.indexOf(i));
  return {
    sizes: order.map((i) => sizes[i] ?? 0),
    placeOf(scratch: Scratch) {
      const place = places[indices.get(scratch) ?? -1];
      if (place === undefined) throw new Error("The plan knows nothing of this memory.");
      return { buffer: ranks[place.buffer] ?? 0, offset: place.offset };
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
