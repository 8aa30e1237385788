// Starts the studio's own back ends in the test browser.

import { type RunningBackend, startBackend } from "../../../src/engine/backend.ts";
import { bundledWasmFiles } from "../../../src/engine/wasm-files.ts";

/** A back end by name, or an error. WebGPU is SwiftShader here, which only an explicit choice takes. */
export const startForTests = (name: "webgpu" | "wasm" | "cpu"): Promise<RunningBackend> =>
  startBackend(name, bundledWasmFiles(location.href));
