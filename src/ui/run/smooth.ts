// The smoothed line over raw values.
import type { Point } from "../../lib/lttb.ts";

/** Exponential moving average with the bias of its start taken out, as TensorBoard draws it. `weight` from 0 to 1. */
export function smooth(points: readonly Point[], weight: number): Point[] {
  let average = 0;
  let debias = 1;
  return points.map(({ x, y }) => {
    average = average * weight + (1 - weight) * y;
    debias *= weight;
    return { x, y: average / (1 - debias) };
  });
}
