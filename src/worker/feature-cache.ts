// Outputs of frozen weights, computed once and kept: later epochs, and later runs on the same rows, only read them.

/** Outputs of one model's frozen part for the rows of one table. */
export interface FeatureCache {
  /** The output of a row of the table, by its index; undefined where it is not kept. */
  get(row: number): Float32Array | undefined;
  /** Keeps an output. False where it does not fit: other caches have gone already then. */
  add(row: number, output: Float32Array): boolean;
}

/** At most this many bytes are kept: a few thousand texts of BERT base's hidden states, or all pooled vectors of any data set. */
const featureBudget = 512 * 1024 * 1024;

/** Keeps the caches of the newest keys within the budget, in bytes. */
export function createFeatureStore(budget = featureBudget) {
  const caches = new Map<string, { rows: Map<number, Float32Array>; bytes: number }>();
  const total = () => [...caches.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    /** The cache of one frozen part and one choice of rows; empty at first. */
    open(key: string): FeatureCache {
      const cache = caches.get(key) ?? { rows: new Map(), bytes: 0 };
      caches.delete(key);
      caches.set(key, cache);
      return {
        get: (row) => cache.rows.get(row),
        add(row, output) {
          for (const old of caches.keys()) {
            if (old === key || total() + output.byteLength <= budget) break;
            caches.delete(old);
          }
          if (total() + output.byteLength > budget) return false;
          cache.rows.set(row, output);
          cache.bytes += output.byteLength;
          return true;
        },
      };
    },
  };
}
export type FeatureStore = ReturnType<typeof createFeatureStore>;
