// The smoothed line over raw values.
import type { Series } from "../../lib/lttb.ts";

interface Average {
  readonly weight: number;
  /** Values so far. */
  done: number;
  average: number;
  debias: number;
  readonly smoothed: Float64Array;
}

/** The averages so far, by the memory of the raw values: a series that has become longer goes on with its own. */
const averages = new WeakMap<ArrayBufferLike, Average>();

/**
 * Exponential moving average with the bias of its start taken out, as TensorBoard draws it. `weight` from 0 (raw: the
 * series itself) to below 1. Values that are all equal stay as they are, as there: no rounding noise is drawn.
 */
export function smooth(series: Series, weight: number): Series {
  const { xs, ys } = series;
  if (weight <= 0 || ys.every((y) => y === ys[0])) return series;
  const state = averageOf(ys, weight);
  for (; state.done < ys.length; state.done += 1) {
    state.average = state.average * weight + (1 - weight) * (ys[state.done] as number);
    state.debias *= weight;
    state.smoothed[state.done] = state.average / (1 - state.debias);
  }
  return { xs, ys: state.smoothed.subarray(0, ys.length) };
}

/** What is known of the average of values that begin where their memory does. */
function averageOf(ys: Float64Array, weight: number): Average {
  const known = averages.get(ys.buffer);
  if (known?.weight === weight && known.done <= ys.length && ys.byteOffset === 0) return known;
  const room = Math.max(ys.length, ys.buffer.byteLength / ys.BYTES_PER_ELEMENT);
  const next = { weight, done: 0, average: 0, debias: 1, smoothed: new Float64Array(room) };
  if (ys.byteOffset === 0) averages.set(ys.buffer, next);
  return next;
}
