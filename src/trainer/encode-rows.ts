// Pooled vectors of a batch as plain numbers: the frozen outputs of an encoder.
import type { TokenBatch } from "../data/collate.ts";
import { type Classifier, encode } from "./classifier.ts";

/** One vector of `pooledSize` numbers a row. */
export async function encodeRows(
  classifier: Classifier,
  batch: TokenBatch,
): Promise<Float32Array[]> {
  const pooled = encode(classifier, batch);
  const values = (await pooled.data()) as Float32Array;
  const width = pooled.shape[1];
  const rows = Array.from({ length: batch.batchSize }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
  pooled.dispose();
  return rows;
}
