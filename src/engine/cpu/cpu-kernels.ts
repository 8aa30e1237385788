// The CPU kernels: AssemblyScript functions that work in place on tfjs-wasm's tensors, on one thread or several.
// An op asks `cpuKernels()`; where that is undefined (another back end, or no kernels), it computes its composite of tfjs ops.
import * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../../lib/errors.ts";
import { watchCrowding } from "./crowding.ts";
import { allocate, type HeapArea, heapMemory, type WasmBackend, wasmBackend } from "./heap.ts";
import { startHelpers } from "./helpers.ts";
import {
  type Job,
  jobBytes,
  type Kernel,
  publish,
  takePieces,
  viewJob,
  waitForPieces,
} from "./job.ts";

/** Where the compiled kernels and the helper's script lie. */
export interface KernelFiles {
  readonly simd: string;
  readonly relaxedSimd: string;
  readonly threadsSimd: string;
  readonly threadsRelaxedSimd: string;
  readonly worker: string;
  /** Reads a file by its address. */
  read(address: string): Promise<BufferSource>;
}

export interface CpuKernels {
  /** Threads that share the work, the calling one included. */
  readonly threads: number;
  /** True where a multiplication and an addition round once. */
  readonly relaxedSimd: boolean;
  /** Byte address of a tensor's values, good until the tensor is disposed. */
  address(tensor: tf.TensorInfo): number;
  /** A new tensor with whatever the memory holds: the kernel must write every value. */
  output<R extends tf.Rank = tf.Rank>(
    shape: tf.ShapeMap[R] | number[],
    dtype?: "float32" | "int32",
  ): tf.Tensor<R>;
  /** Working memory of so many bytes, one area a name. What it holds is lost when it has to grow. */
  scratch(name: string, bytes: number): number;
  /** Calls a kernel on this thread. */
  call(name: string, ...args: readonly number[]): void;
  /**
   * Calls a kernel whose last two parameters are a range, on all threads: pieces of `[0, extent)` of at least `grain` units, each a
   * multiple of `grain` but the last. A grain should be worth 10 microseconds.
   */
  split(name: string, args: readonly number[], extent: number, grain: number): void;
}

/** Each thread's own memory, which the kernels reach by `threadScratch()`. */
const threadScratchBytes = 256 * 1024;
/** More pieces than threads, so that a thread that the system holds up does not hold up the others. */
const piecesPerThread = 4;

let active: { readonly backend: WasmBackend; readonly kernels: CpuKernels } | undefined;

/** The kernels of the running back end; undefined where it has none. */
export function cpuKernels(): CpuKernels | undefined {
  return active !== undefined && tf.getBackend() === "wasm" && wasmBackend() === active.backend
    ? active.kernels
    : undefined;
}

/** Loads the kernels for the running wasm back end, with `threads` threads where its memory is shared. */
export async function startCpuKernels(files: KernelFiles, threads: number): Promise<CpuKernels> {
  const backend = wasmBackend();
  const memory = heapMemory(backend);
  const isShared = !(memory.buffer instanceof ArrayBuffer);
  const { bytes, relaxedSimd } = await readKernels(files, isShared);
  const module = await WebAssembly.compile(bytes);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const names = WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === "function")
    .map(({ name }) => name);
  (exports.setThreadScratch as Kernel)(allocate(backend, threadScratchBytes).address);

  let job: Job | undefined;
  if (isShared && threads > 1) {
    const { address } = allocate(backend, jobBytes);
    new Uint8Array(memory.buffer, address, jobBytes).fill(0);
    job = viewJob(memory.buffer, address);
    const starts = Array.from({ length: threads - 1 }, () => ({
      ...{ module, memory, names, job: address },
      scratch: allocate(backend, threadScratchBytes).address,
    }));
    await startHelpers(files.worker, starts);
  }
  const kernels = createKernels(backend, exports as Record<string, Kernel>, names, {
    job,
    threads: job === undefined ? 1 : threads,
    relaxedSimd,
  });
  active = { backend, kernels };
  return kernels;
}

async function readKernels(files: KernelFiles, isShared: boolean) {
  const relaxed = await files.read(isShared ? files.threadsRelaxedSimd : files.relaxedSimd);
  if (WebAssembly.validate(relaxed)) return { bytes: relaxed, relaxedSimd: true };
  const bytes = await files.read(isShared ? files.threadsSimd : files.simd);
  return { bytes, relaxedSimd: false };
}

function createKernels(
  backend: WasmBackend,
  exports: Record<string, Kernel>,
  names: readonly string[],
  { job, threads, relaxedSimd }: { job: Job | undefined; threads: number; relaxedSimd: boolean },
): CpuKernels {
  const byName = new Map(names.map((name, index) => [name, index]));
  const functions = names.map((name) => exports[name] as Kernel);
  const areas = new Map<string, HeapArea>();
  const crowding = watchCrowding();
  // A page's main thread may not sleep, and no test that runs there should.
  const maySleep = typeof document === "undefined";

  const find = (name: string): number => {
    const index = byName.get(name);
    if (index === undefined) throw new StudioError(`There is no CPU kernel ${name}.`);
    return index;
  };
  return {
    threads,
    relaxedSimd,
    address: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    output: (shape, dtype = "float32") =>
      tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, dtype)) as never,
    scratch(name, bytes) {
      const area = areas.get(name);
      if (area !== undefined && area.bytes >= bytes) return area.address;
      area?.free();
      const larger = allocate(backend, Math.ceil(bytes * 1.25));
      areas.set(name, larger);
      return larger.address;
    },
    call(name, ...args) {
      functions[find(name)]?.(...args);
    },
    split(name, args, extent, grain) {
      if (extent <= 0) return;
      const index = find(name);
      const start = performance.now();
      // Two grains are not worth waking a thread for.
      if (job === undefined || extent <= 2 * grain || crowding.isCrowded(start)) {
        functions[index]?.(...args, 0, extent);
        return;
      }
      const grains = Math.ceil(extent / grain / (threads * piecesPerThread));
      publish(job, index, args, extent, grain * grains);
      takePieces(job, functions);
      const end = performance.now();
      const hasFailed = waitForPieces(job, maySleep);
      const now = performance.now();
      crowding.record(end - start, now - end, now);
      if (hasFailed) {
        throw new StudioError(`The CPU kernel ${name} failed: it left the memory of its tensors.`);
      }
    },
  };
}
