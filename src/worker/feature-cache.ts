// Pooled vectors of frozen weights, computed once and kept: later epochs, and later runs on the same rows, only read them.

/** Vectors of rows, by the row's index in its table. */
export type FeatureCache = Map<number, Float32Array>;

/** At most this many bytes of vectors are kept between runs. */
const budget = 512 * 1024 * 1024;

/** Keeps the caches of the newest keys within the budget. */
export function createFeatureStore() {
  const caches = new Map<string, FeatureCache>();
  const bytes = (cache: FeatureCache) =>
    [...cache.values()].reduce((sum, vector) => sum + vector.byteLength, 0);
  return {
    /** The cache of one model, table and maximum length; empty at first. */
    open(key: string): FeatureCache {
      const cache: FeatureCache = caches.get(key) ?? new Map();
      caches.delete(key);
      caches.set(key, cache);
      let total = [...caches.values()].reduce((sum, each) => sum + bytes(each), 0);
      for (const [old, each] of caches) {
        if (total <= budget || old === key) break;
        total -= bytes(each);
        caches.delete(old);
      }
      return cache;
    },
  };
}
export type FeatureStore = ReturnType<typeof createFeatureStore>;
