// Our own WGSL kernels on tfjs's WebGPU tensors: several outputs, in place where a kernel wants it, encoded between tfjs's own
// programs. An op asks `gpuKernels()`; where that is undefined it computes on the processor or its composite.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import { gpuBackend, internalsOf, tensorUsage, viewTensor } from "./gpu-backend.ts";

type Element = "f32" | "i32" | "u32";

/** A kernel's source and what it is called with. */
export interface GpuKernel {
  /** Kernels of equal names have equal sources. */
  readonly name: string;
  /** Storage buffers that are read, then those that are written or read and written. No buffer may be both. */
  readonly reads: Readonly<Record<string, Element>>;
  readonly writes: Readonly<Record<string, Element>>;
  /** Numbers of a call, fields of `params`. */
  readonly params: Readonly<Record<string, Element>>;
  /** Invocations of a workgroup. */
  readonly workgroup: number;
  /** WGSL with `fn run(group: u32, lane: u32)`: which workgroup, and which invocation in it. */
  readonly code: string;
}

export interface GpuKernels {
  /** Storage buffers that a kernel may bind: 8 on every device. */
  readonly mostBuffers: number;
  /** A new tensor with whatever the memory holds: the kernel must write every value. */
  output<R extends tf.Rank = tf.Rank>(
    shape: tf.ShapeMap[R] | readonly number[],
    dtype?: "float32" | "int32",
  ): tf.Tensor<R>;
  /** A tensor `[size]` of values that never change, which are made and uploaded once under their key. It is tidied up like others. */
  constant(key: string, make: () => Float32Array): tf.Tensor;
  /** Runs `groups` workgroups. */
  run(
    kernel: GpuKernel,
    tensors: Readonly<Record<string, tf.TensorInfo>>,
    params: Readonly<Record<string, number>>,
    groups: number,
  ): void;
  /** Copies the values of one tensor into another of equal size. */
  copy(from: tf.TensorInfo, to: tf.TensorInfo): void;
  /** Sets all values to 0. */
  clear(tensor: tf.TensorInfo): void;
}

/** A dispatch has at most so many workgroups in each direction. */
const mostGroups = 65_535;

/** Of the pipelines of own kernels: the first storage buffer that is written. */
const firstWritten = new WeakMap<GPUComputePipeline, number>();

/** Whether a pipeline writes to a storage buffer. A program of tfjs writes to the first and reads the others. */
export function writesBinding(pipeline: GPUComputePipeline, binding: number): boolean {
  const first = firstWritten.get(pipeline);
  return first === undefined ? binding === 0 : binding >= first;
}

/** Constants that are kept. An older one that a plan still uses lives as long as the plan, also where it is made again since. */
const mostConstants = 8;

/** A number for each key of a constant. */
const constantIds = new Map<string, number>();
const idsOfConstants = new WeakMap<object, number>();

/** Tells which constant a buffer holds, if any: the same number for one that is made again, and has the same values. */
export const constantId = (buffer: object): number | undefined => idsOfConstants.get(buffer);

/** Tells of a pipeline what is known of the one that stood in for it. */
export function inheritBindings(standIn: GPUComputePipeline, pipeline: GPUComputePipeline): void {
  const first = firstWritten.get(standIn);
  if (first !== undefined) firstWritten.set(pipeline, first);
}

/** Own kernels stand among tfjs's programs in its cache, under names that tfjs does not give. */
const ownPrefix = "studio ";

/** What a program is called, and whether it is ours. tfjs's own have minified labels in a build: their keys begin with a name. */
export function nameProgram(
  backend: WebGPUBackend,
  pipeline: GPUComputePipeline,
): { readonly name: string; readonly isOwn: boolean } {
  const { pipelineCache } = internalsOf(backend);
  const key = Object.keys(pipelineCache).find((each) => pipelineCache[each] === pipeline) ?? "";
  if (key.startsWith(ownPrefix)) return { name: key.slice(ownPrefix.length), isOwn: true };
  return { name: key.split("_")[0] ?? "", isOwn: false };
}

const kernelsOf = new WeakMap<WebGPUBackend, GpuKernels>();

/** The kernels of the running back end; undefined where it is not WebGPU. */
export function gpuKernels(): GpuKernels | undefined {
  const backend = gpuBackend();
  if (backend === undefined) return undefined;
  const known = kernelsOf.get(backend);
  if (known !== undefined) return known;
  const kernels = createKernels(backend);
  kernelsOf.set(backend, kernels);
  return kernels;
}

function createKernels(backend: WebGPUBackend): GpuKernels {
  const internals = internalsOf(backend);
  const constants = new Map<string, GPUBuffer>();
  const { pipelineCache } = internals;
  const bindingOf = (tensor: tf.TensorInfo): GPUBufferBinding => {
    backend.uploadToGPU(tensor.dataId);
    internals.commandQueueOwnedIds.add(tensor.dataId);
    return internals.tensorToBinding(tensor);
  };
  return {
    mostBuffers: backend.device.limits.maxStorageBuffersPerShaderStage,
    output: (shape, dtype = "float32") =>
      tf
        .engine()
        .makeTensorFromTensorInfo(backend.makeTensorInfo([...(shape as number[])], dtype)) as never,
    constant(key, make) {
      const buffer = constants.get(key) ?? uploadConstant(backend.device, make());
      const [oldest = key] = constants.keys();
      if (!constants.has(key) && constants.size === mostConstants) constants.delete(oldest);
      constants.set(key, buffer);
      const id = constantIds.get(key) ?? constantIds.size;
      constantIds.set(key, id);
      idsOfConstants.set(buffer, id);
      return viewTensor(backend, buffer, 0, [buffer.size / 4]);
    },
    run(kernel, tensors, params, groups) {
      if (groups === 0) return;
      const key = ownPrefix + kernel.name;
      pipelineCache[key] ??= compile(backend.device, kernel);
      const pipeline = pipelineCache[key];
      const names = [...Object.keys(kernel.reads), ...Object.keys(kernel.writes)];
      const resources = names.map((name) => {
        const tensor = tensors[name];
        if (tensor === undefined) throw new Error(`The kernel ${kernel.name} needs ${name}.`);
        return bindingOf(tensor);
      });
      resources.push({ buffer: writeParams(backend, kernel, params, groups) });
      const group = backend.device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: resources.map((resource, binding) => ({ binding, resource })),
      });
      backend.ensureCommandEncoderReady();
      internals.computePassEncoder ??= (
        internals.commandEncoder as GPUCommandEncoder
      ).beginComputePass();
      const pass = internals.computePassEncoder;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      const across = Math.min(groups, mostGroups);
      pass.dispatchWorkgroups(across, Math.ceil(groups / across), 1);
      internals.dispatchCountInPass += 1;
      if (
        tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE") <= internals.dispatchCountInPass
      ) {
        backend.endComputePassEncoder();
        backend.submitQueue();
      }
    },
    copy(from, to) {
      const [source, target] = [bindingOf(from), bindingOf(to)];
      encoderOf(backend).copyBufferToBuffer(
        source.buffer,
        source.offset ?? 0,
        target.buffer,
        target.offset ?? 0,
        4 * tf.util.sizeFromShape(from.shape),
      );
    },
    clear(tensor) {
      const { buffer, offset = 0 } = bindingOf(tensor);
      encoderOf(backend).clearBuffer(buffer, offset, 4 * tf.util.sizeFromShape(tensor.shape));
    },
  };
}

/** It is no command of the queue, so that it happens while a step is recorded too. */
function uploadConstant(device: GPUDevice, values: Float32Array): GPUBuffer {
  const size = values.byteLength;
  const buffer = device.createBuffer({ size, usage: tensorUsage, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(values);
  buffer.unmap();
  return buffer;
}

function encoderOf(backend: WebGPUBackend): GPUCommandEncoder {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  return internalsOf(backend).commandEncoder as GPUCommandEncoder;
}

/** The numbers of a call in a uniform buffer, which goes back to tfjs's pool after the submit. */
function writeParams(
  backend: WebGPUBackend,
  { name, params: types }: GpuKernel,
  params: Readonly<Record<string, number>>,
  groups: number,
): GPUBuffer {
  const fields = Object.entries(types);
  const size = Math.ceil((fields.length + 1) / 4) * 16;
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, groups, true);
  fields.forEach(([field, type], i) => {
    const value = params[field];
    if (value === undefined) throw new Error(`The kernel ${name} needs the number ${field}.`);
    if (type === "f32") view.setFloat32(4 * i + 4, value, true);
    else view.setUint32(4 * i + 4, value, true);
  });
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM;
  const buffer = backend.bufferManager.acquireBuffer(size, usage) as GPUBuffer;
  backend.queue.writeBuffer(buffer, 0, view.buffer as ArrayBuffer, 0, size);
  internalsOf(backend).uniformPendingDisposal.push(buffer);
  return buffer;
}

function compile(device: GPUDevice, kernel: GpuKernel): GPUComputePipeline {
  const { name, reads, writes } = kernel;
  const types: GPUBufferBindingType[] = [
    ...Object.keys(reads).map(() => "read-only-storage" as const),
    ...Object.keys(writes).map(() => "storage" as const),
    "uniform",
  ];
  // An explicit layout: the automatic one leaves out what a variant of a kernel does not read.
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
  const pipeline = device.createComputePipeline({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({ label: name, code: kernelSource(kernel) }),
      entryPoint: "main",
    },
  });
  firstWritten.set(pipeline, Object.keys(reads).length);
  return pipeline;
}

/** The whole WGSL module of a kernel. */
function kernelSource({ reads, writes, params, workgroup, code }: GpuKernel): string {
  const declare = (access: string, first: number) => (entry: [string, Element], i: number) =>
    `@group(0) @binding(${first + i}) var<storage, ${access}> ${entry[0]} : array<${entry[1]}>;`;
  const [read, written] = [Object.entries(reads), Object.entries(writes)];
  const fields = [["groups", "u32"], ...Object.entries(params)];
  return `
struct Params { ${fields.map(([field, type]) => `${field} : ${type},`).join(" ")} }
${read.map(declare("read", 0)).join("\n")}
${written.map(declare("read_write", read.length)).join("\n")}
@group(0) @binding(${read.length + written.length}) var<uniform> params : Params;
${code}
@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) workgroup_id : vec3<u32>,
  @builtin(num_workgroups) num_workgroups : vec3<u32>,
  @builtin(local_invocation_index) lane : u32,
) {
  let group = workgroup_id.y * num_workgroups.x + workgroup_id.x;
  if (group >= params.groups) { return; }
  run(group, lane);
}
`;
}
