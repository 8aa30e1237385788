// All CPU kernels in one WebAssembly module. AssemblyScript: scripts/build-kernels.ts compiles it.
export { multiply, multiplyBatch, packColumns, sumRows } from "../engine/cpu/gemm.as";
export { setThreadScratch } from "../engine/cpu/simd.as";
