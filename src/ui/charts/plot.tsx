// The picture of a chart, by recharts. It follows no pointer: readout-layer.tsx lies over it, so that a hover redraws no curve.
import { memo } from "react";
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceDot,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from "recharts";
import type { Point } from "../../lib/lttb.ts";
import type { ChartAxis } from "../../state/chart-store.ts";
import { formatPlace, timeTicks } from "./axis.ts";
import type { Curve, Level } from "./curve.ts";
import styles from "./curves.module.css";
import { inset, type PlotArea } from "./plot-area.ts";
import { niceTicks } from "./ticks.ts";

/** A curve with the points that are drawn of it. */
interface DrawnCurve extends Curve {
  readonly points: readonly Point[];
}

interface PlotProps {
  readonly curves: readonly DrawnCurve[];
  readonly area: PlotArea;
  readonly ticks: readonly number[];
  /** About so many on the horizontal axis. */
  readonly tickCount: number;
  readonly axis: ChartAxis;
  readonly format: (value: number) => string;
  readonly levels: readonly Level[];
  readonly mark: (Point & { readonly label: string }) | null;
}

export const Plot = memo(function Plot(props: PlotProps) {
  const { curves, area, ticks, axis, format, levels, mark } = props;
  const [low, high] = area.range;
  const middle = (low + high) / 2;
  return (
    <ResponsiveContainer width="100%" height={area.height}>
      <LineChart
        margin={{ top: inset.top, right: inset.right, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="x"
          type="number"
          domain={[...area.domain]}
          ticks={placeTicks(area.domain[1], axis, props.tickCount)}
          tickFormatter={(x: number) => formatPlace(x, axis)}
          tickLine={false}
          axisLine={false}
          height={inset.bottom}
        />
        <YAxis
          type="number"
          scale={area.log ? "log" : "linear"}
          domain={[low, high]}
          ticks={[...ticks]}
          tickFormatter={format}
          tickLine={false}
          axisLine={false}
          width={inset.left}
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
        {curves.map((curve) => (
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
        {mark === null ? null : (
          <ReferenceDot
            x={mark.x}
            y={mark.y}
            r={4.5}
            // Above the curve's own dots.
            zIndex={1200}
            fill="var(--best)"
            stroke="var(--surface)"
            label={{
              value: mark.label,
              position: labelSide(mark, area),
              className: styles.mark ?? "",
            }}
          />
        )}
      </LineChart>
    </ResponsiveContainer>
  );
});

/** Round places from 0 to the end of the axis. */
function placeTicks(last: number, axis: ChartAxis, count: number): number[] {
  if (axis === "time") return timeTicks(last, count);
  const least = axis === "step" ? 1 : 0;
  return niceTicks([0, Math.max(least, last)], false, count).filter((tick) => tick <= last);
}

/** Beside the dot at the ends of the axis, where a centred label would be cut. */
function labelSide(mark: Point, { domain: [from, to], range, log }: PlotArea) {
  const share = (mark.x - from) / (to - from);
  if (share > 0.85) return "left" as const;
  if (share < 0.15) return "right" as const;
  const map = log ? Math.log10 : (value: number) => value;
  const height = (map(mark.y) - map(range[0])) / (map(range[1]) - map(range[0]));
  return height > 0.85 ? ("bottom" as const) : ("top" as const);
}
