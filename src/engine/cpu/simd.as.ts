// Vector helpers of all kernels. AssemblyScript, compiled by scripts/build-kernels.ts: no heap, no static data.

/** a · b + c: one rounding where the processor fuses it (relaxed SIMD), two otherwise. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

let scratchAddress: usize = 0;

/** The calling thread's own working memory: 256 KiB that no other thread touches. Each thread has its own instance. */
export function threadScratch(): usize {
  return scratchAddress;
}

/** Called once a thread, by the engine. */
export function setThreadScratch(address: usize): void {
  scratchAddress = address;
}
