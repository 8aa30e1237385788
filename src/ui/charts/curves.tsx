// Curves over updates, epochs or time. The axis always reaches the run's planned end, so that nothing jumps while it goes on.
import { memo, useMemo } from "react";
import { lttb, type Point, type Series } from "../../lib/lttb.ts";
import { useChartAxis } from "../../state/chart-store.ts";
import type { Curve, Level } from "./curve.ts";
import styles from "./curves.module.css";
import { Plot } from "./plot.tsx";
import type { PlotArea } from "./plot-area.ts";
import { ReadoutLayer } from "./readout-layer.tsx";
import { niceTicks } from "./ticks.ts";

export interface CurvesProps {
  /** What is drawn, also the name of an exported file. */
  readonly title: string;
  readonly curves: readonly Curve[];
  /** The run's planned end on the axis. */
  readonly last: number;
  readonly height: number;
  /** What a screen reader says instead of the picture. */
  readonly summary: string;
  readonly format: (value: number) => string;
  /** Charts of a group read out the same place together. */
  readonly group: string;
  readonly log?: boolean;
  /** Values that the vertical axis always shows. */
  readonly include?: readonly number[];
  readonly levels?: readonly Level[];
  readonly mark?: (Point & { readonly label: string }) | null;
}

/** More points than pixels cannot be seen; fewer are drawn faster. */
const pointsOfWide = 800;
const pointsOfSmall = 300;

export const Curves = memo(function Curves(props: CurvesProps) {
  const { title, curves, last, height, format, log = false, include = [], levels = [] } = props;
  const axis = useChartAxis();
  const isSmall = height < 160;
  const drawn = useMemo(
    () =>
      curves.map((curve) => ({
        ...curve,
        points: drawnPoints(curve.series, log, isSmall ? pointsOfSmall : pointsOfWide),
      })),
    [curves, log, isSmall],
  );
  const values = drawn.flatMap(({ points }) => points.map(({ y }) => y));
  const bounds = [...values, ...include, ...levels.map(({ y }) => y)].filter((y) => !log || y > 0);
  const ticks = niceTicks(bounds, log, height < 140 ? 3 : 5);
  const area: PlotArea = {
    height,
    domain: [0, last > 0 ? last : 1],
    range: [ticks[0] ?? 0, ticks.at(-1) ?? 1],
    log,
  };
  return (
    <div className={styles.chart}>
      <div role="img" aria-label={props.summary}>
        <Plot
          curves={drawn}
          area={area}
          ticks={ticks}
          axis={axis}
          format={format}
          levels={levels}
          mark={props.mark ?? null}
          tickCount={isSmall ? 4 : 5}
        />
      </div>
      <ReadoutLayer
        title={title}
        curves={curves}
        area={area}
        axis={axis}
        format={format}
        group={props.group}
      />
    </div>
  );
});

/** The last points drawn of each series: raw values stay the same while their smoothing changes. */
const drawnBefore = new WeakMap<Series, { readonly key: string; readonly points: Point[] }>();

function drawnPoints(series: Series, log: boolean, count: number): Point[] {
  const key = `${log} ${count}`;
  const before = drawnBefore.get(series);
  if (before?.key === key) return before.points;
  const points = lttb(shown(series, log), count);
  drawnBefore.set(series, { key, points });
  return points;
}

/** What the axis can show: a log axis knows no zero. */
function shown(series: Series, log: boolean): Series {
  if (!log || series.ys.every((y) => y > 0)) return series;
  return {
    xs: series.xs.filter((_, index) => (series.ys[index] ?? 0) > 0),
    ys: series.ys.filter((y) => y > 0),
  };
}
