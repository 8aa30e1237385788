// Curves over updates. The x axis always reaches the run's last update, so that nothing jumps while it goes on.
import { memo } from "react";
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { formatCount } from "../../lib/format.ts";
import { lttb, type Point } from "../../lib/lttb.ts";
import styles from "./curves.module.css";
import { niceTicks } from "./ticks.ts";

type CurveTone = "train" | "eval" | "best" | "muted";

export interface Curve {
  readonly name: string;
  readonly tone: CurveTone;
  readonly points: readonly Point[];
  /** `faint` for raw values behind a smoothed line, `planned` for what has not happened yet. */
  readonly look?: "faint" | "planned" | "dots";
}

interface CurvesProps {
  readonly curves: readonly Curve[];
  /** The run's last update. */
  readonly lastStep: number;
  readonly height: number;
  /** What a screen reader says instead of the picture. */
  readonly summary: string;
  readonly format: (value: number) => string;
  readonly log?: boolean;
  /** Bounds that the axis always shows. */
  readonly include?: readonly number[];
  readonly levels?: readonly { readonly y: number; readonly label: string }[];
  readonly mark?: (Point & { readonly label: string }) | null;
  readonly xLabel?: string;
}

const mostPoints = 1000;

export const Curves = memo(function Curves(props: CurvesProps) {
  const {
    curves,
    lastStep,
    height,
    summary,
    format,
    log = false,
    include = [],
    levels = [],
  } = props;
  const drawable = curves.map((curve) => ({
    ...curve,
    points: lttb(
      curve.points.filter(({ y }) => Number.isFinite(y) && (!log || y > 0)),
      mostPoints,
    ),
  }));
  const values = drawable.flatMap(({ points }) => points.map(({ y }) => y));
  const bounds = [...values, ...include, ...levels.map(({ y }) => y)].filter((y) => !log || y > 0);
  const ticks = niceTicks(bounds, log, height < 140 ? 3 : 5);
  const middle = ((ticks[0] ?? 0) + (ticks.at(-1) ?? 1)) / 2;
  const xTicks = niceTicks([0, Math.max(1, lastStep)], false, 5).filter((tick) => tick <= lastStep);
  return (
    <div className={styles.chart} role="img" aria-label={summary}>
      <ResponsiveContainer width="100%" height={height}>
        <LineChart margin={{ top: 8, right: 10, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="x"
            type="number"
            domain={[0, Math.max(1, lastStep)]}
            ticks={xTicks}
            tickFormatter={formatCount}
            tickLine={false}
            axisLine={false}
            padding={{ right: 6 }}
          />
          <YAxis
            type="number"
            scale={log ? "log" : "linear"}
            domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
            ticks={ticks}
            tickFormatter={format}
            tickLine={false}
            axisLine={false}
            width={52}
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: "var(--line-strong)" }}
            content={({ active, label }) =>
              active ? <Readout step={Number(label)} curves={drawable} format={format} /> : null
            }
          />
          {levels.map(({ y, label }) => (
            <ReferenceLine
              key={label}
              y={y}
              stroke="var(--faint)"
              strokeDasharray="3 4"
              label={{
                value: label,
                // Below its line in the upper half of the chart, above it in the lower: inside in both.
                position: y > middle ? "insideTopRight" : "insideBottomRight",
                className: styles.level ?? "",
              }}
            />
          ))}
          {drawable.map((curve) => (
            <Line
              key={`${curve.name} ${curve.look ?? ""}`}
              data={[...curve.points]}
              dataKey="y"
              name={curve.name}
              type="linear"
              stroke={`var(--${curve.tone})`}
              strokeWidth={curve.look === "faint" ? 1 : 1.75}
              strokeOpacity={curve.look === "faint" ? 0.35 : 1}
              {...(curve.look === "planned" ? { strokeDasharray: "3 4", strokeOpacity: 0.5 } : {})}
              dot={
                curve.look === "dots" && curve.points.length <= 30
                  ? { r: 3, fill: "var(--surface)", strokeWidth: 1.5 }
                  : false
              }
              activeDot={false}
              isAnimationActive={false}
            />
          ))}
          {props.mark ? (
            <ReferenceDot
              x={props.mark.x}
              y={props.mark.y}
              r={4.5}
              // Above the curve's own dots.
              zIndex={1200}
              fill="var(--best)"
              stroke="var(--surface)"
              label={{ value: props.mark.label, position: "top", className: styles.mark ?? "" }}
            />
          ) : null}
        </LineChart>
      </ResponsiveContainer>
      {props.xLabel === undefined ? null : <p className={styles.xLabel}>{props.xLabel}</p>}
    </div>
  );
});

interface ReadoutProps {
  readonly step: number;
  readonly curves: readonly Curve[];
  readonly format: (value: number) => string;
}

/** The values nearest to the pointer. */
function Readout({ step, curves, format }: ReadoutProps) {
  const rows = curves
    .filter(({ look, points }) => look !== "faint" && look !== "planned" && points.length > 0)
    .map((curve) => ({ curve, point: nearest(curve.points, step) }));
  return (
    <div className={styles.readout}>
      <p className="num">{formatCount(step)}</p>
      {rows.map(({ curve, point }) => (
        <p key={curve.name}>
          <i className={styles[curve.tone]} />
          {curve.name} <span className="num">{format(point.y)}</span>
        </p>
      ))}
    </div>
  );
}

function nearest(points: readonly Point[], x: number): Point {
  return points.reduce((best, point) =>
    Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best,
  );
}
