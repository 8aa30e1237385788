// Starts the studio's own back ends in Node, repairs included.
import { createRequire } from "node:module";
import path from "node:path";
import { startBackend } from "../../../src/engine/backend.ts";

const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
const simd = path.join(path.dirname(entry), "tfjs-backend-wasm-simd.wasm");

/** tfjs on wasm, or an error. */
export const startWasmForTests = () => startBackend("wasm", { simd });

/** tfjs on cpu, or an error. */
export const startCpuForTests = () => startBackend("cpu", { simd });
