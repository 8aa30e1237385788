// Starts tfjs-wasm and the CPU kernels on its memory: on several threads where the page is cross-origin isolated, else on one.
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { StudioError } from "../../lib/errors.ts";
import { type CpuKernels, cpuKernels, type KernelFiles, startCpuKernels } from "./cpu-kernels.ts";
import { guardAllocations, wasmBackend } from "./heap.ts";

/** Where the WebAssembly files lie: tfjs's two builds with SIMD, and our kernels. */
export interface WasmFiles {
  readonly simd: string;
  readonly threadedSimd: string;
  readonly kernels: KernelFiles;
}

/** More threads than this gain little: the memory is the limit then. */
const mostThreads = 8;

/**
 * Starts the back end by `setBackend` and loads the kernels. `wanted` is a number of threads; without it one a core is taken.
 * @returns what runs, in words: "relaxed SIMD, 2 threads", and why where it is one thread.
 */
export async function startWasmBackend(
  files: WasmFiles,
  wanted: number | undefined,
  setBackend: () => Promise<void>,
): Promise<string> {
  if (typeof WebAssembly === "undefined") {
    throw new StudioError("This browser has no WebAssembly.");
  }
  setWasmPaths({
    "tfjs-backend-wasm.wasm": files.simd,
    "tfjs-backend-wasm-simd.wasm": files.simd,
    "tfjs-backend-wasm-threaded-simd.wasm": files.threadedSimd,
  });
  if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) {
    throw new StudioError("This browser's WebAssembly has no SIMD instructions.");
  }
  const cores = Math.min(mostThreads, globalThis.navigator?.hardwareConcurrency ?? 1);
  const threads = Math.max(1, wanted ?? cores);
  const obstacle = threads === 1 ? oneThreadReason(wanted) : await sharingObstacle();
  if (obstacle !== null) return describe(await startOneThread(files, setBackend), obstacle);
  try {
    return describe(await startThreads(files, threads, setBackend), null);
  } catch (error) {
    forgetBackend();
    const why = error instanceof Error ? error.message : String(error);
    return describe(await startOneThread(files, setBackend), why);
  }
}

function describe({ threads, relaxedSimd }: CpuKernels, obstacle: string | null): string {
  const simd = relaxedSimd ? "relaxed SIMD" : "SIMD";
  if (threads > 1) return `${simd}, ${threads} threads`;
  return obstacle === null ? `${simd}, one thread` : `${simd}, one thread: ${obstacle}`;
}

const oneThreadReason = (wanted: number | undefined): string =>
  wanted === undefined ? "this device has one core" : "as asked";

/** What keeps memory from being shared between threads; null where nothing does. */
async function sharingObstacle(): Promise<string | null> {
  if (tf.env().getBool("IS_NODE")) return "Node";
  if (!globalThis.crossOriginIsolated) return "the site is not cross-origin isolated";
  if (typeof Worker === "undefined") return "this browser has no nested workers";
  const threads = await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
  return threads ? null : "this browser's WebAssembly has no threads";
}

async function startOneThread(files: WasmFiles, setBackend: () => Promise<void>) {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await setBackend();
  return startKernels(files, 1);
}

async function startThreads(files: WasmFiles, threads: number, setBackend: () => Promise<void>) {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  // tfjs's own threads would wait for workers that never work.
  setThreadsCount(1);
  const worker = globalThis.Worker;
  globalThis.Worker = SilentWorker as unknown as typeof Worker;
  try {
    await setBackend();
  } finally {
    globalThis.Worker = worker;
  }
  return startKernels(files, threads);
}

async function startKernels(files: WasmFiles, threads: number): Promise<CpuKernels> {
  const running = cpuKernels();
  if (running?.threads === threads) return running;
  if (running === undefined) guardAllocations(wasmBackend());
  return startCpuKernels(files.kernels, threads);
}

/** After a start that failed: the next one makes a new back end. */
function forgetBackend(): void {
  const factory = tf.findBackendFactory("wasm");
  tf.removeBackend("wasm");
  tf.registerBackend("wasm", factory, 2);
}

/**
 * Stands in for the workers of tfjs's threaded build. Those start from blob: scripts, which the content security policy
 * forbids; the build starts once each has said that it is loaded, and with one thread it never calls them again.
 */
class SilentWorker {
  onmessage: ((event: { data: { cmd: string } }) => void) | null = null;
  onerror: unknown = null;

  postMessage(message: { readonly cmd: string }): void {
    if (message.cmd === "load") queueMicrotask(() => this.onmessage?.({ data: { cmd: "loaded" } }));
  }

  terminate(): void {}
}
