// What a chart draws: curves of one quantity, and how each looks.
import type { Series } from "../../lib/lttb.ts";
import type { ChartAxis } from "../../state/chart-store.ts";
import { type Placed, placeOf } from "./axis.ts";

export type CurveTone = "train" | "eval" | "best" | "muted";

export interface Curve {
  readonly name: string;
  readonly tone: CurveTone;
  readonly series: Series;
  /** `faint` for raw values behind a smoothed line, `planned` for what has not happened yet. */
  readonly look?: "faint" | "planned" | "dots";
}

/** A horizontal line that gives the curves their meaning: chance, a clip limit. */
export interface Level {
  readonly y: number;
  readonly label: string;
}

/** The series of one value of rows; rows without a finite value are left out. */
export function seriesOf<Row extends Placed>(
  rows: readonly Row[],
  axis: ChartAxis,
  value: (row: Row) => number | null,
): Series {
  const xs = new Float64Array(rows.length);
  const ys = new Float64Array(rows.length);
  let length = 0;
  for (const row of rows) {
    const y = value(row);
    if (y === null || !Number.isFinite(y)) continue;
    xs[length] = placeOf(row, axis);
    ys[length] = y;
    length += 1;
  }
  return { xs: xs.subarray(0, length), ys: ys.subarray(0, length) };
}
