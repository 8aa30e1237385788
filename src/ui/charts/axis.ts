// The horizontal axis of every chart of a run: updates, epochs, or time spent training.
import { formatCount, formatDuration } from "../../lib/format.ts";
import type { ChartAxis } from "../../state/chart-store.ts";

/** What places a row on any of the axes. `elapsed` is seconds of training, pauses and interruptions left out. */
export interface Placed {
  readonly step: number;
  readonly epoch: number;
  readonly elapsed: number;
}

/** Where a row stands on the axis. */
export function placeOf(row: Placed, axis: ChartAxis): number {
  switch (axis) {
    case "step":
      return row.step;
    case "epoch":
      return row.epoch;
    case "time":
      return row.elapsed;
    default:
      return axis satisfies never;
  }
}

/** A place as a tick or a read-out shows it. */
export function formatPlace(x: number, axis: ChartAxis): string {
  switch (axis) {
    case "step":
      return formatCount(x);
    case "epoch":
      return String(Number(x.toFixed(2)));
    case "time":
      return x === 0 ? "0" : formatDuration(x * 1000);
    default:
      return axis satisfies never;
  }
}

/** Ticks at round places from 0 to `last`: whole seconds, minutes or hours on the time axis. */
export function timeTicks(last: number, count: number): number[] {
  const rough = Math.max(last, 1e-3) / count;
  const step =
    timeSteps.find((candidate) => candidate >= rough) ?? Math.ceil(rough / 86400) * 86400;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

const timeSteps = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400,
];
