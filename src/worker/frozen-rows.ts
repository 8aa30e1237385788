// Computes the outputs of a run's frozen part for its rows, once, as far as they fit into the cache.
import { frozenRowsAtOnce as rowsAtOnce } from "../config/run-memory.ts";
import type { RunRecord } from "../config/run-record.ts";
import { collate } from "../data/collate.ts";
import { encodeRow } from "../data/encode-row.ts";
import type { PreparedDataset } from "../data/prepare-dataset.ts";
import { formatCount } from "../lib/format.ts";
import type { FrozenPart } from "../models/forward.ts";
import type { Classifier } from "../trainer/classifier.ts";
import { readFrozenOutputs } from "../trainer/frozen-outputs.ts";
import type { BaseModel } from "./base-model.ts";
import type { FeatureCache, FeatureStore } from "./feature-cache.ts";

/** Fills the cache of this run; rows that do not fit are left out, and the note says how many. */
export async function computeFrozenRows(
  parts: {
    readonly record: RunRecord;
    readonly base: BaseModel;
    readonly prepared: PreparedDataset;
    readonly features: FeatureStore;
    readonly gate: { pass(): Promise<void> };
  },
  classifier: Classifier,
  frozen: Exclude<FrozenPart, "nothing">,
  note: (text: string) => void,
): Promise<FeatureCache> {
  const { record, base, prepared, features, gate } = parts;
  const { max_length } = record.arguments;
  // The whole choice of rows: a batch of other rows could round a sum differently, and a resumed run must not.
  const cache = features.open(JSON.stringify([base.id, frozen, record.dataset, max_length]));
  const rows = [...prepared.train, ...prepared.evaluation];
  const missing = rows.filter(({ row }) => cache.get(row) === undefined);
  // Rows of similar length share a batch: less padding is computed.
  const examples = missing
    .map((row) => ({ row: row.row, ...encodeRow(base.tokenizer, row, max_length), label: 0 }))
    .sort((a, b) => a.ids.length - b.ids.length);
  for (let start = 0; start < examples.length; start += rowsAtOnce) {
    if (start % (4 * rowsAtOnce) === 0) {
      const share = Math.round((100 * start) / examples.length);
      note(`Computing the frozen outputs, once: ${share} %`);
    }
    const batch = examples.slice(start, start + rowsAtOnce);
    const outputs = await readFrozenOutputs(
      classifier,
      collate(batch, base.tokenizer.padId),
      frozen,
    );
    const isKept = batch.every(({ row }, index) => cache.add(row, outputs[index] as Float32Array));
    await gate.pass();
    if (isKept) continue;
    const kept = rows.filter(({ row }) => cache.get(row) !== undefined).length;
    note(
      `The frozen outputs of ${formatCount(kept)} of ${formatCount(rows.length)} rows fit in memory. The others are computed at each use.`,
    );
    break;
  }
  return cache;
}
