// The arithmetic of the length histogram: its bars, its right end, and how many rows max_length cuts. Plain functions.
import type { DatasetInspection } from "../../config/dataset.ts";

type Lengths = Omit<DatasetInspection["lengths"], "longestRows">;

export interface LengthBar {
  /** Fewest and most tokens of its rows. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** The bins with rows or without, in order. The last one ends at the longest row. */
export function listBars({ binWidth, counts, longest }: Lengths): LengthBar[] {
  return counts.map((rows, bin) => {
    const from = bin * binWidth;
    const isLast = bin === counts.length - 1;
    const to = isLast ? longest : Math.min(from + binWidth - 1, longest);
    return { from, to: Math.max(from, to), rows };
  });
}

/** Tokens at the right end of the chart: max_length is inside unless the bars would become slivers. */
export function chartEnd({ binWidth, counts }: Lengths, maxLength: number | null): number {
  const end = Math.max(1, binWidth * counts.length);
  return maxLength !== null && maxLength >= end && maxLength <= end * 1.6 ? maxLength * 1.04 : end;
}

/**
 * Share of rows with more than `maxLength` tokens. Rows of the bin that it goes through are dealt out evenly,
 * and then the share is an estimate.
 */
export function cutShare(lengths: Lengths, maxLength: number): { share: number; isExact: boolean } {
  const all = lengths.counts.reduce((sum, rows) => sum + rows, 0);
  if (all === 0 || maxLength >= lengths.longest) return { share: 0, isExact: true };
  let cut = 0;
  let isExact = true;
  for (const { from, to, rows } of listBars(lengths)) {
    if (from > maxLength) cut += rows;
    else if (to > maxLength && rows > 0) {
      cut += rows * ((to - maxLength) / (to - from + 1));
      isExact = false;
    }
  }
  return { share: cut / all, isExact };
}

/** Three to five round tick values from 0 to `end`. */
export function listTicks(end: number): number[] {
  const rough = end / 4;
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((size) => size >= rough);
  const ticks: number[] = [];
  for (let tick = 0; tick <= end; tick += step ?? end) ticks.push(tick);
  return ticks;
}
