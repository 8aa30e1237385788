// The addresses of the WebAssembly files, bundled with the site.
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threadedSimd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import kernelsRelaxedSimd from "./cpu/compiled/relaxed-simd.wasm?url";
import kernelsSimd from "./cpu/compiled/simd.wasm?url";
import kernelsThreadsRelaxedSimd from "./cpu/compiled/threads-relaxed-simd.wasm?url";
import kernelsThreadsSimd from "./cpu/compiled/threads-simd.wasm?url";
import worker from "./cpu/kernel.worker.ts?worker&url";
import type { WasmFiles } from "./cpu/start-wasm.ts";

/** Absolute, because tfjs's loader resolves nothing. `base` is the address of the running script. */
export const bundledWasmFiles = (base: string): WasmFiles => {
  const absolute = (address: string) => new URL(address, base).href;
  return {
    simd: absolute(simd),
    threadedSimd: absolute(threadedSimd),
    kernels: {
      simd: absolute(kernelsSimd),
      relaxedSimd: absolute(kernelsRelaxedSimd),
      threadsSimd: absolute(kernelsThreadsSimd),
      threadsRelaxedSimd: absolute(kernelsThreadsRelaxedSimd),
      worker: absolute(worker),
      read: async (address) => (await fetch(address)).arrayBuffer(),
    },
  };
};
