// What a chart draws: curves of one quantity, and how each looks.
import { createFold } from "../../lib/fold.ts";
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

/** As `seriesOf`, for the rows of a run that goes on: only rows that are new since the last call are looked at. */
export function growingSeriesOf<Row extends Placed>(value: (row: Row) => number | null) {
  const folds = new Map(
    (["step", "epoch", "time"] as const).map((axis) => {
      const fold = createFold(beginColumns, (columns, row: Row) => {
        const y = value(row);
        if (y !== null && Number.isFinite(y)) append(columns, placeOf(row, axis), y);
      });
      return [axis, fold] as const;
    }),
  );
  return (rows: readonly Row[], axis: ChartAxis): Series => {
    const { xs, ys, length } = folds.get(axis)?.(rows) ?? beginColumns();
    return { xs: xs.subarray(0, length), ys: ys.subarray(0, length) };
  };
}

/** Two columns with room for more points. What was cut out of them for a chart never changes. */
interface Columns {
  xs: Float64Array;
  ys: Float64Array;
  length: number;
}

const beginColumns = (): Columns => ({
  xs: new Float64Array(64),
  ys: new Float64Array(64),
  length: 0,
});

function append(columns: Columns, x: number, y: number): void {
  if (columns.length === columns.xs.length) {
    columns.xs = doubled(columns.xs);
    columns.ys = doubled(columns.ys);
  }
  columns.xs[columns.length] = x;
  columns.ys[columns.length] = y;
  columns.length += 1;
}

function doubled(values: Float64Array): Float64Array {
  const more = new Float64Array(values.length * 2);
  more.set(values);
  return more;
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
