// tfjs-wasm's heap, on which our kernels work in place. Nothing else touches these privates of tfjs.
import * as tf from "@tensorflow/tfjs-core";
import { wasmHeapLimit } from "../../config/run-memory.ts";
import { StudioError } from "../../lib/errors.ts";

interface WasmModule {
  readonly asm: { readonly memory?: WebAssembly.Memory };
  readonly wasmMemory?: WebAssembly.Memory;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

export interface WasmBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
}

/** The running wasm back end. */
export const wasmBackend = (): WasmBackend => tf.backend() as unknown as WasmBackend;

/** The back end's memory: shared in the threaded build. Its buffer changes when the heap grows. */
export function heapMemory({ wasm }: WasmBackend): WebAssembly.Memory {
  const memory = wasm.wasmMemory ?? wasm.asm.memory;
  if (memory === undefined) throw new StudioError("The WebAssembly back end hides its memory.");
  return memory;
}

/** A part of the heap. */
export interface HeapArea {
  readonly address: number;
  readonly bytes: number;
  free(): void;
}

/** Takes a part of the heap, rounded up to whole cache lines, so that two threads never share one. */
export function allocate({ wasm }: WasmBackend, bytes: number): HeapArea {
  const start = wasm._malloc(bytes + 128) >>> 0;
  return { address: Math.ceil(start / 64) * 64, bytes, free: () => wasm._free(start) };
}

/** Stock tfjs takes the address 0 of a failed allocation for a place and writes over its own data; this one throws. */
export function guardAllocations({ wasm }: WasmBackend): void {
  // The first call replaces the function.
  wasm._free(wasm._malloc(16));
  const allocateBytes = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = allocateBytes(bytes) >>> 0;
    if (address !== 0) return address;
    const gib = (wasmHeapLimit / 1024 ** 3).toFixed(0);
    const wanted = Math.ceil(bytes / 1024 ** 2);
    throw new StudioError(
      `WebAssembly's memory is full: ${wanted} MB more do not fit into its ${gib} GB.`,
      { hint: "Lower the batch size or the maximum length, or choose a smaller model." },
    );
  };
}
