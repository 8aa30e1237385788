// Puts tokenised texts of a language model into one batch. A packed row is several texts that see nothing of each other: each is a
// text of its own here, so that attention is block-diagonal and positions begin anew by themselves.
import { bucketLength, type Padding, type TokenBatch } from "./collate.ts";

/** One text as a model reads it. */
export interface LanguageText {
  readonly ids: Int32Array;
  /** 1 for a token that the model learns to write, 0 for one that it only reads. */
  readonly trained: Uint8Array;
}

/** One row of a batch: a text, or several packed together. */
export type LanguageRow = readonly LanguageText[];

/** A padded batch with a row for each text, and what it should predict. */
export interface LanguageBatch extends Omit<TokenBatch, "labels" | "tokenTypeIds"> {
  /** Rows of the data set, or packed ones: what a batch size counts. */
  readonly rows: number;
  /** Positions in the flattened batch of the tokens whose next token counts, in ascending order. */
  readonly predictors: Int32Array;
  /** Those next tokens. */
  readonly targets: Int32Array;
}

/** Pads texts on the right with `padId` to the longest of them, rounded up to a bucket. */
export function collateLanguage(
  rows: readonly LanguageRow[],
  padId: number,
  padding: Padding = { backend: "wasm", longest: Number.POSITIVE_INFINITY },
): LanguageBatch {
  const texts = rows.flat();
  const longest = Math.max(1, ...texts.map(({ ids }) => ids.length));
  const bucket = bucketLength(longest, padding.backend);
  const length = Math.max(longest, Math.min(bucket, padding.longest));
  const inputIds = new Int32Array(texts.length * length).fill(padId);
  const attentionMask = new Int32Array(texts.length * length);
  const predictors: number[] = [];
  const targets: number[] = [];
  texts.forEach(({ ids, trained }, text) => {
    const start = text * length;
    inputIds.set(ids, start);
    attentionMask.fill(1, start, start + ids.length);
    for (let place = 1; place < ids.length; place += 1) {
      if (trained[place] !== 1) continue;
      predictors.push(start + place - 1);
      targets.push(ids[place] ?? 0);
    }
  });
  return {
    inputIds,
    attentionMask,
    batchSize: texts.length,
    length,
    tokens: texts.reduce((sum, { ids }) => sum + ids.length, 0),
    rows: rows.length,
    predictors: Int32Array.from(predictors),
    targets: Int32Array.from(targets),
  };
}
