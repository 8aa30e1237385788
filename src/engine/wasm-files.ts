// The address of tfjs's WebAssembly file, bundled with the site.
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import type { WasmFiles } from "./backend.ts";

/** The SIMD build, absolute, because tfjs's loader resolves nothing. `base` is the address of the running script. */
export const bundledWasmFiles = (base: string): WasmFiles => ({ simd: new URL(simd, base).href });
