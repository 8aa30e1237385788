// All repairs of tfjs 4.22 that training needs, installed once after a back end has started. Each file says what is broken.

// tfjs-core registers no gradients and no chained methods by itself; gradients of composites need both.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { repairGatherGradient } from "./gather-gradient.ts";
import { repairWasmIdentity } from "./wasm-identity.ts";
import { repairWasmMatMul } from "./wasm-mat-mul.ts";
import { repairWebGpuSoftmax } from "./webgpu-softmax.ts";

const installed = new Set<string>();

/** Installs what the back end needs. Calling it again does nothing. */
export function installRepairs(backend: "webgpu" | "wasm" | "cpu"): void {
  if (installed.has(backend)) return;
  installed.add(backend);
  repairGatherGradient();
  if (backend === "wasm") {
    repairWasmIdentity();
    repairWasmMatMul();
  }
  if (backend === "webgpu") repairWebGpuSoftmax();
}
