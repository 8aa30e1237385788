// Starts the studio's own back ends in Node, repairs and CPU kernels included.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startBackend } from "../../../src/engine/backend.ts";

const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
const compiled = fileURLToPath(new URL("../../../src/engine/cpu/compiled/", import.meta.url));

const files = {
  simd: path.join(path.dirname(entry), "tfjs-backend-wasm-simd.wasm"),
  threadedSimd: "",
  kernels: {
    simd: path.join(compiled, "simd.wasm"),
    relaxedSimd: path.join(compiled, "relaxed-simd.wasm"),
    threadsSimd: "",
    threadsRelaxedSimd: "",
    worker: "",
    read: (address: string) => readFile(address),
  },
};

/** tfjs on wasm with the CPU kernels, on one thread, or an error. */
export const startWasmForTests = () => startBackend("wasm", files, { threads: 1 });

/** tfjs on cpu, or an error. */
export const startCpuForTests = () => startBackend("cpu", files);
