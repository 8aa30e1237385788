// The smoothed line over raw values.
import type { Series } from "../../lib/lttb.ts";

/**
 * Exponential moving average with the bias of its start taken out, as TensorBoard draws it. `weight` from 0 (raw: the
 * series itself) to below 1. Values that are all equal stay as they are, as there: no rounding noise is drawn.
 */
export function smooth(series: Series, weight: number): Series {
  const { xs, ys } = series;
  if (weight <= 0 || ys.every((y) => y === ys[0])) return series;
  const smoothed = new Float64Array(ys.length);
  let average = 0;
  let debias = 1;
  for (let index = 0; index < ys.length; index += 1) {
    average = average * weight + (1 - weight) * (ys[index] as number);
    debias *= weight;
    smoothed[index] = average / (1 - debias);
  }
  return { xs, ys: smoothed };
}
