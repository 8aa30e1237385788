// What a score should beat, as levels of its chart.
import type { Baselines } from "../../config/events.ts";
import { en } from "../text/en.ts";

/** Word counts, and chance or always the same answer; none where they are not measured. */
export function baselineLevels(
  baselines: Baselines | null | undefined,
): { readonly y: number; readonly label: string }[] {
  if (baselines == null) return [];
  const { metric, chance, majority, wordCounts } = baselines;
  return [
    ...(wordCounts === null ? [] : [{ y: wordCounts, label: en.run.wordCounts }]),
    { y: chance ?? majority, label: en.run.alwaysThe[metric] },
  ];
}
