// How much of what a model is given is text: tokens beside the places that its batches have for them.
import type { TokenBatch } from "../data/collate.ts";

export interface TokenCount {
  /** Tokens that are not padding. */
  tokens: number;
  /** Rows times the length that they are padded to. */
  places: number;
}

/** What is counted of an update's batches. */
export type TokenBatches = readonly (Pick<TokenBatch, "batchSize" | "length" | "tokens"> & {
  /** What a language model should predict. */
  readonly targets?: Int32Array;
})[];

export const newTokenCount = (): TokenCount => ({ tokens: 0, places: 0 });

/** Adds the batches of an update, as they were collated. */
export function countTokens(count: TokenCount, batches: TokenBatches): void {
  for (const { batchSize, length, tokens } of batches) {
    count.tokens += tokens;
    count.places += batchSize * length;
  }
}

/** Share of the places that hold padding, or null before the first batch. */
export const paddingShare = ({ tokens, places }: TokenCount): number | null =>
  places === 0 ? null : 1 - tokens / places;
