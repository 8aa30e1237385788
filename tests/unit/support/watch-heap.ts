// Counts what lies in tfjs-wasm's heap: tensors, and the kernels' working memory.
import * as tf from "@tensorflow/tfjs-core";

interface Allocator {
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Bytes that are taken from now on, now and at most. */
export interface HeapWatch {
  readonly live: number;
  readonly peak: number;
}

/** Watches the running wasm back end's heap until the test file ends. */
export function watchHeap(): HeapWatch {
  const { wasm } = tf.backend() as unknown as { wasm: Allocator };
  const sizes = new Map<number, number>();
  const watch = { live: 0, peak: 0 };
  const { _malloc: take, _free: free } = wasm;
  wasm._malloc = (bytes) => {
    const address = take(bytes) >>> 0;
    sizes.set(address, bytes);
    watch.live += bytes;
    watch.peak = Math.max(watch.peak, watch.live);
    return address;
  };
  wasm._free = (address) => {
    watch.live -= sizes.get(address >>> 0) ?? 0;
    sizes.delete(address >>> 0);
    free(address);
  };
  return watch;
}
